"""Sums of a table by day, month, place, benefit or card, narrowed to some of them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
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


class Narrowed(TypedDict, total=False):
    """Which rows are summed, and which page is shown.

    `first_day` and `last_day` are both inside. The next page is asked `after` the values of the
    last row; at most ROWS_MAX rows. Each other name is a text of the table, and its one value.
    """

    first_day: date | None
    last_day: date | None
    after: Sequence[str]
    rows_max: int
    card_id: str | None
    member_id: str | None
    merchant_id: str | None
    outlet_id: str | None
    till_id: str | None
    category: str | None
    branch: str | None
    choice_id: str | None
    kind: str | None
    reason: str | None
    drop_id: str | None
    item_id: str | None
    session_id: str | None
    group: str | None
    supplier_id: str | None


def totals(
    connection: Connection, table: FromClause, by: Sequence[str], **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """All numbers of the table, summed for each value of `by` (texts of it, or MONTH), sorted.

    Raises:
        KeyError: the table has no such text.

    """
    first_day, last_day = narrowed.pop("first_day", None), narrowed.pop("last_day", None)
    after, rows_max = narrowed.pop("after", ()), narrowed.pop("rows_max", ROWS_MAX)
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
    for name, value in narrowed.items():
        if value is not None:
            question = question.where(table.columns[name] == value)
    if after:
        question = question.where(tuple_(*groups) > tuple(after))
    if groups:
        question = question.group_by(*groups).order_by(*groups)
    rows = connection.execute(question.limit(min(rows_max, ROWS_MAX)))
    return [dict(row) for row in rows.mappings()]


def _group(table: FromClause, name: str) -> Any:
    if name == MONTH:
        # Written out: PostgreSQL cannot see that two parameters are equal, and would not group.
        first: ColumnElement[int] = literal_column("1")
        length: ColumnElement[int] = literal_column("7")
        return func.substr(table.columns["day"], first, length, type_=Text).label(MONTH)
    return table.columns[name]
