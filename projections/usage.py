"""Usage: how often each offer and grant was used, where and when, and what it took off.

A purchase that combined two benefits is two uses; its price is one, and stands in `purchases`. What
was undone is taken off the day of the purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.redemptions.line import RedemptionLine
from ledger.redemptions.redemption import Contested, Redeemed, Reversed
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata
from projections.engine.totals import Narrowed, Total, totals

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
        case (Redeemed() as redeemed) | Contested(booked=Redeemed() as redeemed):
            for line in redeemed.lines:
                yield _counted(redeemed, line, 1)
        case Reversed(undone=undone):
            for line in undone.lines:
                yield _counted(undone, line, -1)
        case _:
            pass


def usage(
    connection: Connection, by: Sequence[str] = (), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """Uses and the shares taken off (minor units) summed by keys or by `month`.

    See `projections.engine.totals.totals`.
    """
    return totals(connection, table, by, **narrowed)


def _counted(redeemed: Redeemed, line: RedemptionLine, count: int) -> Add:
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
