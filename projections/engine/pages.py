"""Pages of a table that tells the position of each row's fact: the latest first."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, Table, select

ROWS_MAX = 1_000
"""The most rows of one page."""


def latest(
    table: Table,
    *,
    before: int | None,
    rows_max: int,
    first_day: date | None = None,
    last_day: date | None = None,
    **wanted: str | None,
) -> Select[Any]:
    """The rows `before` a position, at most ROWS_MAX, from `first_day` to `last_day`, both inside.

    `wanted` are columns and what they must hold; None stands for anything.
    """
    question = select(table)
    for name, value in wanted.items():
        if value is not None:
            question = question.where(table.c[name] == value)
    if first_day is not None:
        question = question.where(table.c.day >= first_day.isoformat())
    if last_day is not None:
        question = question.where(table.c.day <= last_day.isoformat())
    if before is not None:
        question = question.where(table.c.position < before)
    return question.order_by(table.c.position.desc()).limit(min(rows_max, ROWS_MAX))
