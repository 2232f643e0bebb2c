"""Pages of a table: the latest rows first, or all rows in the order of their keys."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, select, tuple_

ROWS_MAX = 1_000
"""The most rows of one page."""

Reading = Callable[[], AbstractContextManager[Connection]]
"""A function that opens a connection to read one page."""

Row = TypeVar("Row", bound=tuple[Any, ...])
Found = TypeVar("Found")


def latest(
    table: Table,
    row: type[Row],
    connection: Connection,
    *,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
    **narrowed: Any,
) -> list[Row]:
    """Return the rows before a position (None: from the last), the latest first; at most ROWS_MAX.

    `row` is the named tuple to make of each. `narrowed` holds further arguments of `narrow`.
    """
    question = narrow(select(table), table, **narrowed)
    if before is not None:
        question = question.where(table.c.position < before)
    question = question.order_by(table.c.position.desc()).limit(min(rows_max, ROWS_MAX))
    return [row(*found) for found in connection.execute(question)]


def by_key(
    table: Table,
    row: type[Row],
    connection: Connection,
    *,
    after: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
    **narrowed: Any,
) -> list[Row]:
    """Return the rows in the order of their keys, after the key `after` (empty: from the first).

    At most ROWS_MAX. `row` is the named tuple to make of each; `narrowed`, arguments of `narrow`.
    """
    question = narrow(select(table), table, **narrowed)
    if after:
        question = question.where(tuple_(*table.primary_key.columns) > tuple(after))
    question = question.order_by(*table.primary_key).limit(min(rows_max, ROWS_MAX))
    return [row(*found) for found in connection.execute(question)]


def narrow(
    question: Select[Any],
    table: FromClause,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    first_day: date | None = None,
    last_day: date | None = None,
    **values: str | None,
) -> Select[Any]:
    """Return the query limited to conditions (`where`), to days, and to equal values of columns.

    `first_day` and `last_day` are inclusive and need a column `day`. None limits nothing.
    """
    question = question.where(*where)
    if first_day is not None and first_day == last_day:
        values["day"], first_day, last_day = first_day.isoformat(), None, None  # one index's rows
    for name, value in values.items():
        if value is not None:
            question = question.where(table.columns[name] == value)
    if first_day is not None:
        question = question.where(table.columns["day"] >= first_day.isoformat())
    if last_day is not None:
        question = question.where(table.columns["day"] <= last_day.isoformat())
    return question


def every(
    query: Callable[..., Sequence[Found]],
    reading: Reading,
    following: Callable[[Found], dict[str, Any]],
    **asked: Any,
) -> Iterator[Found]:
    """Yield the rows of all pages of `query`, each read with a new connection of `reading`.

    `asked` holds arguments of the query; `following` returns those for the page after a row.
    """
    page: Sequence[Found] = ()
    while True:
        with reading() as connection:
            page = query(connection, **asked, **(following(page[-1]) if page else {}))
        yield from page
        if len(page) < ROWS_MAX:
            return


def held(connection: Connection) -> Reading:
    """Return a `reading` that uses this open connection for every page and leaves it open."""
    return lambda: nullcontext(connection)
