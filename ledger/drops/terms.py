"""The terms of a drop: items, sessions, opening and closing, audience, limits and mode."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import msgspec

from ledger.errors import TermsInvalid

ITEMS_MAX = 50
SESSIONS_MAX = 100
"""The most items of a drop, and the most sessions of all its items together."""

PLACES_MAX = 1_000_000
"""The greatest capacity of one session."""

PARTY_MAX = 20
"""The most people one ticket admits."""

TICKETS_MAX = 20
"""The highest limit of tickets of one drop that may be set for a member or a household."""

WAITING_MAX = 5_000
"""The longest waiting list of one session."""

OFFER_MINUTES_MAX = 7 * 24 * 60
"""The longest time in minutes that an offer is kept for a waiting member."""

LIFE_MAX = timedelta(days=366)
"""The longest time from the opening of a drop to the end of its last session."""

WORDS_LENGTH_MAX = 200

T = TypeVar("T", bound=msgspec.Struct)


class Mode(StrEnum):
    """The way tickets are given: first come first served, by draw, or allotted by an officer."""

    FIRST_COME = "first_come"
    DRAW = "draw"
    ALLOTMENT = "allotment"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A time slot of an item with `capacity` places, from `starts_at` until before `ends_at`."""

    session_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item to choose. `kind` names the benefit kind of its tickets, which is a kind of ticket.

    A ticket admits up to `party_max` people. It takes one place, or one for each person where
    `by_person` is set. `supplier_id` is the merchant who supplies the item, and `income_minor` the
    supplier's income from one place. `merchants` (ids) accept the ticket; where none is named, the
    supplier.
    """

    item_id: str
    title: str
    kind: str
    sessions: tuple[Session, ...]
    supplier_id: str
    income_minor: int = 0
    party_max: int = 1
    by_person: bool = False
    merchants: tuple[str, ...] = ()

    def places(self, party: int) -> int:
        """Return the places that a ticket for a party takes: one, or one for each person."""
        return party if self.by_person else 1


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The members who may take part: in one of the groups and one of the branches; empty: any."""

    groups: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


class SeedRule(msgspec.Struct, frozen=True, kw_only=True):
    """The published numbers that decide a draw, named before anybody knows them.

    `statement` explains the rule to people; `source` names the lottery, and `day` is the date of
    its numbers in China.
    """

    statement: str
    source: str
    day: date


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """The terms of a drop, with aware times. Fields are stored: append only, with defaults.

    Tickets may be given back until `returns_until` (None: until their session begins), and never
    after the session is over. A member holds at most `per_member` tickets, a household
    `per_household` (None: no limit). A waiting list of a session holds at most `waiting_max`
    members (0: there is none), and an offer is kept for `offer_minutes`. `challenge` asks for a
    proof of work with a claim. Only a draw has a `seed_rule`. `programme` names the union's
    programme, and may be empty.
    """

    title: str
    mode: Mode
    items: tuple[Item, ...]
    opens_at: datetime
    closes_at: datetime
    returns_until: datetime | None = None
    per_member: int = 1
    per_household: int | None = None
    audience: Audience = Audience()
    waiting_max: int = 0
    offer_minutes: int = 30
    challenge: bool = False
    seed_rule: SeedRule | None = None
    programme: str = ""

    @cached_property
    def slots(self) -> dict[str, tuple[Item, Session]]:
        """Return every session with its item, by slot name (`item/session`)."""
        return {
            slot_name(item.item_id, session.session_id): (item, session)
            for item in self.items
            for session in item.sessions
        }


def ends_at(plan: Plan) -> datetime:
    """Return the end of the last session, and so of the drop."""
    return max(session.ends_at for _item, session in plan.slots.values())


def in_utc(plan: Plan) -> Plan:
    """Return the same terms with every aware time in UTC; naive times stay as they are.

    A time outside the years 1 to 9999 in UTC raises TermsInvalid.
    """

    def utc(at: datetime) -> datetime:
        try:
            return at.astimezone(UTC) if at.tzinfo is not None else at
        except OverflowError:
            raise TermsInvalid(field="year") from None

    return timed(plan, utc)


def timed(plan: Plan, change: Callable[[datetime], datetime]) -> Plan:
    """Return the same terms with each of their times, if it is set, as `change` returns it."""

    def changed(one: T, *names: str) -> T:
        times = {name: at and change(at) for name in names for at in [getattr(one, name)]}
        return msgspec.structs.replace(one, **times)

    items = [
        msgspec.structs.replace(
            item, sessions=tuple(changed(one, "starts_at", "ends_at") for one in item.sessions)
        )
        for item in plan.items
    ]
    whole = msgspec.structs.replace(plan, items=tuple(items))
    return changed(whole, "opens_at", "closes_at", "returns_until")


def slot_name(item_id: str, session_id: str) -> str:
    """Return the name of a session of an item: both ids joined by a slash, which no id contains."""
    return f"{item_id}/{session_id}"


def returned_until(plan: Plan, session: Session) -> datetime:
    """Return the instant before which a session's ticket may be given back, at most its end."""
    return min(plan.returns_until or session.starts_at, session.ends_at)
