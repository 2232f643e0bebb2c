"""Turned away: how many came to a drop in which second and were told that it has nothing, and why.

Each gateway counts its own; what was counted and not yet recorded when one was killed is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from sqlalchemy import Connection, Table

from ledger.event import Fact
from ledger.redemptions.refusal import TurnedAway
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata
from projections.engine.totals import Narrowed, Total, totals
from projections.sell_through import second

NAME = "turned_away_1"

table = Table(
    NAME,
    metadata,
    key("drop_id"),
    key("second"),
    key("reason"),
    counter("turned_away"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """So many more, in the second they came: the fact is recorded later."""
    match fact.event:
        case TurnedAway() as event:
            for reason, count in event.counts.items():
                yield Add((event.drop_id, second(event.at), reason), {"turned_away": count})
        case _:
            pass


def turned_away(
    connection: Connection, by: Sequence[str] = ("reason",), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """How many were turned away, summed by keys: `drop_id`, `second`, `reason`.

    See `projections.engine.totals.totals`.
    """
    return totals(connection, table, by, **narrowed)
