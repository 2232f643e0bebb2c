"""The reader of the log: it keeps every projection up to date.

A fact reaches only the projections that take its event. A page of facts is folded in memory, and
the changes and the new position are one commit. So a crash loses nothing and repeats nothing, and
two followers count each event once.
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import chain, pairwise
from typing import Any, NamedTuple, TypeVar, get_type_hints

from sqlalchemy.exc import InterfaceError, OperationalError

from ledger.event import Event, Fact
from projections.engine.changes import apply, fold
from projections.engine.database import ANOTHER_LOG, Progress, Project, Projection, Views, move

Read = Callable[[int, int], Sequence[Fact]]
"""A function that returns the events after a position, in order, at most a number of them."""

TRIES_MAX = 30
"""The number of attempts while the database is busy or away."""

Done = TypeVar("Done")

_AT_START = Progress()

_log = logging.getLogger(__name__)


class Stopped(RuntimeError):
    """A projection can't take the event at `position` and stands before it; see the cause."""

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
    retry_seconds: float = 1.0,
) -> int:
    """Bring these projections (`only` None: all) to the end of the log; return the events read.

    `read` returns events after a position, at most `page` at a time. A projection that has stopped
    is left out. `on_page` receives each position reached. An ExceptionGroup of `Stopped` is raised
    once the others have reached the end. Where their database is busy or away, see `patiently`.
    """
    chosen = views.projections if only is None else only
    stopped: list[Stopped] = []
    count, more = 0, True
    while more:
        turn = patiently(partial(_turn, views, chosen, read, page, stopped), retry_seconds)
        count, more = count + turn.facts, turn.more or _behind(views, chosen, turn.reached)
        if on_page is not None and turn.facts:
            on_page(turn.reached)
    if stopped:
        raise ExceptionGroup("projections stopped", stopped)
    return count


def _behind(views: Views, chosen: Sequence[Projection], reached: int) -> bool:
    """Return whether one stands before `reached`: another follower moved it there meanwhile."""
    positions, names = views.positions(), {one.NAME for one in chosen}
    return any(
        stands.position < reached and stands.stopped_at is None
        for name, stands in positions.items()
        if name in names
    )


def patiently(work: Callable[[], Done], retry_seconds: float = 1.0) -> Done:
    """Return what `work` does; where the database is busy or away, wait and do it again.

    After TRIES_MAX times the error is raised.
    """
    for _ in range(TRIES_MAX - 1):
        try:
            return work()
        except (OperationalError, InterfaceError):
            _log.warning("the database of the views is busy or away; trying again", exc_info=True)
            time.sleep(retry_seconds)
    return work()


def follow(
    views: Views,
    read: Read,
    wait: Callable[[float], bool],
    *,
    page: int = 5_000,
    poll_seconds: float = 0.05,
    retry_seconds: float = 1.0,
) -> None:
    """Keep every projection up to date until `wait` returns True; stopped ones try again first.

    `wait` takes the seconds to wait and returns whether to stop, as `threading.Event.wait` does. An
    error is logged, and a wait of `retry_seconds` follows.
    """
    pause, resumed = 0.0, False
    while not wait(pause):
        stopped: list[Stopped] = []
        try:
            if not resumed:
                views.resume()
                resumed = True
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
    views: Views, chosen: Sequence[Projection], read: Read, page: int, stopped: list[Stopped]
) -> _Turn:
    """Read a page at each position where projections stand; append those that stop to `stopped`.

    A staged table that another rebuild has swapped in is left out.
    """
    positions = views.positions()
    if others := strangers(chosen, positions, read):
        names = ", ".join(one.NAME for one in others)
        _log.warning("these have read another log and are built anew: %s", names)
        for one in others:
            views.start_over(one, positions[one.NAME].position)
        return _Turn(0, more=True, reached=0)
    by_position: dict[int, list[Projection]] = {}
    for projection in chosen:
        stands = positions.get(projection.NAME)
        if stands is not None and stands.stopped_at is None:
            by_position.setdefault(stands.position, []).append(projection)
    starts = sorted(by_position)
    count, more, reached = 0, False, 0
    for after, following in pairwise([*starts, sys.maxsize]):
        limit = min(page, following - after)
        facts = read(after, limit)
        if not facts:
            continue
        stopped += _advance_all(views, by_position[after], after, facts)
        count, more, reached = count + len(facts), more or len(facts) == limit, facts[-1].position
    anew = [one.NAME for one in chosen if positions.get(one.NAME, _AT_START).problem == ANOTHER_LOG]
    if anew and not more:
        views.reached_end(anew)
    return _Turn(count, more, reached)


def strangers(
    chosen: Sequence[Projection], positions: Mapping[str, Progress], read: Read
) -> list[Projection]:
    """Return the projections that have read another log than this one."""
    places = {one.NAME: positions.get(one.NAME, _AT_START) for one in chosen}
    ours = {place for place in {*places.values()} if is_of(read, place)}
    return [one for one in chosen if places[one.NAME] not in ours]


def is_of(read: Read, stands: Progress) -> bool:
    """Return whether the log has the fact that a projection read last, with the same leaf."""
    return not stands.position or any(
        fact.position == stands.position and stands.leaf in {None, fact.leaf.hex()}
        for fact in read(stands.position - 1, 1)
    )


def _advance_all(
    views: Views, following: Sequence[Projection], after: int, facts: Sequence[Fact]
) -> list[Stopped]:
    """Take the events of a page into each projection, in a commit each; return those that stop.

    Projections that take none of the events move together, in one commit.
    """
    to = facts[-1]
    wanted = dispatched(following, facts)
    idle = [one.NAME for one, found in zip(following, wanted, strict=True) if not found]
    if idle:
        with views.writing() as connection:
            move(connection, *idle, after=after, to=to.position, leaf=to.leaf.hex())
    return [
        stopped
        for one, found in zip(following, wanted, strict=True)
        if found
        for stopped in _advance(views, one, after, found, to)
    ]


def dispatched(following: Sequence[Projection], facts: Sequence[Fact]) -> list[list[Fact]]:
    """Return, for each projection, the facts whose events it takes."""
    takes = [event_classes(one.project) for one in following]
    queues: list[list[Fact]] = [[] for _ in following]
    takers: dict[type[Event], list[list[Fact]]] = {}
    for fact in facts:
        kind = type(fact.event)
        if kind not in takers:
            takers[kind] = [queues[n] for n, one in enumerate(takes) if issubclass(kind, one)]
        for queue in takers[kind]:
            queue.append(fact)
    return queues


@cache
def event_classes(project: Project) -> Any:
    """Return the class, or union of classes, of events that a fold takes: its first annotation.

    A fold without two annotated parameters raises TypeError.
    """
    found = [kind for name, kind in get_type_hints(project).items() if name != "return"]
    if len(found) != 2:  # noqa: PLR2004 - the event and its fact
        raise TypeError(
            f"{project.__module__}: write `def project(event: Redeemed | Reversed, fact: Fact)`,"
            " naming the event classes it takes"
        )
    return found[0]


def _advance(
    views: Views, projection: Projection, after: int, facts: Sequence[Fact], to: Fact
) -> list[Stopped]:
    """Fold the events and move to `to` in one commit; return the error in a list if it stops.

    At an event it cannot take, it keeps the events before and stops there.
    """
    project = projection.project
    try:
        folded = fold(chain.from_iterable([project(fact.event, fact) for fact in facts]))
        with views.writing() as connection:
            leaf = to.leaf.hex()
            if move(connection, projection.NAME, after=after, to=to.position, leaf=leaf):
                apply(connection, projection.table, folded)
    except (OperationalError, InterfaceError):
        raise  # the database is away or busy: no fault of the facts
    except Exception as error:  # noqa: BLE001 - whatever it is, it stops this projection alone
        if len(facts) == 1:
            stopped = Stopped(projection.NAME, facts[0].position)
            stopped.__cause__ = error
            views.stop(projection, after, stopped.position, type(error).__name__)
            return [stopped]
        # Somewhere in this page; halving it finds the fact and takes all those before.
        middle = len(facts) // 2
        reached = facts[middle - 1]
        return _advance(views, projection, after, facts[:middle], reached) or _advance(
            views, projection, reached.position, facts[middle:], to
        )
    return []
