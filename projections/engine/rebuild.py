"""A rebuild: staged tables are filled beside those in use, and take their places at the end.

An interrupted rebuild leaves the old tables in use, and the next one goes on with the staged ones.
"""

import gc
import logging
import multiprocessing
import os
import signal
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import chain
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Index, MetaData, Table, delete, inspect, select, text, update
from sqlalchemy.schema import CreateTable

from ledger.event import Fact
from ledger.store.schema_version import lock
from projections.engine.changes import fold
from projections.engine.database import STAGED, Project, Projection, Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import Read, catch_up, dispatched, is_of, patiently
from projections.engine.schema import progress

PAGE = 20_000
"""The events of one page: a rebuild has fewer and larger commits than a follower."""

PROCESSES_MAX = 4

FACTS_EACH = 100_000
"""The events in the log for which one more process is worth its start."""

SAMPLE = 5_000
"""The events from the middle of the log that tell what each projection costs."""

_WATCHED_SECONDS = 0.5
_OTHER = "__2"

Opened = Callable[[], AbstractContextManager[Read]]
"""A function of a module, which opens the log in a new process and closes it again."""

_log = logging.getLogger(__name__)


class Staged(NamedTuple):
    """A projection that is rebuilt in a table of its own, beside the table in use."""

    NAME: str
    table: Table
    project: Project


def rebuild(
    views: Views,
    read: Read,
    *,
    only: Sequence[Projection] | None = None,
    page: int = PAGE,
    on_page: Callable[[int], None] | None = None,
) -> int:
    """Rebuild these projections (`only` None: all) from the first event; return the events read.

    The old tables are used meanwhile; if one stops, all stay and an ExceptionGroup of `Stopped` is
    raised. A rebuild also repairs a projection that had stopped, or had read more than there is
    (the log was restored from a copy). It goes on with what an interrupted one left. `on_page`
    receives each position reached.
    """
    chosen = views.projections if only is None else only
    staged = [patiently(partial(stage, views, projection, read)) for projection in chosen]
    count = catch_up(views, read, only=staged, page=page, on_page=on_page)
    for projection, new in zip(chosen, staged, strict=True):
        patiently(partial(build_indexes, views, new))
        count += catch_up(views, read, only=[new], page=page, on_page=on_page)
        patiently(partial(swap, views, projection, new))
    patiently(views.release_space)
    return count


def rebuild_in_processes(
    views: Views,
    read: Read,
    opened: Opened,
    *,
    head: int,
    only: Sequence[Projection] | None = None,
    processes: int | None = None,
    on_page: Callable[[int], None] | None = None,
) -> None:
    """Rebuild projections of the registry as `rebuild` does, in several processes at once.

    `head` is the last position of the log. `processes` None: one for each FACTS_EACH events, at
    most PROCESSES_MAX and the number of processors. Each fills tables that cost about the same;
    what one leaves undone, for whatever reason, this process does at the end, alone.
    """
    chosen = views.projections if only is None else only
    fill(views, read, opened, head, chosen, processes, on_page, indexed=True)
    rebuild(views, read, only=chosen, on_page=on_page)


def fill(
    views: Views,
    read: Read,
    opened: Opened,
    head: int,
    chosen: Sequence[Projection],
    processes: int | None = None,
    on_page: Callable[[int], None] | None = None,
    *,
    indexed: bool = False,
) -> None:
    """Fill staged tables in several processes, if the log is long; `indexed` adds their indexes."""
    most = min(os.cpu_count() or 1, PROCESSES_MAX, 1 + head // FACTS_EACH)
    count = min(most if processes is None else processes, len(chosen))
    if count > 1:
        names = [patiently(partial(stage, views, one, read)).NAME for one in chosen]
        children = [
            multiprocessing.get_context("spawn").Process(
                target=_fill,
                args=(views.url, opened, [one.NAME for one in share], indexed),
                daemon=True,
            )
            for share in shares(chosen, read(head // 2, SAMPLE), count)
        ]
        try:
            for child in children:
                child.start()
            while running := [child.sentinel for child in children if child.is_alive()]:
                wait(running, _WATCHED_SECONDS)
                if on_page is not None:
                    # Another rebuild may have swapped some in meanwhile.
                    found = patiently(views.positions)
                    left = (found[name].position for name in names if name in found)
                    on_page(min(left, default=head))
        finally:
            for child in children:
                if child.pid is not None:
                    child.terminate()
                    child.join()
        if failed := [child.exitcode for child in children if child.exitcode]:
            _log.warning("processes of the rebuild ended with %s; one process goes on", failed)


def shares(
    chosen: Sequence[Projection], sample: Sequence[Fact], count: int
) -> list[list[Projection]]:
    """Divide projections in `count` lists that cost about the same, as this sample tells."""
    queues = dispatched(chosen, sample)
    costs = [_cost(one, facts) for one, facts in zip(chosen, queues, strict=True)]
    divided: list[list[Projection]] = [[] for _ in range(count)]
    sums = [0] * count
    for place in sorted(range(len(costs)), key=lambda place: -costs[place]):
        lightest = sums.index(min(sums))
        sums[lightest] += costs[place]
        divided[lightest].append(chosen[place])
    return divided


def stage(views: Views, projection: Projection, read: Read) -> Staged:
    """Return the table that a rebuild fills: what an interrupted one left, or an empty one.

    Remove a table filled by another version of the file, or from another log. Indexes come last,
    see `build_indexes`.
    """
    source = Path(str(sys.modules[projection.project.__module__].__file__)).read_bytes()
    name = f"{projection.NAME}{STAGED}{zlib.crc32(source):08x}"
    for other, stands in views.positions().items():
        if other.startswith(f"{projection.NAME}{STAGED}") and (
            other != name or not is_of(read, stands)
        ):
            views.drop(other)
    table = projection.table.to_metadata(MetaData(), name=name)
    table.indexes.clear()
    with views.writing() as connection:
        lock(connection)
        taken = {one["name"] for one in inspect(connection).get_indexes(projection.table.name)}
        for index in projection.table.indexes:
            # An index keeps its name when its table gets another: two names take turns.
            free = f"{index.name}{_OTHER}" if index.name in taken else index.name
            Index(free, *(table.columns[column.name] for column in index.columns))
        connection.execute(CreateTable(table, if_not_exists=True))
        begun = update(progress).where(progress.c.name == name)
        if not connection.execute(begun.values(problem=None, stopped_at=None)).rowcount:
            connection.execute(progress.insert().values(name=name))
    return Staged(name, table, projection.project)


def build_indexes(views: Views, staged: Staged) -> None:
    """Build the missing indexes of a staged table, each in a commit of its own.

    In PostgreSQL nobody waits for them; in SQLite another writer waits while one is built.
    """
    for index in staged.table.indexes:
        with views.writing() as connection:
            still = select(progress.c.name).where(progress.c.name == staged.NAME).with_for_update()
            if connection.scalar(still) is not None:
                index.create(connection, checkfirst=True)


def swap(views: Views, projection: Projection, staged: Staged) -> bool:
    """Put the staged table and its position in place of the projection's own, in one commit.

    Return False where it is staged no longer: another rebuild has put it in place.
    """
    with views.writing() as connection:
        reached = connection.execute(
            delete(progress).where(progress.c.name == staged.NAME).returning(progress)
        ).one_or_none()
        if reached is None:
            return False
        connection.execute(
            update(progress)
            .where(progress.c.name == projection.NAME)
            .values(position=reached.position, leaf=reached.leaf, problem=None, stopped_at=None)
        )
        projection.table.drop(connection)
        quote = connection.dialect.identifier_preparer.quote
        names = quote(staged.table.name), quote(projection.table.name)
        connection.execute(text("ALTER TABLE {} RENAME TO {}".format(*names)))
        return True


def _cost(projection: Projection, facts: Sequence[Fact]) -> int:
    """Return the changes of these events, and the values that they would write."""
    with suppress(Exception):  # whoever fills the table says what is wrong
        changes = list(chain.from_iterable(projection.project(one.event, one) for one in facts))
        added, put = fold(changes)
        return len(changes) + len({*added, *put}) * len(projection.table.columns)
    return 0


def _fill(url: str, opened: Opened, names: Sequence[str], indexed: bool) -> None:  # noqa: FBT001
    """Fill the staged tables of these projections, until the parent process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which stops us
    gc.disable()  # what is read and folded makes no reference cycles
    parent = multiprocessing.parent_process()
    views = Views(url, [one for one in PROJECTIONS if one.NAME in names])
    with opened() as read:

        def read_for(after: int, limit: int) -> Sequence[Fact]:
            if parent is not None and not parent.is_alive():
                sys.exit("the rebuild that started this process has ended")
            return read(after, limit)

        staged = [stage(views, projection, read) for projection in views.projections]
        catch_up(views, read_for, only=staged, page=PAGE)
        for one in staged if indexed else ():
            patiently(partial(build_indexes, views, one))
    views.close()
