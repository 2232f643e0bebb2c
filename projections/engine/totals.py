"""Sums of a table by some of its texts, or by month: narrowed, page by page."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from projections.engine.pages import ROWS_MAX, narrow

MONTH = "month"
"""The name of the group that puts days of one month together: `2019-05`."""

Total = dict[str, Any]
"""One row: the values it is grouped by, and its sums."""


def totals(
    table: sa.FromClause,
    connection: sa.Connection,
    by: Sequence[str] = (),
    *,
    after: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
    **narrowed: Any,
) -> list[Total]:
    """Return the sums of all number columns, one row for each value of the columns `by`, sorted.

    `by` may hold MONTH; without `by` there is one row, of zeros if nothing matches. A page has at
    most ROWS_MAX rows; `after` holds the `by` values of the previous page's last row. `narrowed`
    holds arguments of `projections.engine.pages.narrow`, such as a column with the value it must
    have.
    """
    question = _summed(table, by, narrowed)
    if after:
        question = question.where(sa.tuple_(*(_group(table, name) for name in by)) > tuple(after))
    rows = connection.execute(question.limit(min(rows_max, ROWS_MAX)))
    return [dict(row) for row in rows.mappings()]


def every_total(
    table: sa.FromClause, connection: sa.Connection, by: Sequence[str] = (), **narrowed: Any
) -> Iterator[Total]:
    """Yield all rows of `totals`, summed once and read with one cursor."""
    question = _summed(table, by, narrowed)
    rows = connection.execute(question, execution_options={"yield_per": ROWS_MAX})
    return (dict(row) for row in rows.mappings())


def whole_number(value: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[int]:
    """Return a computed number as a column of this name, which `totals` then sums."""
    return sa.type_coerce(value, sa.BigInteger).label(name)


def sum_of(value: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Return the sum of a number over the rows of a group; None in SQL if there are none."""
    return sa.cast(sa.func.sum(value), sa.BigInteger)


def _summed(table: sa.FromClause, by: Sequence[str], narrowed: dict[str, Any]) -> sa.Select[Any]:
    groups = [_group(table, name) for name in by]
    sums = [
        sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger).label(column.name)
        for column in table.columns
        if not column.primary_key and isinstance(column.type, sa.BigInteger)
    ]
    question = narrow(sa.select(*groups, *sums), table, **narrowed)
    return question.group_by(*groups).order_by(*groups) if groups else question


def _group(table: sa.FromClause, name: str) -> Any:
    if name == MONTH:
        # Written out: PostgreSQL cannot see that two parameters are equal, and would not group.
        first: sa.ColumnElement[int] = sa.literal_column("1")
        length: sa.ColumnElement[int] = sa.literal_column("7")
        return sa.func.substr(table.columns["day"], first, length, type_=sa.Text).label(MONTH)
    return table.columns[name]
