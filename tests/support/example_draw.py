"""A draw for May Day: the Rose Garden on two days, and pillows."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from immutables import Map

from ledger.application import Ledger
from ledger.drops import Drop, draw, evolve
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.events import Announced
from ledger.drops.terms import Item, Mode, Plan, SeedRule, Session
from ledger.event import Event
from ledger.members import household
from ledger.members.authorization import Principal
from ledger.members.card import Card, Status
from ledger.members.member import Member
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers.grant import INITIAL as NO_GRANTS

# Ahead of every clock, so that the time of a ledger is that of its last event.
ANNOUNCED = datetime(2099, 4, 19, 1, tzinfo=UTC)
OPENS = datetime(2099, 4, 20, 1, tzinfo=UTC)
CLOSES = datetime(2099, 4, 24, 10, tzinfo=UTC)
SEED_DAY = date(2099, 4, 25)
SEEDED = datetime(2099, 4, 25, 14, tzinfo=UTC)
MAY_DAY = datetime(2099, 5, 1, tzinfo=UTC)
MEMBERS = 9
BALLS = ((3, 8, 14, 22, 27, 33, 7), (2, 381_260_442))
GATE: dict[str, Any] = {"merchant_id": "rose-garden", "outlet_id": "gate", "till_id": "t1"}
OPEN_MERCHANT = Merchant(
    "rose-garden",
    "玫瑰园",
    outlets=Map({"gate": "东门", "hill": "山上"}),
    tills=Map(
        {
            "t1": Till("t1", "gate", "k"),
            "t2": Till("t2", "gate", "k", revoked=True),
            "t3": Till("t3", "hill", "k"),
        }
    ),
)


def session(session_id: str, capacity: int, *, days: int = 0) -> Session:
    """Return a session from eight to six in Beijing."""
    starts_at = MAY_DAY + timedelta(days=days)
    return Session(
        session_id=session_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=10),
        capacity=capacity,
    )


GARDEN = Item(
    item_id="garden",
    title="玫瑰园门票",
    kind="admission",
    supplier_id="rose-garden",
    party_max=3,
    by_person=True,
    sessions=(session("may-1", 6), session("may-2", 3, days=1)),
)
PILLOW = Item(
    item_id="pillow",
    title="孝亲枕",
    kind="goods",
    supplier_id="rose-garden",
    sessions=(session("hall", 1),),
)
RULE = SeedRule(statement="按福彩号码摇号", source="双色球 2099047", day=SEED_DAY)


def plan(**changed: Any) -> Plan:
    """Return the terms of the draw; `changed` overrides fields."""
    terms: dict[str, Any] = {
        "title": "五一玫瑰园",
        "mode": Mode.DRAW,
        "items": (GARDEN, PILLOW),
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "seed_rule": RULE,
    }
    return Plan(**terms | changed)


def announced(**changed: Any) -> Drop:
    """Return the event that announces the draw."""
    return drop_after(Drop(), Announced(drop_id="may-day", plan=plan(**changed)))


def drop_after(state: Drop, *events: Event) -> Drop:
    """Return the drop after these events."""
    for event in events:
        if event.stream.startswith("drop-"):
            state = evolve(state, event)  # type: ignore[arg-type]  # they are of this stream
    return state


def claim_request(claim_id: str = "e1", slot: str = "garden/may-1", party: int = 1) -> Asked:
    item_id, session_id = slot.split("/")
    return Asked(
        claim_id=claim_id, drop_id="may-day", item_id=item_id, session_id=session_id, party=party
    )


def claimant(member_id: str = "m1", **changed: Any) -> Claimant:
    """Return a member with a live card; states and the household may be overridden."""
    member = Member(
        member_id,
        "branch-miyun",
        "",
        ("model_worker",),
        f"c-{member_id}",
        household_id=changed.pop("household_id", ""),
    )
    states: dict[str, Any] = {
        "member": member,
        "card": Card(f"c-{member_id}", member_id, Status.LIVE),
        "grants": NO_GRANTS,
        "household": household.INITIAL,
    }
    return Claimant(**states | changed)


def entered(
    state: Drop,
    *entries: tuple[str, int],
    slot: str = "garden/may-1",
    no_shows: int = 0,
    at: datetime = OPENS,
) -> Drop:
    """Return the draw after these entries of member and party."""
    for member_id, party in entries:
        facts = draw.enter(
            state,
            asked=claim_request(f"e-{member_id}", slot, party),
            who=claimant(member_id),
            no_shows=no_shows,
            at=at,
            today=at.date(),
        )
        state = drop_after(state, *facts)
    return state


def frozen(state: Drop) -> Drop:
    return drop_after(state, *draw.freeze(state, at=CLOSES, today=CLOSES.date()))


def seeded(state: Drop, numbers: Sequence[Sequence[int]] = BALLS) -> Drop:
    state = frozen(state)
    return drop_after(state, *draw.fix_seed(state, numbers=numbers, today=SEED_DAY))


def awarded(state: Drop, at_once: int = 100) -> Iterator[list[Event]]:
    """Yield the events that give the winners their tickets, `at_once` at a time."""
    won = draw.winners(state)
    while not state.drawn:
        due = won[state.awarded : state.awarded + at_once]
        facts = draw.award(state, won=won, who=[claimant(one.member_id) for _, one in due])
        yield facts
        state = drop_after(state, *facts)


def populate(ledger: Ledger, members: int, *, at: datetime = ANNOUNCED, **changed: Any) -> None:
    """Sign the garden, register members with cards, announce the draw."""
    ledger.officers.merchants.sign_merchant("rose-garden", name="玫瑰园")
    ledger.officers.merchants.open_outlet("rose-garden", outlet_id="gate", name="东门")
    ledger.officers.merchants.pair_till("rose-garden", till_id="t1", outlet_id="gate", key_hash="k")
    for number in range(members):
        ledger.officers.cards.register_member(
            f"m{number}", branch="branch-miyun", groups=("rider",)
        )
        ledger.officers.cards.issue_card(f"c{number}", member_id=f"m{number}")
    ledger.officers.drops.announce_drop("may-day", plan=plan(**changed), at=at)


def take(
    ledger: Ledger, member_id: str, one: Asked | None = None, at: datetime = OPENS
) -> Event | None:
    """Claim, or enter, as the member."""
    request = ledger.members.claims.claiming(
        one or claim_request(f"e-{member_id}"), Principal(member_id=member_id), at=at
    )
    event: Event | None = ledger.writer.ask(request).event
    return event


def party(number: int) -> int:
    """Return a party of three for two members and of one for the others; some will not fit."""
    return 3 if number < 2 else 1


def enter_all(ledger: Ledger) -> None:
    for number in range(MEMBERS):
        take(ledger, f"m{number}", claim_request("e", party=party(number)))


def close_draw(ledger: Ledger) -> None:
    """Enter every member, freeze the list, and enter the numbers."""
    enter_all(ledger)
    ledger.officers.draws.freeze_entries("may-day", by="officer-1", at=CLOSES)
    ledger.officers.draws.fix_seed("may-day", numbers=BALLS, by="officer-1", at=SEEDED)


def tickets(ledger: Ledger) -> dict[str, str]:
    """Return the ticket of each member who has one."""
    found: dict[str, str] = {}
    for number in range(MEMBERS):
        grants = ledger.grants(f"m{number}")
        assert len(grants.held) <= 1
        found |= {f"m{number}": ticket_id for ticket_id in grants.held}
    return found
