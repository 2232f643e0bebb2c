"""The servers under load: gateways and plain apps in processes of their own, and the load on them.

Each connection sends its next request as soon as it is answered.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple

import click
import msgspec
import uvloop

from pos_gateway.child_process import HONGKA, free_port, running, wait_until_ready
from pos_gateway.settings import Settings
from scripts.bench.figures import Figures, percentile

ROOT = Path(__file__).parents[2]
GATEWAY = (*HONGKA, "serve")
PLAIN = ("-m", "scripts.bench.plain")
WRK = shutil.which("wrk")
LOAD_BY = "wrk" if WRK else "Python (no wrk found), on the same cores"
SCRIPT = Path(__file__).with_name("requests.lua")
ANSWER_SECONDS_MAX = 30
REFUSED_LEAST = 400


def request(
    method: str, path: str, headers: Mapping[str, str] = MappingProxyType({}), body: bytes = b""
) -> bytes:
    """Return a request of HTTP/1.1 to send; `headers` are those beside Host and Content-Length."""
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a load: of `prepared` requests `asked` were sent and `answered` came back.

    `refused` of the answers were 4xx or 5xx; `broken` requests got none. Waits run from sending on.
    `worker_ms` are the server's processor milliseconds per answer, where they were measured.
    """

    answered: int
    refused: int
    broken: int
    asked: int
    prepared: int
    seconds: float
    p50_ms: float
    p99_ms: float
    worker_ms: float = 0.0

    @property
    def rate(self) -> float:
        """The answers per second."""
        return self.answered / self.seconds

    def add_to(self, figures: Figures, start: str, name: str) -> None:
        """Add rate, waits and processor time to the figures of a bench."""
        figures.add(start, name, self.rate, "1/s")
        for what, cost in (("p50", self.p50_ms), ("p99", self.p99_ms), ("worker", self.worker_ms)):
            figures.add(start, f"{name}, {what}", cost, "ms")


def drive(port: int, calls: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send calls for some seconds with `wrk`, or by Python where it is not installed.

    With `wrk`, the last call of each connection may stay unanswered.
    """
    if WRK is None:
        return uvloop.run(_ask(port, calls, connections, seconds))
    with tempfile.NamedTemporaryFile(prefix="hongka-bench-calls-") as file:
        file.write(b"\0".join(calls))
        file.flush()
        # One thread, because more would take the processors from the workers.
        ran = subprocess.run(
            [
                *(WRK, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
                *("--timeout", f"{ANSWER_SECONDS_MAX}s", "-s", str(SCRIPT)),
                *(f"http://127.0.0.1:{port}", "--", file.name),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 2 * ANSWER_SECONDS_MAX,
        )
    return msgspec.json.decode(ran.stdout.splitlines()[-1], type=Load)


async def _ask(port: int, calls: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send each call at most once (a single one: often) for some seconds; wait for every answer.

    A connection without an answer raises OSError, IncompleteReadError or TimeoutError.
    """
    left, started = iter(calls) if calls[1:] else cycle(calls), time.perf_counter()
    answers: list[tuple[int, float]] = []

    async def ask_by_turns() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (asked := time.perf_counter()) < started + seconds and (call := next(left, None)):
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r")[0]
            await reader.readexactly(int(length))
            answers.append((int(head.split()[1]), time.perf_counter() - asked))
        writer.close()

    async with asyncio.timeout(seconds + ANSWER_SECONDS_MAX):
        await asyncio.gather(*(ask_by_turns() for _ in range(connections)))
    waits = [waited for _status, waited in answers]
    return Load(
        answered=len(answers),
        refused=sum(status >= REFUSED_LEAST for status, _waited in answers),
        broken=0,
        asked=len(answers),
        prepared=len(calls),
        seconds=time.perf_counter() - started,
        p50_ms=percentile(waits, 0.5) * 1e3,
        p99_ms=percentile(waits, 0.99) * 1e3,
    )


def check_answers(name: str, load: Load, *, refused: bool = False, fresh: bool = False) -> None:
    """Check that every request was answered: accepted or, if `refused`, refused.

    Raises:
        ClickException: it was not so, or a request was sent twice though all must be `fresh`.
    """
    if load.broken or load.refused != (load.answered if refused else 0):
        raise click.ClickException(f"{name}: {load}")
    if fresh and load.asked > load.prepared:
        raise click.ClickException(f"{name}: more requests (--members) are wanted, {load}")


def check_recorded(name: str, loads: Sequence[Load], recorded: int) -> None:
    """Check that as many requests are on record as were answered, or sent and not answered yet.

    Raises:
        ClickException: it is not so.
    """
    if not sum(one.answered for one in loads) <= recorded <= sum(one.asked for one in loads):
        raise click.ClickException(f"{name}: {recorded} on record after {loads}")


def settings(stack: ExitStack, *, workers: int = 1, **more: str) -> Settings:
    """Return a gateway's settings: free ports, a new folder for all files, and `more` variables.

    The folder is removed with the stack.
    """
    var = stack.enter_context(TemporaryDirectory(prefix="hongka-bench-var-"))
    environment = {"HONGKA_VAR": var, "HONGKA_WORKERS": str(workers)}
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


class Server(NamedTuple):
    """A running server: the port it listens on, and its process id."""

    port: int
    pid: int

    def under(self, calls: Sequence[bytes], connections: int, seconds: float) -> Load:
        """Send the calls to the server for some seconds, and return what was measured."""
        before = processor_seconds(self.pid)
        driven = drive(self.port, calls, connections, seconds)
        used = processor_seconds(self.pid) - before
        return msgspec.structs.replace(driven, worker_ms=used / driven.answered * 1e3)
