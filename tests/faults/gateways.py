"""Gateways in their own processes: started, killed, and waited for."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pos_gateway.child_process import free_port, start
from pos_gateway.settings import Settings
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 60.0
PATIENCE_SECONDS = 60.0
"""The time after which a test gives up; no test asserts a duration."""

READY = "/readyz"
"""The path that tells whether a gateway is ready, on its port of health and metrics."""

PROGRAM = (
    "import os; from pos_gateway.app.server import serve;"
    " from pos_gateway.settings import Settings; serve(Settings.read(os.environ))"
)


class NotStarted(RuntimeError):
    """A gateway that ended instead of answering; the message is its output."""


class Gateway:
    """A gateway on a free port of 127.0.0.1 that keeps everything under `var`.

    It keeps its port over restarts. At the end of the block its processes are killed.
    """

    def __init__(
        self, var: Path, ledger_url: str | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        var.mkdir(parents=True, exist_ok=True)
        chosen = {"HONGKA_VAR": str(var), "HONGKA_PORT": str(free_port())}
        if ledger_url is not None:
            chosen["LEDGER_URL"] = ledger_url
        self.settings = Settings.read(chosen)
        self._environment = self.settings.environment | dict(environment or {})
        # Beside `var`, whose disk a test may fill.
        self._words = var.parent / f"{var.name}-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Return the port."""
        return self.settings.port

    @property
    def words(self) -> str:
        """Return its output so far, on stdout and stderr."""
        return self._words.read_text(encoding="utf-8", errors="replace")

    def start(self) -> float:
        """Start or restart. Return the seconds until it was ready.

        Raises: NotStarted: it ended, or took more than a minute.
        """
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Start without waiting."""
        self._process = start(("-c", PROGRAM), self._environment, self._words, ROOT)

    def wait(self) -> float:
        """Wait until it is ready. Return the seconds. Raises as `start` does."""
        assert self._process is not None
        started = time.monotonic()
        while self.ready() != 200:
            if self._process.poll() is not None or time.monotonic() - started > START_SECONDS_MAX:
                self.kill()
                raise NotStarted(self.words[-3_000:])
            time.sleep(0.02)
        return time.monotonic() - started

    def ready(self) -> int:
        """Return the status of its readiness, or 0 if it or the public port gives no answer."""
        return self.status(READY) if self.status("/healthz") else 0

    def status(self, path: str) -> int:
        """Return the status of a GET, or 0 without an answer."""
        try:
            port = self.settings.health_port if path == READY else self.port
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as problem:
            problem.close()
            return problem.code
        except OSError:
            return 0

    def processes(self) -> list[int]:
        """Return the started process and its children."""
        assert self._process is not None
        return [self._process.pid, *children(self._process.pid)]

    def workers(self) -> list[int]:
        """Return the processes that answer requests."""
        return [one for one in self.processes()[1:] if _is_worker(one)]

    def stop(self) -> int:
        """Ask it to end as a supervisor does, and wait. Return the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self.ended()

    def kill(self) -> None:
        """Kill it and its workers at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ended(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for its end. Return the exit status.

        Raises: TimeoutExpired: it did not end.
        """
        assert self._process is not None
        return self._process.wait(seconds)

    def __enter__(self) -> Self:
        if self._process is None:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()


def crash(server: PostgresServer) -> None:
    """Kill every process of a PostgreSQL server with signal 9."""
    lock_file = server.data / "postmaster.pid"
    postmaster = int(lock_file.read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)  # A stopped process starts no more children.
    doomed = [postmaster, *children(postmaster)]
    for process in doomed:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until(lambda: not any(map(_lives, doomed)))
    # A zombie process would look like the old server to a new one.
    lock_file.unlink()


def children(process: int) -> list[int]:
    """Return the processes started by a process, and theirs."""
    found: list[int] = []
    with suppress(OSError):  # it may end meanwhile
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def until(holds: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until a condition holds. Return the seconds.

    Raises: TimeoutError: it never held.
    """
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise TimeoutError
        time.sleep(0.01)
    return time.monotonic() - started


def _is_worker(process: int) -> bool:
    with suppress(OSError):
        # Beside its workers, a server has a process that cleans up what they shared.
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def _lives(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
