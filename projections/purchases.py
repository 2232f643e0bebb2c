"""Purchases: how often cards were used, where and when, at what price and who paid it.

A purchase counts once, however many benefits it combined; `usage` counts those. What was undone is
taken off the day of the purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.redemptions.redemption import Contested, Redeemed, Reversed
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata
from projections.engine.totals import Narrowed, Total, totals

NAME = "purchases_1"

table = Table(
    NAME,
    metadata,
    key("day"),
    key("merchant_id"),
    key("outlet_id"),
    key("category"),
    key("branch"),
    counter("purchases"),
    counter("reversals"),
    counter("price_minor"),
    counter("merchant_share_minor"),
    counter("union_share_minor"),
    counter("member_share_minor"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """One purchase more, or one less."""
    match fact.event:
        case (Redeemed() as redeemed) | Contested(booked=Redeemed() as redeemed):
            yield _counted(redeemed, 1, 0)
        case Reversed(undone=undone):
            yield _counted(undone, -1, 1)
        case _:
            pass


def purchases(
    connection: Connection, by: Sequence[str] = (), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """Purchases, reversals, price and shares (minor units) summed by keys or by `month`.

    See `projections.engine.totals.totals`.
    """
    return totals(connection, table, by, **narrowed)


def _counted(redeemed: Redeemed, count: int, reversals: int) -> Add:
    return Add(
        (
            redeemed.day.isoformat(),
            redeemed.merchant_id,
            redeemed.outlet_id,
            redeemed.category or "",
            redeemed.branch,
        ),
        {
            "purchases": count,
            "reversals": reversals,
            "price_minor": count * redeemed.price_minor,
            "merchant_share_minor": count * redeemed.merchant_share_minor,
            "union_share_minor": count * redeemed.union_share_minor,
            "member_share_minor": count * redeemed.member_share_minor,
        },
    )
