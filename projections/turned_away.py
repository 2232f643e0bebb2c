"""Turned away: how many came to a drop in which second and found nothing left, and why.

Each gateway counts its own; counts that a killed gateway had not recorded yet are missing.
"""

from collections.abc import Iterator
from functools import partial

from ledger.event import Fact
from ledger.redemptions.refusal import TurnedAway
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed
from projections.engine.totals import totals
from projections.sell_through import second

NAME = "turned_away_1"

table = keyed(NAME, key("drop_id"), key("second"), key("reason"), counter("turned_away"))

turned_away = partial(totals, table)
"""Return the rejected claims summed by `drop_id`, `second` or `reason`. See `totals`."""


def project(event: TurnedAway, _fact: Fact) -> Iterator[Add]:
    """Count the rejected claims in the second they came, which is before they are recorded."""
    for reason, count in event.counts.items():
        yield Add((event.drop_id, second(event.at), reason), {"turned_away": count})
