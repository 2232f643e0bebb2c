"""Sums of a table by day, month, place, benefit or card, narrowed to some of them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Text,
    cast,
    func,
    literal_column,
    select,
    tuple_,
)

ROWS_MAX = 1_000
"""The most rows of one page."""

MONTH = "month"
"""Groups days: `2019-05`."""

Total = dict[str, Any]
"""One row: what it is grouped by, and its sums."""


def totals(
    connection: Connection,
    table: Table,
    by: Sequence[str],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    after: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
    **only: str | None,
) -> list[Total]:
    """All numbers of the table, summed for each value of `by` (texts of it, or MONTH), sorted.

    `first_day` and `last_day` are both inside; `only` names texts and the value each must have,
    None for any. The next page is asked `after` the values of the last row. At most ROWS_MAX rows.

    Raises:
        KeyError: the table has no such text.

    """
    groups = [_group(table, name) for name in by]
    sums = [
        cast(func.coalesce(func.sum(column), 0), BigInteger).label(column.name)
        for column in table.columns
        if not column.primary_key and isinstance(column.type, BigInteger)
    ]
    question = select(*groups, *sums)
    if first_day is not None:
        question = question.where(table.c.day >= first_day.isoformat())
    if last_day is not None:
        question = question.where(table.c.day <= last_day.isoformat())
    for name, value in only.items():
        if value is not None:
            question = question.where(table.columns[name] == value)
    if after:
        question = question.where(tuple_(*groups) > tuple(after))
    if groups:
        question = question.group_by(*groups).order_by(*groups)
    rows = connection.execute(question.limit(min(rows_max, ROWS_MAX)))
    return [dict(row) for row in rows.mappings()]


def _group(table: Table, name: str) -> Any:
    if name == MONTH:
        # Written out: PostgreSQL cannot see that two parameters are equal, and would not group.
        first: ColumnElement[int] = literal_column("1")
        length: ColumnElement[int] = literal_column("7")
        return func.substr(table.columns["day"], first, length, type_=Text).label(MONTH)
    return table.columns[name]
