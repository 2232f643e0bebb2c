"""Ticket uses at a till: admit people, hand over goods, undo."""

from ledger import errors
from ledger.errors import RedemptionNotYours
from ledger.services.ticket_use import Shown, TicketUse
from pos_gateway.api.redemptions import DIED
from pos_gateway.api.tickets_schema import UseAsked, UseBody, use_body
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.codes import Device, InvalidCode, Printed, Ticket, printed_code_hash, read
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked, NothingAsked
from pos_gateway.web.views import Views, route, routes_of


class TicketUseRoutes(Views[Services]):
    """The routes of a till that admits people or hands over goods; no refusal is recorded."""

    @route("PUT /uses/<use_id>", Policy.TILL, problems=(403, 404, 409))
    def use(self, use_id: str, till: TillIdentity, asked: Asked[UseAsked]) -> Reply[UseBody]:
        """Use a ticket, for some or all of its people, under an id that the till makes.

        A repeat of the request gets the recorded answer, even if the code has expired since.
        """
        use = None
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
        """Return a ticket use by its id; raise RedemptionNotYours for another merchant's."""
        ledger = self._services.ledger
        ledger.live_till(till.merchant_id, till.till_id, now=True)
        use = ledger.tills.ticket_use.find(use_id)
        if use.used.merchant_id != till.merchant_id:
            raise RedemptionNotYours
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


routes = routes_of(TicketUseRoutes)
