"""Lists of ticket uses at a merchant over some days, with sums."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from ledger.benefits.tickets import is_handed_over
from ledger.drops.terms import Item
from pos_gateway.services import Services
from projections.ticket_uses import TicketUseRow, admitted, ticket_uses

SHOWN_MAX = 200
"""The most uses of one page; the sums count the others too."""

Named = tuple[str, str]
"""A drop id and an item id."""


class Entry(NamedTuple):
    """A ticket use, undone later or not; `item` is None where the drop or the item is unknown."""

    line: TicketUseRow
    at: datetime
    item: Item | None
    undone: bool

    @property
    def is_goods(self) -> bool:
        """True where goods were handed over, False where people were admitted."""
        return self.item is not None and is_handed_over(self.item.kind)


class Used(NamedTuple):
    """The latest ticket uses of some days, 200 at most, and sums over all of those days.

    The sums leave out undone uses: `people` were admitted, `goods` handed over. `more` is the
    number of uses left out of `entries`, among the latest 1,000 uses and undoings.
    """

    entries: list[Entry]
    more: int
    uses: int
    people: int
    goods: int


def used(services: Services, **which: Any) -> Used:
    """Return ticket uses, the latest first; `which` are filters as in `projections.ticket_uses`."""
    with services.views.reading() as connection:
        lines = ticket_uses(connection, **which)
        sums = admitted(connection, ("drop_id", "item_id"), **which)
    items = _items(services, ((one["drop_id"], one["item_id"]) for one in sums))
    undone = {one.use_id for one in lines if one.uses < 0}
    made = [
        Entry(
            line=one,
            at=datetime.fromisoformat(one.at),
            item=items.get((one.drop_id, one.item_id)),
            undone=one.use_id in undone,
        )
        for one in lines
        if one.uses > 0
    ]
    counts = {True: 0, False: 0}
    for one in sums:
        item = items.get((one["drop_id"], one["item_id"]))
        counts[item is not None and is_handed_over(item.kind)] += one["people"]
    return Used(
        entries=made[:SHOWN_MAX],
        more=max(0, len(made) - SHOWN_MAX),
        uses=sum(one["uses"] for one in sums),
        people=counts[False],
        goods=counts[True],
    )


def _items(services: Services, named: Iterable[Named]) -> dict[Named, Item]:
    """Return the items named by (drop id, item id), with the other items of those drops."""
    found = services.ledger.find_drops(drop_id for drop_id, _ in named)
    return {
        (drop_id, item.item_id): item
        for drop_id, state in found.items()
        if state.plan is not None
        for item in state.plan.items
    }
