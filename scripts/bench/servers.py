"""The servers under load: gateways and no-op apps, each in its own processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pos_gateway.child_process import HONGKA, free_port, running, wait_until_ready
from pos_gateway.settings import Settings
from scripts.bench import load
from scripts.bench.figures import Figures
from scripts.bench.load import Call, Load

ROOT = Path(__file__).parents[2]
GATEWAY = (*HONGKA, "serve")
NO_OP = ("-m", "scripts.bench.no_op")
PLAIN = ("-m", "scripts.bench.plain")


def settings(var: Path, *, workers: int, **more: str) -> Settings:
    """Return a gateway's settings: free ports, all files under `var`, and `more` variables."""
    environment = {"HONGKA_VAR": str(var), "HONGKA_WORKERS": str(workers)}
    ports = {name: str(free_port()) for name in ("HONGKA_PORT", "HONGKA_HEALTH_PORT")}
    return Settings.read(environment | ports | more)


@contextmanager
def serving(program: tuple[str, ...], chosen: Settings, **more: str) -> Iterator[Server]:
    """Run a Python program as a server for the block, and yield it once it answers.

    `more` are variables beside those of the settings.

    Raises:
        NotStarted: the server ended; the message holds its last lines.
    """
    log = chosen.var / f"{chosen.port}.log"
    with running(program, chosen.environment | more, log, ROOT) as server:
        wait_until_ready(server, log)
        yield Server(chosen.port, server.pid)


def processor_seconds(pid: int) -> float:
    """Return the processor seconds that process `pid` and its children have used so far."""
    # Fields 12 and 13 are the processor time.
    return sum(int(fields[11]) + int(fields[12]) for fields in _stats(pid)) / os.sysconf(
        "SC_CLK_TCK"
    )


def resident_mebibytes(pid: int) -> float:
    """Return the resident memory of process `pid` and its children; they share some pages."""
    return sum(int(fields[21]) for fields in _stats(pid)) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _stats(pid: int) -> Iterator[list[str]]:
    """Yield the fields of /proc/PID/stat after the name, of process `pid` and its children."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process may end meanwhile
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if str(pid) in {stat.parent.name, fields[1]}:
                yield fields


class Measured(NamedTuple):
    """The result of a load, and the server's processor milliseconds per answer."""

    load: Load
    processor_ms: float

    def add_to(
        self,
        figures: Figures,
        name: str,
        beside: Mapping[str, Measured],
        bounds: Mapping[str, float],
    ) -> None:
        """Add rate, waits and processor time to the figures of a bench, and the ratios to others.

        `bounds` has the least ratio to those in `beside` under their names, the most of the ratio
        of p99 under `NAME, p99`, and the most processor milliseconds under `worker`.
        """
        load = self.load
        figures.add(name, load.rate, "1/s")
        figures.add(f"{name}, p50", load.p50_ms, "ms")
        figures.add(f"{name}, p99", load.p99_ms, "ms")
        figures.add(f"{name}, worker", self.processor_ms, "ms", most=bounds.get("worker"))
        for other, its in beside.items():
            ratio, waits = load.rate / its.load.rate, load.p99_ms / its.load.p99_ms
            figures.add(f"{name} to {other}", ratio, "×", least=bounds.get(other))
            figures.add(f"{name} to {other}, p99", waits, "×", most=bounds.get(f"{other}, p99"))


class Server(NamedTuple):
    """A running server: the port it listens on, and its process id."""

    port: int
    pid: int

    def under(self, calls: Sequence[Call], connections: int, seconds: float) -> Measured:
        """Send the calls to the server for some seconds, and return what was measured."""
        before = processor_seconds(self.pid)
        load_ = load.drive(self.port, calls, connections, seconds)
        return Measured(load_, (processor_seconds(self.pid) - before) / load_.answered * 1e3)
