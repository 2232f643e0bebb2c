"""The reader of the log: it keeps every projection up to date.

A page of facts is folded in memory, and the changes and the new position are one commit. So a crash
loses nothing and repeats nothing, and of two followers one counts.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

from sqlalchemy.exc import InterfaceError, OperationalError

import projections
from ledger.event import Fact
from projections.engine.changes import apply, fold
from projections.engine.database import Projection, Views, move

Read = Callable[[int, int], Sequence[Fact]]
"""Facts after a position, in order, at most so many."""

_log = logging.getLogger(__name__)


class Stopped(RuntimeError):
    """A projection cannot take a fact; it stands just before it, and the cause says why."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"{name} stopped at position {position}")
        self.name = name
        self.position = position


def catch_up(
    views: Views,
    read: Read,
    *,
    only: Sequence[Projection] | None = None,
    page: int = 5_000,
    on_page: Callable[[int], None] | None = None,
) -> int:
    """Bring every projection that is not stopped to the end of the log; returns the facts read.

    `on_page` is told each position reached.

    Raises:
        ExceptionGroup: of `Stopped`, when the others are there.

    """
    chosen = views.projections if only is None else only
    stopped: list[Stopped] = []
    count, more = 0, True
    while more:
        turn = _turn(views, chosen, read, page, stopped)
        count, more = count + turn.facts, turn.more
        if on_page is not None and turn.facts:
            on_page(turn.reached)
    if stopped:
        raise ExceptionGroup("projections stopped", stopped)
    return count


def follow(
    views: Views,
    read: Read,
    wait: Callable[[float], bool],
    *,
    page: int = 5_000,
    poll_seconds: float = 0.05,
    retry_seconds: float = 1.0,
) -> None:
    """Keep every projection up to date until `wait` says stop.

    `wait` takes the seconds to wait and returns whether to stop, as `threading.Event.wait` does.
    What was stopped before tries again first. An error is logged, and followed by a longer wait.
    """
    views.resume()
    pause = 0.0
    while not wait(pause):
        stopped: list[Stopped] = []
        try:
            turn = _turn(views, views.projections, read, page, stopped)
            pause = 0.0 if turn.more else poll_seconds
        except Exception:  # noqa: BLE001 - a follower outlives a database that is away
            _log.exception("the log was not followed; trying again")
            pause = retry_seconds
        for problem in stopped:
            _log.error("%s", problem, exc_info=problem)


class _Turn(NamedTuple):
    facts: int
    more: bool
    reached: int


def _turn(
    views: Views,
    chosen: Sequence[Projection],
    read: Read,
    page: int,
    stopped: list[Stopped],
) -> _Turn:
    """One page for each position some of them stand at; those behind read up to the next."""
    positions = views.positions()
    by_position: dict[int, list[Projection]] = {}
    for projection in chosen:
        if positions[projection.NAME].problem is None:
            by_position.setdefault(positions[projection.NAME].position, []).append(projection)
    starts = sorted(by_position)
    count, more, reached = 0, False, 0
    for after, following in pairwise([*starts, sys.maxsize]):
        limit = min(page, following - after)
        facts = read(after, limit)
        if not facts:
            continue
        for projection in by_position[after]:
            stopped += _advance(views, projection, after, facts)
        count, more, reached = count + len(facts), more or len(facts) == limit, facts[-1].position
    return _Turn(count, more, reached)


def _advance(
    views: Views, projection: Projection, after: int, facts: Sequence[Fact]
) -> list[Stopped]:
    """Take the facts, in one commit; or as many as can be had, and what stopped it."""
    try:
        folded = fold(chain.from_iterable(map(projection.project, facts)))
        with views.writing() as connection:
            if move(connection, projection.NAME, after=after, to=facts[-1].position):
                apply(connection, projection.table, folded)
    except (OperationalError, InterfaceError):
        raise  # the database is away or busy: no fault of the facts
    except Exception as error:  # noqa: BLE001 - whatever it is, it stops this projection alone
        if len(facts) == 1:
            return [_stopped(views, projection, facts[0].position, error)]
        # Somewhere in this page; halving it finds the fact and takes all those before.
        middle = len(facts) // 2
        return _advance(views, projection, after, facts[:middle]) or _advance(
            views, projection, facts[middle - 1].position, facts[middle:]
        )
    return []


def _stopped(views: Views, projection: Projection, position: int, error: Exception) -> Stopped:
    views.stop(projection, position, type(error).__name__)
    stopped = Stopped(projection.NAME, position)
    stopped.__cause__ = error
    return stopped


def _found() -> Iterable[Any]:
    for found in pkgutil.iter_modules(projections.__path__):
        module = importlib.import_module(f"{projections.__name__}.{found.name}")
        if hasattr(module, "project"):
            yield module


PROJECTIONS: tuple[Projection, ...] = tuple(_found())
"""Every question of this folder."""
