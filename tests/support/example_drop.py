"""A drop of visits to the Rose Garden on May Day, for parties of up to three."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ledger.benefits.terms import Rules
from ledger.drops import events
from ledger.drops.claim import ticket_id
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.terms import Item, Mode, Plan, SeedRule, Session
from ledger.event import Event
from ledger.members.card import Card, Status
from ledger.members.household import Household
from ledger.members.member import Member
from ledger.offers.grant import Grant, Grants, Made, Ticket
from tests.support.given_when_then import Given

DROP = "may-day"
OPENS = datetime(2019, 4, 25, 1, tzinfo=UTC)
CLOSES = datetime(2019, 4, 30, 10, tzinfo=UTC)
BEGINS = datetime(2019, 5, 1, 0, tzinfo=UTC)
ENDS = datetime(2019, 5, 1, 9, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TODAY = date(2019, 4, 25)
OFFER_MINUTES = 30
BY_LOT: dict[str, Any] = {
    "mode": Mode.DRAW,
    "closes_at": CLOSES - timedelta(days=2),
    "seed_rule": SeedRule(
        statement="四月二十九日双色球开奖号码", source="双色球", day=date(2019, 4, 29)
    ),
}
SLOT: dict[str, str] = {"drop_id": DROP, "item_id": "garden", "session_id": "morning"}
MORNING, AFTERNOON = "garden/morning", "garden/afternoon"


def after_opening(minutes: float) -> datetime:
    """Return the time some minutes after the drop opened."""
    return OPENS + timedelta(minutes=minutes)


def session(session_id: str = "morning", capacity: int = 6, **changed: Any) -> Session:
    """Return a visit on May Day."""
    times: dict[str, Any] = {"starts_at": BEGINS, "ends_at": ENDS}
    return Session(session_id=session_id, capacity=capacity, **times | changed)


def garden(*sessions: Session, **changed: Any) -> Item:
    """Return visits to the Rose Garden, one place a person."""
    fields: dict[str, Any] = {
        "title": "玫瑰园门票",
        "kind": "admission",
        "supplier_id": "rose-garden",
        "income_minor": 45_00,
        "party_max": 3,
        "by_person": True,
    }
    return Item(item_id="garden", sessions=sessions or (session(),), **fields | changed)


def pillow(capacity: int = 2, **changed: Any) -> Item:
    """Return a pillow, handed over at the union's hall."""
    hall = session("hall", capacity)
    fields: dict[str, Any] = {"title": "孝亲枕", "kind": "goods", "supplier_id": "farm"}
    return Item(item_id="pillow", sessions=(hall,), **fields | changed)


def plan(*items: Item, **changed: Any) -> Plan:
    """Return the terms of the drop: first come, first served, with a waiting list."""
    fields: dict[str, Any] = {
        "title": "五一玫瑰园",
        "mode": Mode.FIRST_COME,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "waiting_max": 10,
        "offer_minutes": OFFER_MINUTES,
    }
    return Plan(items=items or (garden(),), **fields | changed)


def announced(*items: Item, **changed: Any) -> events.Announced:
    """Return the event that announces the drop on these terms."""
    return events.Announced(drop_id=DROP, plan=plan(*items, **changed))


ANNOUNCED = announced()
OPENED = events.Opened(drop_id=DROP)
CLOSED = events.Closed(drop_id=DROP)
CANCELLED = events.Cancelled(drop_id=DROP, reason="闭园")


def given_drop(*history: Event) -> Given:
    """Return the drop after it was announced and these events happened."""
    return Given("drop", ANNOUNCED, *history)


def claim_request(claim_id: str = "k1", party: int = 1, **changed: Any) -> Asked:
    """Return a claim of a visit in the morning."""
    return Asked(claim_id=claim_id, party=party, **SLOT | changed)


def claimed(member_id: str, number: int = 1, places: int = 1, **changed: Any) -> events.Claimed:
    """Return the event that gives a member a ticket for the claim id `k<number>`."""
    fields: dict[str, Any] = {
        "claim_id": f"k{number}",
        "ticket_id": ticket_id(DROP, member_id, f"k{number}"),
        "party": places,
    }
    return events.Claimed(
        member_id=member_id, number=number, places=places, **SLOT | fields | changed
    )


def released(member_id: str, number: int = 1, places: int = 1, **changed: Any) -> events.Released:
    """Return the event that returns the ticket of that claim."""
    ticket = ticket_id(DROP, member_id, f"k{number}")
    return events.Released(member_id=member_id, ticket_id=ticket, places=places, **SLOT | changed)


def joined(member_id: str, number: int = 1, places: int = 1, **changed: Any) -> events.Joined:
    """Return the event that puts a member on the waiting list."""
    return events.Joined(
        member_id=member_id, number=number, party=places, places=places, **SLOT | changed
    )


def offered(member_id: str, minutes: float, *, kept: float = OFFER_MINUTES) -> events.Offered:
    """Return the event that offers places to a member, some minutes after the opening."""
    since = after_opening(minutes)
    until = since + timedelta(minutes=kept)
    return events.Offered(member_id=member_id, since=since, until=until, **SLOT)


def lapsed(member_id: str) -> events.OfferLapsed:
    """Return the event that ends an offer nobody took."""
    return events.OfferLapsed(member_id=member_id, **SLOT)


def left(member_id: str) -> events.Left:
    """Return the event that takes a member off the waiting list."""
    return events.Left(member_id=member_id, **SLOT)


def ticket(number: int = 1, party: int = 1, **changed: Any) -> Ticket:
    """Return the ticket that the grant of the claim `k<number>` holds."""
    fields: dict[str, Any] = {
        "claim_id": f"k{number}",
        "places": party,
        "branch": "branch-miyun",
        "groups": ("model_worker",),
    }
    return Ticket(number=number, party=party, **SLOT | fields | changed)


def held_ticket(member_id: str = "m1", number: int = 1, party: int = 1, **changed: Any) -> Grant:
    """Return that ticket as its member holds it."""
    grant_id = ticket_id(DROP, member_id, f"k{number}")
    state = {
        name: changed.pop(name)
        for name in ("withdrawn", "uses", "terms", "kind", "title")
        if name in changed
    }
    fields: dict[str, Any] = {
        "title": "玫瑰园门票",
        "kind": "admission",
        "terms": {"party": party},
        "rules": Rules(merchants=("rose-garden",)),
        "ticket": ticket(number, party, **changed),
    }
    return Grant(grant_id, **fields | state)


def ticket_grant(member_id: str = "m1", number: int = 1, party: int = 1, **changed: Any) -> Made:
    """Return the grant that the claim `k<number>` makes."""
    grant = held_ticket(member_id, number, party, **changed)
    return Made(
        member_id=member_id,
        grant_id=grant.grant_id,
        card_id=f"c-{member_id}",
        title=grant.title,
        kind=grant.kind,
        terms=grant.terms,
        rules=grant.rules,
        ticket=grant.ticket,
    )


def claimant(member_id: str = "m1", *tickets: Grant, **changed: Any) -> Claimant:
    """Return a model worker of Miyun with a live card who holds these tickets."""
    household = changed.pop("household", Household())
    acting = changed.pop("acting", "")
    card = changed.pop("card", Card(f"c-{member_id}", member_id, Status.LIVE))
    fields: dict[str, Any] = {
        "branch": "branch-miyun",
        "groups": ("model_worker",),
        "card_id": card.card_id,
    }
    grants = Grants()
    for one in tickets:
        grants = Grants(grants.held.set(one.grant_id, one))
    return Claimant(
        member=Member(member_id, **fields | changed),
        card=card,
        grants=grants,
        household=household,
        acting=acting,
    )
