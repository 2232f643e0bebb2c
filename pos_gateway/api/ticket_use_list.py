"""Lists of ticket uses at a merchant over some days, with sums."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from ledger.benefits.tickets import is_handed_over
from ledger.drops.terms import Item
from pos_gateway.services import Services
from pos_gateway.web.listing import Listed, Lists
from projections.ticket_uses import TicketUseRow, admitted, is_use, ticket_uses, undone_uses

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
    """A page of the ticket uses of some days, the latest first, and sums over all of those days.

    The sums leave out undone uses: `people` were admitted, `goods` handed over.
    """

    entries: Listed[Entry]
    uses: int
    people: int
    goods: int


def used(services: Services, lists: Lists, **which: Any) -> Used:
    """Return ticket uses; `which` are filters as in `projections.ticket_uses`."""
    with services.views.reading() as connection:
        found = lists.numbered(
            "uses_before", ticket_uses, connection=connection, where=[is_use()], **which
        )
        undone = undone_uses(connection, found.rows, merchant_id=which["merchant_id"])
        sums = [*admitted(connection, ("drop_id", "item_id"), **which)]
    items = _items(services, ((one["drop_id"], one["item_id"]) for one in sums))
    made = [
        Entry(
            line=one,
            at=datetime.fromisoformat(one.at),
            item=items.get((one.drop_id, one.item_id)),
            undone=one.use_id in undone,
        )
        for one in found.rows
    ]
    counts = {True: 0, False: 0}
    for one in sums:
        item = items.get((one["drop_id"], one["item_id"]))
        counts[item is not None and is_handed_over(item.kind)] += one["people"]
    return Used(
        entries=found.of(made),
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
