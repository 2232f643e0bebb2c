"""The servers under load: gateways and no-op apps, each in its own processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ledger.store import Log, Stored
from pos_gateway.child_process import HONGKA, free_port, running, wait_until_ready
from pos_gateway.services import prepare
from pos_gateway.settings import Settings
from scripts.bench import load
from scripts.bench.figures import Figures
from scripts.bench.load import Call, Load

ROOT = Path(__file__).parents[2]
GATEWAY = (*HONGKA, "serve")
NO_OP = ("-m", "scripts.bench.no_op")


def settings(var: Path, *, workers: int, ledger_url: str | None = None) -> Settings:
    """Return a gateway's settings: a free port, and files, and the log without URL, under `var`."""
    environment = {"HONGKA_VAR": str(var), "HONGKA_WORKERS": str(workers)}
    environment["HONGKA_PORT"] = str(free_port())
    return Settings.read(environment | ({"LEDGER_URL": ledger_url} if ledger_url else {}))


@contextmanager
def serving(program: tuple[str, ...], chosen: Settings) -> Iterator[int]:
    """Run a Python program as a server for the block, and yield its process id once it answers.

    Raises:
        NotStarted: the server ended; the message holds its last lines.
    """
    log = chosen.var / f"{chosen.port}.log"
    with running(program, chosen.environment, log, ROOT) as server:
        wait_until_ready(server, log)
        yield server.pid


def processor_seconds(pid: int) -> float:
    """Return the processor seconds that process `pid` and its children have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process may end meanwhile
            # After the name: state, parent, …; fields 12 and 13 are the processor time.
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if stat.parent.name == str(pid) or fields[1] == str(pid):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Counted:
    """The log of a gateway that is started later, to count what was recorded under load."""

    def __init__(self, chosen: Settings) -> None:
        prepare(chosen, datetime.now(UTC))
        self._log = Log(chosen.ledger_url)

    def head(self) -> int:
        """Return the last position of the log; 0 if it is empty."""
        return self._log.max_notification_id() or 0

    def tail(self, topic: str, after: int) -> list[Stored]:
        """Return the stored events of a topic at positions above `after`, in order."""
        with self._log.reading() as view:
            return view.tail(after, view.head.position, [topic])

    def count(self, topic: str, after: int) -> int:
        """Return the number of events of a topic at positions above `after`."""
        return len(self.tail(topic, after))


class Measured(NamedTuple):
    """The result of a load, and the server's processor milliseconds per answer."""

    load: Load
    processor_ms: float

    def add_to(self, figures: Figures, name: str) -> None:
        """Add the rate, the waits and the processor time under `name` to the figures of a bench."""
        figures.add(name, self.load.rate, "1/s")
        figures.add(f"{name}, p50", self.load.p50_ms, "ms")
        figures.add(f"{name}, p99", self.load.p99_ms, "ms")
        figures.add(f"{name}, processor time in the workers", self.processor_ms, "ms")


class Server(NamedTuple):
    """A running server: the port it listens on, and its process id."""

    port: int
    pid: int

    def under(self, calls: Sequence[Call], connections: int, seconds: int) -> Measured:
        """Send the calls to the server for some seconds, and return what was measured."""
        before = processor_seconds(self.pid)
        load_ = load.drive(self.port, calls, connections, seconds)
        return Measured(load_, (processor_seconds(self.pid) - before) / load_.answered * 1e3)
