"""Comparison of the projections' tables with tables that are folded anew from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, select

from projections.engine.database import Projection, Views
from projections.engine.rebuild import Opened, rebuild_in_processes
from projections.engine.schema import progress

_ROWS = {"yield_per": 2_000}


def wrong_tables(
    views: Views, opened: Callable[[int], Opened], folder: Path, on_page: Callable[[int], None]
) -> Iterator[str]:
    """Yield the name of each table that has stopped, or differs from one folded anew.

    `opened(last)` returns a function that opens the log up to a position; `folder` gets a file for
    the new tables, which is removed at the end. The tables may go on meanwhile.
    """
    with views.reading() as connection:  # all in one moment
        stands = {row.name: row for row in connection.execute(select(progress))}
        groups: dict[int, list[Projection]] = {}
        for one in views.projections:
            if stands[one.NAME].problem is None:
                groups.setdefault(stands[one.NAME].position, []).append(one)
            else:
                yield one.NAME
        for last, group in groups.items():
            with (
                TemporaryDirectory(dir=folder) as scratch,
                closing(Views(f"sqlite:///{scratch}/views.db", group)) as fresh,
                opened(last)() as read,
            ):
                rebuild_in_processes(fresh, read, opened(last), head=last, on_page=on_page)
                yield from (one.NAME for one in group if not _same(connection, fresh, one))


def _same(connection: Connection, fresh: Views, projection: Projection) -> bool:
    """Return whether a table has the same rows in both databases."""
    rows = select(projection.table).order_by(*projection.table.primary_key.columns)
    with fresh.reading() as other:
        kept = connection.execute(rows, execution_options=_ROWS).partitions()
        made = other.execute(rows, execution_options=_ROWS).partitions()
        return all(one == two for one, two in zip_longest(kept, made))
