"""Comparison of the projections' tables with tables that are folded anew from the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select

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
        with TemporaryDirectory(dir=folder) as scratch:
            file, made = f"{scratch}/views.db", list[tuple[Projection, Table]]()
            for last, group in groups.items():
                with closing(Views(f"sqlite:///{file}", group)) as fresh, opened(last)() as read:
                    fill(fresh, read, opened(last), last, group, on_page=on_page)
                    staged = [stage(fresh, one, read) for one in group]
                    catch_up(fresh, read, only=staged, page=PAGE, on_page=on_page)
                made += [(one, new.table) for one, new in zip(group, staged, strict=True)]
            if connection.dialect.name == "sqlite":
                connection.detach()  # from its pool, since the file stays attached
                connection.exec_driver_sql("ATTACH ? AS folded", (file,))
                yield from (one.NAME for one, new in made if _differ(connection, one.table, new))
                return
            with closing(Views(f"sqlite:///{file}", [])) as fresh, fresh.reading() as other:
                for one, new in made:
                    pages = _pages(connection, one.table), _pages(other, new)
                    if any(kept != folded for kept, folded in zip_longest(*pages)):
                        yield one.NAME


def _differ(connection: Connection, kept: Table, new: Table) -> bool:
    """Return whether two tables of SQLite differ; it compares in a fifth of the time of Python."""
    folded = new.to_metadata(MetaData(), schema="folded")
    lost = select(folded).except_(select(kept)).subquery()
    many, all_folded, all_kept = (
        connection.scalar(select(func.count()).select_from(one)) for one in (lost, folded, kept)
    )
    return bool(many) or all_folded != all_kept


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    rows = select(table).order_by(*table.primary_key.columns)
    if connection.dialect.name != "sqlite":
        options = {"yield_per": ROWS_AT_ONCE}
        yield from connection.execute(rows, execution_options=options).partitions()
        return
    cursor: Any = connection.execute(rows).cursor  # bare rows take half the time
    while page := cursor.fetchmany(ROWS_AT_ONCE):
        yield page
