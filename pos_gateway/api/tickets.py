"""A member's tickets: list them, show the code of one, give one back."""

import secrets
from datetime import timedelta

from ledger import errors
from ledger.drops.lifecycle import known_plan
from pos_gateway.api import tickets_schema as schema
from pos_gateway.api.drops import principal
from pos_gateway.api.drops_schema import ForAsked
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.codes import card_bytes, make_ticket_code
from pos_gateway.codes.cose import JTI_BYTES
from pos_gateway.codes.keys import TICKET_DAYS_MAX
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked
from pos_gateway.web.views import Views, route


class TicketRoutes(Views[Services]):
    """The routes of a member's tickets; a caller whom the member did not name gets NotAProxy."""

    @route("GET /tickets", Policy.MEMBER)
    @route("GET /members/<member_id>/tickets", Policy.MEMBER, problems=(403,), name="tickets_for")
    def tickets(
        self, member: MemberIdentity, member_id: str | None = None
    ) -> Reply[schema.TicketsBody]:
        """Return tickets, waits and draw entries, of the caller or of `member_id` if given."""
        ledger = self._services.ledger
        held = ledger.members.claims.holdings(principal(member, member_id))
        return Reply(schema.tickets_body(held, ledger.time()))

    @route("POST /tickets/<ticket_id>/release", Policy.MEMBER, problems=(403, 404, 409))
    def release(
        self, ticket_id: str, member: MemberIdentity, asked: Asked[ForAsked]
    ) -> Reply[schema.TicketBody]:
        """Give an unused ticket back before `returns_until`; return it, also for a repeat."""
        ledger = self._services.ledger
        asking = principal(member, asked.body.member)
        ledger.members.claims.release(ticket_id, asking)
        held, state = schema.held_ticket(ledger.members.claims.holdings(asking), ticket_id)
        return Reply(schema.ticket_body(held, state, ledger.time()))

    @route("GET /tickets/<ticket_id>/code", Policy.MEMBER, problems=(404, 409))
    @route(
        "GET /members/<member_id>/tickets/<ticket_id>/code",
        Policy.MEMBER,
        problems=(403, 404, 409),
        name="ticket_code_for",
    )
    def ticket_code(
        self, ticket_id: str, member: MemberIdentity, member_id: str | None = None
    ) -> Reply[schema.TicketCodeBody]:
        """Return a new code of a ticket, valid until its session ends but at most for 61 days.

        A ticket that was given back, is over or was cancelled is refused. Earlier codes stay valid.
        """
        ledger = self._services.ledger
        belongings = ledger.members.claims.holdings(principal(member, member_id))
        held, state = schema.held_ticket(belongings, ticket_id)
        if held.withdrawn or held.ticket is None:
            raise errors.TicketReleased
        known_plan(state)
        now = self._services.clock()
        session = schema.session_of(held.ticket, state)
        if now >= session.ends_at:
            raise errors.TicketOver(ends_at=session.ends_at.isoformat())
        expires_at = min(session.ends_at, now + timedelta(days=TICKET_DAYS_MAX - 1))
        code = make_ticket_code(
            self._services.keys,
            card=card_bytes(belongings.member.card_id),
            ticket=bytes.fromhex(ticket_id),
            now=now,
            expires_at=expires_at,
            jti=secrets.token_bytes(JTI_BYTES),
        )
        return Reply(schema.TicketCodeBody(code=code, expires_at=expires_at))
