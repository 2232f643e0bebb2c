"""The processes that make the load of a rehearsal, and the signal of the opening to them."""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from pos_gateway.rehearsal.copy import Told
from pos_gateway.rehearsal.crowd import Played
from pos_gateway.rehearsal.playing import Part, play

PROCESSORS_FOR_TWO = 4
"""The least number of processors with which two processes make the load, instead of one."""


def play_all(part: Part, announce: Callable[[], float], told: Told) -> Played:
    """Play all members from one or two processes beside this one, and return what they did.

    `announce` is called when every member has seen their page; it returns the instant of the
    opening by the monotonic clock, which all processes of a machine share. `told` gets progress.

    Raises:
        EOFError: a process ended without a result.
    """
    with ExitStack() as stack:
        lines = [stack.enter_context(_playing(one)) for one in _parts(part)]
        told("members open their pages", 0, len(part.players))
        for line in lines:
            line.recv()
        told("members open their pages", len(part.players), len(part.players))
        opens = announce()
        for line in lines:
            line.send(opens)
        parts: list[Played] = [_received(line, opens, part.seconds, told) for line in lines]
    return Played(
        [attempt for one in parts for attempt in one.attempts],
        sum((one.pages for one in parts), Counter()),
        sum(one.unsent for one in parts),
        max(one.late for one in parts),
    )


def _parts(part: Part) -> list[Part]:
    count = 2 if (os.cpu_count() or 1) >= PROCESSORS_FOR_TWO else 1
    return [
        part._replace(
            players=part.players[number::count],
            connections=max(1, part.connections // count),
            attempts_max=part.attempts_max // count,
        )
        for number in range(count)
    ]


@contextmanager
def _playing(part: Part) -> Iterator[Connection]:
    """Start a process that plays a part, and yield the connection to it; end it on exit."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=play, args=(part, theirs), daemon=True)
    process.start()
    theirs.close()  # Otherwise nobody would notice that the process ended.
    try:
        yield ours
    finally:
        process.terminate()
        process.join()
        ours.close()


def _received(line: Connection, opens: float, seconds: float, told: Told) -> Any:
    """Wait for a process's result and return it, telling progress; raise EOFError if it ended."""
    while not line.poll(1.0):
        since = round(time.monotonic() - opens)
        told("the drop is open", min(round(seconds), max(0, since)), round(seconds))
    return line.recv()
