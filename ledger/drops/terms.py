"""The terms of a drop: what there is, when it opens and closes, who may have how much, and how."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

import msgspec

from ledger.benefits.terms import NAME_LENGTH_MAX, NAMES_MAX
from ledger.drops.rfc3797 import CHINA
from ledger.errors import TermsInvalid
from ledger.money import AMOUNT_MAX

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

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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
    """What may be chosen. `kind` is that of its tickets: admission or goods.

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


def check_id(field: str, name: str) -> None:
    """Check that members and tills can ask for this id.

    Raises:
        TermsInvalid: it is not 1–64 letters, digits, `_` and `-`, a letter or digit first.

    """
    if not _ID.fullmatch(name):
        raise TermsInvalid(field=field)


def check_plan(plan: Plan) -> None:
    """Check the terms as they are announced, never as they are loaded.

    Raises:
        TermsInvalid: `field` names what is wrong.

    """
    _check_words("title", plan.title)
    _check_words("programme", plan.programme, least=0)
    _check_times(plan)
    _check_items(plan)
    _check_number("per_member", plan.per_member, 1, TICKETS_MAX)
    if plan.per_household is not None:
        _check_number("per_household", plan.per_household, 1, TICKETS_MAX)
    _check_number("waiting_max", plan.waiting_max, 0, WAITING_MAX)
    _check_number("offer_minutes", plan.offer_minutes, 1, OFFER_MINUTES_MAX)
    for field in ("groups", "branches"):
        names = getattr(plan.audience, field)
        if len(names) > NAMES_MAX or not all(1 <= len(name) <= NAME_LENGTH_MAX for name in names):
            raise TermsInvalid(field=field)
    _check_mode(plan)


def _check_times(plan: Plan) -> None:
    for field in ("opens_at", "closes_at", "returns_until"):
        _check_zone(field, getattr(plan, field))
    if plan.closes_at <= plan.opens_at:
        raise TermsInvalid(field="closes_at")
    if plan.returns_until is not None and plan.returns_until < plan.opens_at:
        raise TermsInvalid(field="returns_until")


def _check_items(plan: Plan) -> None:
    if not 1 <= len(plan.items) <= ITEMS_MAX:
        raise TermsInvalid(field="items", most=ITEMS_MAX)
    if len({item.item_id for item in plan.items}) < len(plan.items):
        raise TermsInvalid(field="item_id")
    if sum(len(item.sessions) for item in plan.items) > SESSIONS_MAX:
        raise TermsInvalid(field="sessions", most=SESSIONS_MAX)
    for item in plan.items:
        _check_item(item)
        for session in item.sessions:
            _check_session(plan, session)


def _check_item(item: Item) -> None:
    check_id("item_id", item.item_id)
    _check_words("title", item.title)
    check_id("supplier_id", item.supplier_id)
    if item.kind not in {"admission", "goods"}:
        raise TermsInvalid(field="kind")
    _check_number("party_max", item.party_max, 1, PARTY_MAX)
    if item.kind == "goods" and item.party_max > 1:
        raise TermsInvalid(field="party_max")
    _check_number("income_minor", item.income_minor, 0, AMOUNT_MAX)
    if not item.sessions or len({one.session_id for one in item.sessions}) < len(item.sessions):
        raise TermsInvalid(field="sessions")
    if len(item.merchants) > NAMES_MAX:
        raise TermsInvalid(field="merchants", most=NAMES_MAX)
    for merchant_id in item.merchants:
        check_id("merchants", merchant_id)


def _check_session(plan: Plan, session: Session) -> None:
    check_id("session_id", session.session_id)
    _check_number("capacity", session.capacity, 0, PLACES_MAX)
    _check_zone("starts_at", session.starts_at)
    _check_zone("ends_at", session.ends_at)
    if session.ends_at <= session.starts_at or session.ends_at <= plan.opens_at:
        raise TermsInvalid(field="ends_at")
    if session.ends_at - plan.opens_at > LIFE_MAX:
        raise TermsInvalid(field="ends_at", most=LIFE_MAX.days)


def _check_mode(plan: Plan) -> None:
    if (plan.mode is Mode.DRAW) != (plan.seed_rule is not None):
        raise TermsInvalid(field="seed_rule")
    if plan.seed_rule is not None:
        _check_words("statement", plan.seed_rule.statement)
        _check_words("source", plan.seed_rule.source)
        # Numbers of the closing day itself may be out before the list is frozen.
        if plan.seed_rule.day <= plan.closes_at.astimezone(CHINA).date():
            raise TermsInvalid(field="day")
        # Whoever wins must still be able to come.
        ends = (session.ends_at.astimezone(CHINA).date() for _, session in plan.slots.values())
        if plan.seed_rule.day >= min(ends):
            raise TermsInvalid(field="day")
        if plan.per_member != 1:
            raise TermsInvalid(field="per_member", most=1)
    if plan.mode is Mode.ALLOTMENT and plan.waiting_max:
        raise TermsInvalid(field="waiting_max", most=0)


def _check_number(field: str, value: int, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise TermsInvalid(field=field, least=least, most=most)


def _check_words(field: str, words: str, least: int = 1) -> None:
    if not least <= len(words.strip()) <= WORDS_LENGTH_MAX or not words.isprintable():
        raise TermsInvalid(field=field, most=WORDS_LENGTH_MAX)


def _check_zone(field: str, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise TermsInvalid(field=field)
