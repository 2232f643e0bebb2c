"""JSON schemas of drops."""

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


class ForAsked(Asking, frozen=True, kw_only=True):
    """A request for oneself (`member` null), or for a member who named the caller as proxy."""

    member: Id | None = None


class LeavingAsked(ForAsked, frozen=True, kw_only=True):
    """A request to leave a session's waiting list, for `member` or, if null, for the caller."""

    item: Id
    session: Id


class ClaimAsked(LeavingAsked, frozen=True, kw_only=True):
    """A request for a ticket, an entry in a draw, or a place on a waiting list.

    `party` is the number of people. `member` is the member to act for, who named the caller as
    proxy; null: the caller. `challenge` is the solved proof of work; null where the drop asks for
    none.
    """

    party: Annotated[int, msgspec.Meta(ge=1, le=PARTY_MAX)] = 1
    challenge: Annotated[str, msgspec.Meta(max_length=PAYLOAD_LENGTH_MAX)] | None = None


class SessionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its capacity, the places neither taken nor kept (`left`), and those who wait."""

    session: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    left: int
    waiting: int


class ItemBody(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a drop, of a ticket `kind`; one ticket is for at most `party_max` people.

    With `by_person`, a ticket takes a place of the capacity for each person; without it, one place.
    """

    item: str
    title: str
    kind: str
    party_max: int
    by_person: bool
    sessions: list[SessionBody]


class SeedRuleBody(msgspec.Struct, frozen=True, kw_only=True):
    """The promise of a draw: the lottery (`source`) and day of the numbers that will decide it."""

    statement: str
    source: str
    day: date


class DropBody(msgspec.Struct, frozen=True, kw_only=True):
    """A drop as of `server_time`, the only clock that decides.

    `mode` is `first_come`, `draw` or `allotment`; `status` is `announced`, `open`, `closed` or
    `cancelled`. Tickets may be given back until `returns_until`; null: until their session begins.
    `per_household` limits the tickets of a household; null: not limited. Empty `groups` and
    `branches` exclude nobody. A session has at most `waiting_max` waiting members (0: no list), and
    keeps an offered place for `offer_minutes`. With `challenge`, a claim needs a proof of work.
    `claims` counts every ticket given, `entries` the present entries of a draw. `frozen_sha256` is
    null until a draw's list is frozen, and `seed_rule` is null without a draw. `drawn`: all winners
    have their tickets.
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
    """The drops neither cancelled nor over, 100 at most; `more` is the number left out."""

    server_time: datetime
    drops: list[DropBody]
    more: int


class ChallengeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A proof-of-work challenge of ALTCHA, version 2; this gateway made the `signature`."""

    parameters: dict[str, str | int | dict[str, str]]
    signature: str


class ClaimBody(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a claim: the id of the `ticket`; in a draw, the `entry` id to be published.

    The other of the two is null. `number` is that of the ticket or entry in its drop, from 1.
    `released`: the ticket was given back, or the entry withdrawn, before the request was repeated.
    """

    claim_id: str
    drop: str
    item: str
    session: str
    party: int
    number: int
    ticket: str | None
    entry: str | None
    released: bool = False


class WaitingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a session's waiting list; `number` counts all who joined in the drop, from 1.

    A repeated request gets it again, also after the member left: the list of tickets has the waits.
    """

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


def claim_body(event: Event, *, released: bool = False) -> ClaimBody:
    """Return the body of a `Claimed` or `Entered` event; any other is a programming error."""
    assert isinstance(event, Claimed | Entered), "nothing else answers a claim"  # noqa: S101 - our own mistake
    if isinstance(event, Entered):
        entry = draw.published_id(event.drop_id, event.member_id, event.entry_id)
        ids = {"claim_id": event.entry_id, "ticket": None, "entry": entry}
        return body_of(ClaimBody, event, **ids, released=released)
    return body_of(ClaimBody, event, entry=None, released=released)


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
