"""Drops: list them, claim a ticket, join a waiting list, enter a draw."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec.structs import replace

from ledger import errors
from ledger.application import Request
from ledger.drops import Drop
from ledger.drops.eligibility import Asked as Claim
from ledger.drops.lifecycle import has_lapsed, known_plan, status_at
from ledger.drops.terms import Plan, ends_at
from ledger.members.authorization import Principal
from ledger.services.claims import claim_result
from pos_gateway.api import drops_schema as schema
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply, Waiting
from pos_gateway.web.json_body import Asked
from pos_gateway.web.views import Views, route

DROPS_LISTED_MAX = 100
"""The most drops of one list: open and coming ones first, by opening time."""

SHOWN_MAX = 1_000
"""The most drops whose last body is kept."""

_LISTED_SECONDS = 1
"""The time for which a list of drops is cached, here and by browsers."""

_TURNED_AWAY = (errors.NotOpenYet, errors.SoldOut, errors.DropClosed)


class DropRoutes(Views[Services]):
    """The routes of drops; they raise the ledger's refusals, such as DropUnknown or NotAProxy."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._listed: tuple[float, list[Drop]] = (float("-inf"), [])
        self._shown: dict[str, tuple[Drop, schema.DropBody]] = {}

    @route("GET /drops", Policy.PUBLIC)
    def drops(self) -> Reply[schema.DropsBody]:
        """Return the drops that are not cancelled and have a session that is not over, 100 at most.

        Drops before their closing time come first, then the others, each by opening time. The list
        may be a second old.
        """
        now = self._services.ledger.time()
        current = sorted(
            ((state, plan) for state in self._known() if (plan := _current(state, now))),
            key=lambda one: (one[1].closes_at <= now, one[1].opens_at),
        )
        bodies = [schema.drop_body(state, plan, now) for state, plan in current[:DROPS_LISTED_MAX]]
        more = len(current) - len(bodies)
        return Reply(
            schema.DropsBody(server_time=now, drops=bodies, more=more),
            max_age_seconds=_LISTED_SECONDS,
        )

    @route("GET /drops/<drop_id>", Policy.PUBLIC, problems=(404, 422), rushed=True)
    def drop(self, drop_id: str) -> Reply[schema.DropBody]:
        """Return one drop, even a cancelled one, with the ledger's time and the places left."""
        ledger = self._services.ledger
        state = ledger.drop(drop_id)
        if state.plan is None:
            raise errors.DropUnknown
        now = ledger.time()
        ledger.members.claims.settle_lapsed(state, now)
        return Reply(self._body(state, state.plan, now), max_age_seconds=_LISTED_SECONDS)

    @route("GET /drops/<drop_id>/challenge", Policy.MEMBER, problems=(404, 409))
    def challenge(self, drop_id: str, member: MemberIdentity) -> Reply[schema.ChallengeBody]:
        """Return a new proof-of-work challenge for this member and drop, good for ten minutes.

        A claim or a wait must hold its solution where the drop has `challenge` set.
        """
        known_plan(self._services.ledger.drop(drop_id))
        made = self._services.challenges.make(drop_id, member.member_id, now=self._services.clock())
        return Reply(schema.ChallengeBody(**made))

    @route(
        "PUT /drops/<drop_id>/claims/<claim_id>",
        Policy.MEMBER,
        problems=(403, 404, 409, 428),
        rushed=True,
    )
    def claim(
        self, drop_id: str, claim_id: str, member: MemberIdentity, asked: Asked[schema.ClaimAsked]
    ) -> Waiting[schema.ClaimBody]:
        """Claim a ticket or, in a draw, enter it; a repeat under the same id gets the first answer.

        `released` is told as it is now. Raises ChallengeNeeded where the drop asks for a proof of
        work and none is sent. The gateway counts the refusals "too early", "sold out" and "closed"
        by drop; the ledger records none.
        """
        body = asked.body
        self._check_challenge(drop_id, member, body)
        claims = self._services.ledger.members.claims
        claim, asking = _claim(drop_id, claim_id, body), principal(member, body.member)

        def then(done: Request) -> Reply[schema.ClaimBody]:
            with self._counting(drop_id):
                had = claim_result(done.outcome())
            body = schema.claim_body(had.event, released=claims.released(had))
            return Reply.recorded(body, replayed=had.replayed)

        with self._counting(drop_id):
            claims.reject_early(claim, asking)
        return Waiting(claims.claiming(claim, asking), then)

    @route("PUT /drops/<drop_id>/waiting/<claim_id>", Policy.MEMBER, problems=(403, 404, 409, 428))
    def wait(
        self, drop_id: str, claim_id: str, member: MemberIdentity, asked: Asked[schema.ClaimAsked]
    ) -> Reply[schema.WaitingBody]:
        """Join the waiting list of a sold-out session; a repeat gets the first answer again.

        The challenge is checked as for a claim. In a draw, the list opens after the draw.
        """
        body = asked.body
        self._check_challenge(drop_id, member, body)
        had = self._services.ledger.members.claims.join(
            _claim(drop_id, claim_id, body), principal(member, body.member)
        )
        return Reply.recorded(schema.waiting_body(had.event), replayed=had.replayed)

    @route("POST /drops/<drop_id>/leaving", Policy.MEMBER, problems=(403, 404, 409))
    def leave(
        self, drop_id: str, member: MemberIdentity, asked: Asked[schema.LeavingAsked]
    ) -> Reply[schema.DoneBody]:
        """Take the member off a session's waiting list; raise NotWaiting if they are not on it."""
        body = asked.body
        self._services.ledger.members.claims.leave(
            Claim(claim_id="", drop_id=drop_id, item_id=body.item, session_id=body.session),
            principal(member, body.member),
        )
        return Reply(schema.DoneBody())

    @route("POST /drops/<drop_id>/withdrawal", Policy.MEMBER, problems=(403, 404, 409))
    def withdraw(
        self, drop_id: str, member: MemberIdentity, asked: Asked[schema.ForAsked]
    ) -> Reply[schema.DoneBody]:
        """Withdraw the member's entry from a draw that is still open, or raise NotEntered."""
        self._services.ledger.members.claims.withdraw_entry(
            drop_id, principal(member, asked.body.member)
        )
        return Reply(schema.DoneBody())

    @contextmanager
    def _counting(self, drop_id: str) -> Iterator[None]:
        """Count an early rejection that is raised in the block, and raise it."""
        try:
            yield
        except _TURNED_AWAY as refusal:
            self._services.turned_away.count(drop_id, reason=refusal.reason)
            raise

    def _body(self, state: Drop, plan: Plan, now: datetime) -> schema.DropBody:
        """Return the body of a drop; until the drop changes, the last one with another time."""
        of, body = self._shown.get(state.drop_id, (None, None))
        if body is not None and of is state and not has_lapsed(state, now):
            return replace(body, status=status_at(state, now).value, server_time=now)
        body = schema.drop_body(state, plan, now)
        if len(self._shown) >= SHOWN_MAX:
            self._shown = {}
        self._shown[state.drop_id] = state, body
        return body

    def _known(self) -> list[Drop]:
        then, states = self._listed
        now = time.monotonic()
        if now - then > _LISTED_SECONDS:
            states = self._services.ledger.drops()
            self._listed = (now, states)
        return states

    def _check_challenge(
        self, drop_id: str, member: MemberIdentity, body: schema.ClaimAsked
    ) -> None:
        plan = self._services.ledger.drop(drop_id).plan
        if plan is not None and plan.challenge:
            now = self._services.clock()
            self._services.challenges.check(body.challenge, drop_id, member.member_id, now=now)


def principal(member: MemberIdentity, other: str | None) -> Principal:
    """Return who acts for whom: the member for `other`, or for themselves if `other` is None.

    The ledger checks later that `other` named the member as proxy. Their own id is as good as None.
    """
    if other is None or other == member.member_id:
        return Principal(member_id=member.member_id, key_id=member.key_id)
    return Principal(member_id=other, acting=member.member_id, key_id=member.key_id)


def _claim(drop_id: str, claim_id: str, body: schema.ClaimAsked) -> Claim:
    return Claim(
        claim_id=claim_id,
        drop_id=drop_id,
        item_id=body.item,
        session_id=body.session,
        party=body.party,
    )


def _current(state: Drop, now: datetime) -> Plan | None:
    plan = state.plan
    if plan is None or state.status == "cancelled":
        return None
    return plan if now < ends_at(plan) else None
