"""Ticket uses: a till admits people, hands over goods and undoes; a merchant's lists, with sums."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from ledger import errors
from ledger.benefits.tickets import is_handed_over
from ledger.drops.terms import Item
from ledger.services.ticket_use import Shown, TicketUse
from pos_gateway.api.redemptions import DIED, check_pace, guessing
from pos_gateway.api.tickets_schema import UseAsked, UseBody, use_body
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.codes import Device, InvalidCode, Printed, Ticket, printed_code_hash, read
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked, NothingAsked
from pos_gateway.web.listing import Listed, Lists
from pos_gateway.web.views import Views, route
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


class TicketUseRoutes(Views[Services]):
    """The routes of a till that admits people or hands over goods; no refusal is recorded."""

    @route("PUT /uses/<use_id>", Policy.TILL, problems=(403, 404, 409, 429))
    def use(self, use_id: str, till: TillIdentity, asked: Asked[UseAsked]) -> Reply[UseBody]:
        """Use a ticket, for some or all of its people, under an id that the till makes.

        A repeat of the request gets the recorded answer, even if the code has expired since.
        """
        use = None
        check_pace(self._services, till)
        with guessing(self._services, till):
            try:
                shown = self._shown(till, asked)
            except (InvalidCode, errors.CardUnknown, errors.CodeSuperseded) as dead:
                if not isinstance(dead, InvalidCode) or dead.problem in DIED:
                    use = self._answered(use_id, till, asked)
                if use is None:
                    raise
            else:
                use = self._services.ledger.tills.ticket_use.use(use_id, shown)
        return Reply.recorded(use_body(use), replayed=use.replayed)

    @route("POST /uses/<use_id>/undoing", Policy.TILL, problems=(403, 404, 409), asks=NothingAsked)
    def undo_use(self, use_id: str, till: TillIdentity) -> Reply[UseBody]:
        """Undo a use within the hour, at a till of its outlet; a repeat gets the same answer."""
        use = self._services.ledger.tills.ticket_use.undo_use(use_id, **till.place)
        return Reply(use_body(use), replayed=use.replayed)

    @route("GET /uses/<use_id>", Policy.TILL, problems=(403, 404))
    def used(self, use_id: str, till: TillIdentity) -> Reply[UseBody]:
        """Return a ticket use by its id; another merchant's is unknown, as any other id."""
        ledger = self._services.ledger
        ledger.live_till(till.merchant_id, till.till_id, now=True)
        use = ledger.tills.ticket_use.find(use_id)
        if use.used.merchant_id != till.merchant_id:
            raise errors.UseUnknown
        return Reply(use_body(use))

    def _shown(self, till: TillIdentity, asked: Asked[UseAsked]) -> Shown:
        body = asked.body
        card_id, ticket_id, device = self._card(body.code)
        if ticket_id and body.ticket not in {None, ticket_id}:
            raise errors.InputInvalid(field="ticket")
        collector, collector_device = None, None
        if body.collector_code:
            collector, _, collector_device = self._card(body.collector_code)
        return Shown(
            **till.place,
            card_id=card_id,
            ticket_id=body.ticket or ticket_id,
            people=body.people,
            collector_card_id=collector,
            device=device,
            collector_device=collector_device,
            asked=asked.by(till.merchant_id),
        )

    def _answered(
        self, use_id: str, till: TillIdentity, asked: Asked[UseAsked]
    ) -> TicketUse | None:
        """Return the use recorded for this very request; None where there is none."""
        shown = Shown(**till.place, card_id="", ticket_id="", asked=asked.by(till.merchant_id))
        try:
            return self._services.ledger.tills.ticket_use.use(use_id, shown)
        except errors.Refusal:
            return None

    def _card(self, text: str) -> tuple[str, str, str | None]:
        """Return the card of a scanned code, its ticket ("" for none), and the phone that signed.

        The phone is None where the code was not signed by one.
        """
        code = read(text, self._services.keys, now=self._services.clock())
        if isinstance(code, Printed):
            card = self._services.ledger.card_with_code(printed_code_hash(code.number))
            return card.card_id, "", None
        ticket_id = code.ticket_id if isinstance(code, Ticket) else ""
        return code.card_id, ticket_id, code.device if isinstance(code, Device) else None
