"""Comparison of the projections' tables with tables that are folded anew from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Table, select

from projections.engine.database import Projection, Views
from projections.engine.rebuild import PAGE, Opened, fill, stage
from projections.engine.runner import catch_up
from projections.engine.schema import progress

ROWS_AT_ONCE = 2_000


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
                fill(fresh, read, opened(last), last, group, on_page=on_page)
                made = [stage(fresh, one, read) for one in group]
                catch_up(fresh, read, only=made, page=PAGE, on_page=on_page)
                with fresh.reading() as other:
                    for one, staged in zip(group, made, strict=True):
                        pages = _pages(connection, one.table), _pages(other, staged.table)
                        if any(kept != folded for kept, folded in zip_longest(*pages)):
                            yield one.NAME


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table in the order of keys, ROWS_AT_ONCE at a time."""
    rows = select(table).order_by(*table.primary_key.columns)
    if connection.dialect.name != "sqlite":
        options = {"yield_per": ROWS_AT_ONCE}
        yield from connection.execute(rows, execution_options=options).partitions()
        return
    cursor: Any = connection.execute(rows).cursor  # bare rows take half the time
    while page := cursor.fetchmany(ROWS_AT_ONCE):
        yield page
