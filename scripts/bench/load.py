"""Load on an HTTP server: each connection sends its next request as soon as it is answered."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from scripts.bench.figures import percentile

WRK = shutil.which("wrk")
BY = "wrk" if WRK else "Python, for want of wrk: it takes its share"
SCRIPT = Path(__file__).with_name("requests.lua")
PROCESSES = 2
ANSWER_SECONDS_MAX = 30
REFUSED_LEAST = 400


class Call(NamedTuple):
    """One HTTP request to send."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def raw(self) -> bytes:
        """The request as the bytes of HTTP/1.1."""
        headers = {"Host": "127.0.0.1", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a load: of `prepared` requests `asked` were sent and `answered` came back.

    `refused` of the answers were 4xx or 5xx; `broken` requests got none. Waits run from sending on.
    """

    answered: int
    refused: int
    broken: int
    asked: int
    prepared: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """The answers per second."""
        return self.answered / self.seconds


def drive(port: int, calls: Sequence[Call], connections: int, seconds: float) -> Load:
    """Send calls for some seconds with `wrk`, or with `ask` where it is not installed.

    With `wrk`, the last call of each connection may stay unanswered.
    """
    if WRK is None:
        return ask(port, calls, connections, seconds)
    with tempfile.NamedTemporaryFile(prefix="hongka-bench-calls-") as file:
        file.write(b"\0".join(call.raw for call in calls))
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


def ask(port: int, calls: Sequence[Call], connections: int, seconds: float) -> Load:
    """Send each call at most once, until `seconds` are over, and wait for every answer.

    A connection without an answer raises OSError or HTTPException.
    """
    each = max(1, connections // PROCESSES)
    parts = [(port, calls[number::PROCESSES], each, seconds) for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        asked = list(processes.map(_ask, parts))
    answers = list(chain.from_iterable(answers for answers, _seconds in asked))
    waits = [seconds for _status, seconds in answers]
    return Load(
        answered=len(answers),
        refused=sum(status >= REFUSED_LEAST for status, _seconds in answers),
        broken=0,
        asked=len(answers),
        prepared=len(calls),
        seconds=max(seconds for _answers, seconds in asked),
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


def _ask(part: tuple[int, Sequence[Call], int, float]) -> tuple[list[tuple[int, float]], float]:
    """Return the status and the seconds of each answer, and the seconds of them all."""
    port, calls, connections, seconds = part
    started = time.perf_counter()
    end = started + seconds

    def ask_by_turns(first: int) -> list[tuple[int, float]]:
        connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
        answers: list[tuple[int, float]] = []
        for call in calls[first::connections]:
            asked = time.perf_counter()
            if asked > end:
                break
            connection.request(call.method, call.path, call.body, call.headers)
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, time.perf_counter() - asked))
        connection.close()
        return answers

    with ThreadPoolExecutor(connections) as threads:
        answers = list(chain.from_iterable(threads.map(ask_by_turns, range(connections))))
    return answers, time.perf_counter() - started
