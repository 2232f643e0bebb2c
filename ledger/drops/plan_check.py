"""Checks of a drop's terms, run when terms are announced and never when they are loaded."""

from datetime import datetime

from ledger.benefits import check_range
from ledger.benefits.terms_check import NAME_LENGTH_MAX, NAMES_MAX
from ledger.benefits.tickets import is_handed_over, ticket_kinds
from ledger.drops import terms
from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.errors import TermsInvalid
from ledger.members.member import ID
from ledger.text import is_sound


def check_id(field: str, name: str) -> None:
    """Raise TermsInvalid for `field` unless the id is 1 to 64 of A-Z a-z 0-9 _ -, no _ - first."""
    if not ID.fullmatch(name):
        raise TermsInvalid(field=field)


def check_plan(plan: Plan) -> None:
    """Check the terms of a drop; raise TermsInvalid, whose `field` names the first wrong term."""
    _check_words("title", plan.title)
    _check_words("programme", plan.programme, least=0)
    _check_times(plan)
    _check_items(plan)
    check_range("per_member", plan.per_member, most=terms.TICKETS_MAX)
    check_range("per_household", plan.per_household, most=terms.TICKETS_MAX)
    check_range("waiting_max", plan.waiting_max, least=0, most=terms.WAITING_MAX)
    check_range("offer_minutes", plan.offer_minutes, most=terms.OFFER_MINUTES_MAX)
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
    if not 1 <= len(plan.items) <= terms.ITEMS_MAX:
        raise TermsInvalid(field="items", most=terms.ITEMS_MAX)
    if len({item.item_id for item in plan.items}) < len(plan.items):
        raise TermsInvalid(field="item_id")
    if sum(len(item.sessions) for item in plan.items) > terms.SESSIONS_MAX:
        raise TermsInvalid(field="sessions", most=terms.SESSIONS_MAX)
    for item in plan.items:
        _check_item(item)
        for session in item.sessions:
            _check_session(plan, session)


def _check_item(item: Item) -> None:
    check_id("item_id", item.item_id)
    _check_words("title", item.title)
    check_id("supplier_id", item.supplier_id)
    if item.kind not in ticket_kinds():
        raise TermsInvalid(field="kind")
    check_range("party_max", item.party_max, most=terms.PARTY_MAX)
    if is_handed_over(item.kind) and item.party_max > 1:
        raise TermsInvalid(field="party_max")
    check_range("income_minor", item.income_minor, least=0)
    if not item.sessions or len({one.session_id for one in item.sessions}) < len(item.sessions):
        raise TermsInvalid(field="sessions")
    if len(item.merchants) > NAMES_MAX:
        raise TermsInvalid(field="merchants", most=NAMES_MAX)
    for merchant_id in item.merchants:
        check_id("merchants", merchant_id)


def _check_session(plan: Plan, session: Session) -> None:
    check_id("session_id", session.session_id)
    check_range("capacity", session.capacity, least=0, most=terms.PLACES_MAX)
    _check_zone("starts_at", session.starts_at)
    _check_zone("ends_at", session.ends_at)
    if session.ends_at <= session.starts_at or session.ends_at <= plan.opens_at:
        raise TermsInvalid(field="ends_at")
    if session.ends_at - plan.opens_at > terms.LIFE_MAX:
        raise TermsInvalid(field="ends_at", most=terms.LIFE_MAX.days)


def _check_mode(plan: Plan) -> None:
    if (plan.mode is Mode.DRAW) != (plan.seed_rule is not None):
        raise TermsInvalid(field="seed_rule")
    if plan.seed_rule is not None:
        _check_words("statement", plan.seed_rule.statement)
        _check_words("source", plan.seed_rule.source)
        # The seed numbers of the closing day may be published before the list is frozen.
        if plan.seed_rule.day <= plan.closes_at.astimezone(CHINA).date():
            raise TermsInvalid(field="day")
        # A winner must be able to attend.
        ends = (session.ends_at.astimezone(CHINA).date() for _, session in plan.slots.values())
        if plan.seed_rule.day >= min(ends):
            raise TermsInvalid(field="day")
        if plan.per_member != 1:
            raise TermsInvalid(field="per_member", most=1)
    if plan.mode is Mode.ALLOTMENT and plan.waiting_max:
        raise TermsInvalid(field="waiting_max", most=0)


def _check_words(field: str, words: str, least: int = 1) -> None:
    if not least <= len(words.strip()) <= terms.WORDS_LENGTH_MAX or not is_sound(words):
        raise TermsInvalid(field=field, most=terms.WORDS_LENGTH_MAX)


def _check_zone(field: str, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise TermsInvalid(field=field)
