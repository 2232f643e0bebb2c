"""JSON schemas of drops."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from ledger.drops import Drop, draw
from ledger.drops.events import Claimed, Entered, Joined
from ledger.drops.lifecycle import slot_at, status_at
from ledger.drops.terms import PARTY_MAX, Item, Plan, slot_name
from ledger.event import Event
from pos_gateway.auth.proof_of_work import PAYLOAD_LENGTH_MAX
from pos_gateway.web.json_body import Asking, Id, body_of

Party = Annotated[int, msgspec.Meta(ge=1, le=PARTY_MAX)]


class ClaimAsked(Asking, frozen=True, kw_only=True):
    """A request for a ticket or a place on a waiting list.

    `member` is the member to act for; null: the caller. `challenge` is the solved proof of work;
    null where the drop asks for none.
    """

    item: Id
    session: Id
    party: Party = 1
    member: Id | None = None
    challenge: Annotated[str, msgspec.Meta(max_length=PAYLOAD_LENGTH_MAX)] | None = None


class LeavingAsked(Asking, frozen=True, kw_only=True):
    """A request to leave the waiting list of a session; `member` null means the caller."""

    item: Id
    session: Id
    member: Id | None = None


class ForAsked(Asking, frozen=True, kw_only=True):
    """A request for oneself (`member` null), or for a member who named the caller as proxy."""

    member: Id | None = None


class SessionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its capacity, the places left now, and the number of waiting members."""

    session: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    left: int
    waiting: int


class ItemBody(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a drop; one ticket is for at most `party_max` people.

    `by_person` says whether each person takes a place of the capacity, or each ticket.
    """

    item: str
    title: str
    kind: str
    party_max: int
    by_person: bool
    sessions: list[SessionBody]


class SeedRuleBody(msgspec.Struct, frozen=True, kw_only=True):
    """The promise of a draw: the source and day of the published numbers that will decide it."""

    statement: str
    source: str
    day: date


class DropBody(msgspec.Struct, frozen=True, kw_only=True):
    """A drop as of `server_time`, the only clock that decides.

    Empty `groups` and `branches` exclude nobody. `frozen_sha256` is null until a draw's list is
    frozen, and `seed_rule` is null without a draw.
    """

    drop: str
    title: str
    mode: str
    status: str
    server_time: datetime
    opens_at: datetime
    closes_at: datetime
    returns_until: datetime | None
    per_member: int
    per_household: int | None
    groups: list[str]
    branches: list[str]
    waiting_max: int
    offer_minutes: int
    challenge: bool
    items: list[ItemBody]
    claims: int
    entries: int
    frozen_sha256: str | None
    seed_rule: SeedRuleBody | None
    drawn: bool


class DropsBody(msgspec.Struct, frozen=True, kw_only=True):
    """The drops whose sessions are not all over; `more` is the number left out."""

    server_time: datetime
    drops: list[DropBody]
    more: int


class ClaimBody(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a claim: the id of the ticket; in a draw, the `entry` id to be published.

    The other of the two is null. `number` counts the tickets, or the entries, of the drop.
    """

    claim_id: str
    drop: str
    item: str
    session: str
    party: int
    number: int
    ticket: str | None
    entry: str | None


class WaitingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting-list entry; `number` counts the entries of the drop, the first to join first."""

    drop: str
    item: str
    session: str
    party: int
    number: int


class DoneBody(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request that was carried out and has nothing else to tell."""

    done: bool = True


def drop_body(state: Drop, plan: Plan, now: datetime) -> DropBody:
    """Return the JSON body of a drop, with its status and the places left as of `now`."""
    return body_of(
        DropBody,
        plan,
        state,
        mode=plan.mode.value,
        status=status_at(state, now).value,
        server_time=now,
        groups=list(plan.audience.groups),
        branches=list(plan.audience.branches),
        items=[_item(state, item, now) for item in plan.items],
        entries=len(state.entered),
        frozen_sha256=state.frozen.sha256 if state.frozen else None,
        seed_rule=body_of(SeedRuleBody, plan.seed_rule) if plan.seed_rule else None,
    )


def claim_body(event: Event) -> ClaimBody:
    """Return the JSON body of a `Claimed` event (a ticket) or an `Entered` event (a draw entry)."""
    assert isinstance(event, Claimed | Entered), "nothing else answers a claim"  # noqa: S101 - our own mistake
    if isinstance(event, Entered):
        entry = draw.published_id(event.drop_id, event.member_id, event.entry_id)
        return body_of(ClaimBody, event, claim_id=event.entry_id, ticket=None, entry=entry)
    return body_of(ClaimBody, event, entry=None)


def waiting_body(event: Event) -> WaitingBody:
    """Return the JSON body of a `Joined` event; any other event is a programming error."""
    assert isinstance(event, Joined), "nothing else answers a wait"  # noqa: S101 - our own mistake
    return body_of(WaitingBody, event)


def _item(state: Drop, item: Item, now: datetime) -> ItemBody:
    sessions = []
    for session in item.sessions:
        slot = slot_at(state, slot_name(item.item_id, session.session_id), now)
        sessions.append(body_of(SessionBody, session, left=slot.left, waiting=len(slot.waiting)))
    return body_of(ItemBody, item, sessions=sessions)
