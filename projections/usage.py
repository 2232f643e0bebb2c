"""Usage: how often each offer and grant was used, where and when, and what it took off.

A purchase that combined two benefits is two uses; its price is one, and stands in `purchases`. What
was undone is taken off the day of the purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.redemption import Redeemed, Reversed
from ledger.split import Line
from projections.change import Add
from projections.schema import counter, key, metadata
from projections.totals import ROWS_MAX, Total, totals

NAME = "usage_1"

table = Table(
    NAME,
    metadata,
    key("day"),
    key("merchant_id"),
    key("outlet_id"),
    key("category"),
    key("branch"),
    key("choice_id"),
    key("kind"),
    counter("uses"),
    counter("merchant_share_minor"),
    counter("union_share_minor"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """One use more for each choice, or one less."""
    match fact.event:
        case Redeemed() as redeemed:
            for line in redeemed.lines:
                yield _counted(redeemed, line, 1)
        case Reversed(undone=undone):
            for line in undone.lines:
                yield _counted(undone, line, -1)
        case _:
            pass


def usage(
    connection: Connection,
    by: Sequence[str] = (),
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    merchant_id: str | None = None,
    outlet_id: str | None = None,
    category: str | None = None,
    branch: str | None = None,
    choice_id: str | None = None,
    kind: str | None = None,
    after: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
) -> list[Total]:
    """Uses and the shares taken off (minor units) summed by keys or by `month`.

    See `projections.totals.totals`.
    """
    return totals(
        connection,
        table,
        by,
        first_day=first_day,
        last_day=last_day,
        after=after,
        rows_max=rows_max,
        merchant_id=merchant_id,
        outlet_id=outlet_id,
        category=category,
        branch=branch,
        choice_id=choice_id,
        kind=kind,
    )


def _counted(redeemed: Redeemed, line: Line, count: int) -> Add:
    return Add(
        (
            redeemed.day.isoformat(),
            redeemed.merchant_id,
            redeemed.outlet_id,
            redeemed.category or "",
            redeemed.branch,
            line.choice_id,
            line.kind,
        ),
        {
            "uses": count,
            "merchant_share_minor": count * line.merchant_share_minor,
            "union_share_minor": count * line.union_share_minor,
        },
    )
