"""The terms of a drop: what there is, when it opens and closes, who may have how much, and how."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

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
"""The highest limit of tickets for one member or household."""

WAITING_MAX = 5_000
"""The longest waiting list of one session."""

OFFER_MINUTES_MAX = 7 * 24 * 60
"""The longest a place is kept for who is next on a waiting list."""

LIFE_MAX = timedelta(days=366)
"""The longest from the opening of a drop to the end of its last session."""

WORDS_LENGTH_MAX = 200


class Mode(StrEnum):
    """How the tickets of a drop are given out."""

    FIRST_COME = "first_come"
    DRAW = "draw"
    ALLOTMENT = "allotment"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A date or slot of an item, with its own `capacity` in places; the times are aware."""

    session_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What may be chosen. `kind` is that of its tickets.

    A ticket admits up to `party_max` people. It takes one place, or, `by_person`, one for each of
    them. `supplier_id` is the merchant who supplies it, and `income_minor` what one place brings
    them. Tickets are honoured by `merchants`; where none is named, by the supplier.
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
        """How many places a ticket for so many people takes."""
        return party if self.by_person else 1


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who may take part: members of any of the groups and of any of the branches named."""

    groups: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


class SeedRule(msgspec.Struct, frozen=True, kw_only=True):
    """Whose published numbers decide a draw: named before anybody knows them.

    `statement` says it to people; `source` names the lottery and `day` the day of its numbers.
    """

    statement: str
    source: str
    day: date


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """The terms of a drop. Fields are stored: append only, with defaults.

    Tickets may be given back until `returns_until` (None: until their session begins), and never
    once that is over. A waiting list of a session holds at most `waiting_max` (0: there is none),
    and keeps a freed place for `offer_minutes`. `challenge` asks whoever claims for a proof of
    work.
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
        """Every session of every item, by its slot's name."""
        return {
            slot_name(item.item_id, session.session_id): (item, session)
            for item in self.items
            for session in item.sessions
        }


def ends_at(plan: Plan) -> datetime:
    """When the last session is over, and with it the drop."""
    return max(session.ends_at for _item, session in plan.slots.values())


def in_utc(plan: Plan) -> Plan:
    """The same terms with every time in UTC, as the log writes times.

    Raises:
        TermsInvalid: a time has none in UTC: it is at the edge of the calendar.

    """

    def utc(at: datetime | None) -> datetime | None:
        try:
            return at.astimezone(UTC) if at is not None and at.tzinfo is not None else at
        except OverflowError:
            raise TermsInvalid(field="year") from None

    def changed(session: Session) -> Session:
        times = {"starts_at": utc(session.starts_at), "ends_at": utc(session.ends_at)}
        return msgspec.structs.replace(session, **times)

    items = tuple(
        msgspec.structs.replace(item, sessions=tuple(map(changed, item.sessions)))
        for item in plan.items
    )
    times = {one: utc(getattr(plan, one)) for one in ("opens_at", "closes_at", "returns_until")}
    return msgspec.structs.replace(plan, items=items, **times)


def slot_name(item_id: str, session_id: str) -> str:
    """The name a session of an item is counted under. Ids hold no slash."""
    return f"{item_id}/{session_id}"


def returned_until(plan: Plan, session: Session) -> datetime:
    """Until when a ticket for a session may be given back: never once the session is over."""
    return min(plan.returns_until or session.starts_at, session.ends_at)
