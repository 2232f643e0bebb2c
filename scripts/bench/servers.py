"""The servers under load: gateways and no-op apps, each in its own processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pos_gateway.settings import Settings
from scripts.bench import load
from scripts.bench.load import Call, Load

ROOT = Path(__file__).parents[2]
STOP_SECONDS_MAX = 60

GATEWAY = (
    "-c",
    """
import os
from pos_gateway.app.server import serve
from pos_gateway.settings import Settings
serve(Settings.read(os.environ))
""",
)
NO_OP = ("-m", "scripts.bench.no_op")


def settings(var: Path, *, workers: int, ledger_url: str | None = None) -> Settings:
    """Return settings of a gateway on a free port that keeps everything under `var`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {"HONGKA_VAR": str(var), "HONGKA_WORKERS": str(workers)}
    environment["HONGKA_PORT"] = str(port)
    return Settings.read(environment | ({"LEDGER_URL": ledger_url} if ledger_url else {}))


@contextmanager
def serving(program: tuple[str, ...], chosen: Settings) -> Iterator[int]:
    """Run a server until the block ends. Yield its process id.

    Raises: RuntimeError: the server ended; the message holds its last lines.
    """
    log = chosen.var / f"{chosen.port}.log"
    with log.open("wb") as complaints:
        server = subprocess.Popen(
            [sys.executable, *program],
            cwd=ROOT,
            env=os.environ | chosen.environment,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
    try:
        assert server.stdout is not None  # noqa: S101 - it is a pipe
        for line in server.stdout:
            if line.startswith(b"ready "):
                break
        else:
            raise RuntimeError(log.read_text(encoding="utf-8")[-2_000:])
        yield server.pid
    finally:
        server.terminate()
        server.wait(STOP_SECONDS_MAX)
        if server.stdout is not None:
            server.stdout.close()


def processor_seconds(pid: int) -> float:
    """Return the processor time of a server and its workers."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process may end meanwhile
            # After the name: state, parent, …; fields 12 and 13 are the processor time.
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if stat.parent.name == str(pid) or fields[1] == str(pid):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """The result of a load, and the processor time of the server per answer."""

    load: Load
    processor_ms: float


class Server(NamedTuple):
    """A server to load."""

    port: int
    pid: int

    def under(self, calls: Sequence[Call], connections: int, seconds: int) -> Measured:
        """Measure the server under this load."""
        before = processor_seconds(self.pid)
        load_ = load.drive(self.port, calls, connections, seconds)
        return Measured(load_, (processor_seconds(self.pid) - before) / load_.answered * 1e3)
