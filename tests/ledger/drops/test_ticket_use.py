"""Ticket use: a party admitted in parts, goods handed over once, no-shows of a year."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.benefits.terms import Rules
from ledger.drops import INITIAL, ticket_use
from ledger.drops.events import Cancelled
from ledger.drops.ticket_use import PointOfUse, left_on
from ledger.event import Event
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.card import Card, Status
from ledger.merchants.merchant import INITIAL as NO_MERCHANT
from ledger.offers import grant
from ledger.offers.grant import Grant, Grants, Made, Ticket, Used, UseUndone, Withdrawn
from tests.support.example_draw import GATE, MAY_DAY, OPEN_MERCHANT, announced, drop_after
from tests.support.given_when_then import refusing

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
ENDS = MAY_DAY + 10 * HOUR
AT_GATE = PointOfUse(merchant=OPEN_MERCHANT, outlet_id="gate", till_id="t1")
OFFICER = PointOfUse(merchant=OPEN_MERCHANT, outlet_id="gate", officer_id="officer-1")
SLOT = {"drop_id": "may-day", "item_id": "garden", "session_id": "may-1"}
TICKET = Ticket(**SLOT, claim_id="e1", number=1, party=3, places=3)
OF_M1: dict[str, Any] = {"member_id": "m1", "grant_id": "g1"}
ADMITS: dict[str, Any] = {"title": "玫瑰园门票", "kind": "admission", "terms": {"party": 3}}
GARDEN_ONLY = Rules(merchants=("rose-garden",))
GIVEN = Made(**OF_M1, card_id="c1", **ADMITS, rules=GARDEN_ONLY, ticket=TICKET)
replace = msgspec.structs.replace


def had(*events: Event, made: Made = GIVEN) -> Grants:
    """Return the member's grants: the ticket after these events."""
    state = grant.INITIAL
    for event in (made, *events):
        state = grant.evolve(state, event)  # type: ignore[arg-type]  # they are of this stream
    return state


def used(use_id: str = "u1", people: int = 1, at: datetime = MAY_DAY) -> Used:
    told: dict[str, Any] = {"use_id": use_id, "people": people, "at": at, "day": at.date()}
    return Used(**OF_M1, **GATE, ticket=TICKET, **told)


HELD, LIVE = had().held["g1"], Status.LIVE


use = partial(
    ticket_use.use,
    state=announced(),
    held=HELD,
    member_id="m1",
    shown=Card("c1", "m1", LIVE),
    point=AT_GATE,
    use_id="u1",
    people=None,
    collected_by="",
    at=MAY_DAY,
    today=MAY_DAY.date(),
)
at_gate = partial(replace, AT_GATE)


def undo(held: Grant, one: Used, *, point: PointOfUse = AT_GATE, at: datetime) -> list[Event]:
    return ticket_use.undo(held, used=one, point=point, at=at, today=at.date())


def test_a_whole_party_is_admitted_where_no_number_is_given() -> None:
    assert use() == [used(people=3)]


def test_a_party_of_three_is_admitted_in_parts() -> None:
    two = use(people=2)
    later = had(*two).held["g1"]

    assert two == [used(people=2)]
    assert left_on(later) == 1
    assert use(held=later, use_id="u2") == [used("u2", people=1)]


def test_no_more_are_admitted_than_the_party() -> None:
    with refusing(errors.TicketExhausted(left=1)):
        use(held=had(used(people=2)).held["g1"], people=2)
    with pytest.raises(errors.TicketUsed):
        use(held=had(used(people=3)).held["g1"])


@pytest.mark.parametrize("people", [0, -1])
def test_nobody_is_not_admitted(people: int) -> None:
    with pytest.raises(errors.InputInvalid):
        use(people=people)


def test_goods_are_handed_over_once() -> None:
    pillow = replace(TICKET, item_id="pillow", session_id="hall", party=1)
    made = replace(GIVEN, kind="goods", terms={}, ticket=pillow)

    (handed,) = use(held=had(made=made).held["g1"])

    assert isinstance(handed, Used)
    assert handed.people == 1
    with pytest.raises(errors.TicketUsed):
        use(held=had(handed, made=made).held["g1"], use_id="u2")


def test_the_session_admits_from_its_first_to_its_last_moment() -> None:
    assert use(at=MAY_DAY)
    assert use(at=ENDS - MOMENT)
    with refusing(errors.TicketNotYet(starts_at=MAY_DAY.isoformat())):
        use(at=MAY_DAY - MOMENT)
    with refusing(errors.TicketOver(ends_at=ENDS.isoformat())):
        use(at=ENDS)


SUSPENDED = replace(OPEN_MERCHANT, suspended=True)
CALLED_OFF = drop_after(announced(), Cancelled(drop_id="may-day", reason="暴雨"))
NO_TICKET = replace(HELD, ticket=None)
GIVEN_BACK = had(Withdrawn(**OF_M1, ticket=TICKET)).held["g1"]


@pytest.mark.parametrize(
    ("asks", "refusal"),
    [
        ({"point": at_gate(merchant=NO_MERCHANT)}, errors.MerchantUnknown),
        ({"point": at_gate(merchant=SUSPENDED)}, errors.MerchantSuspended),
        ({"point": at_gate(till_id="t2")}, errors.TillRevoked),
        ({"point": at_gate(till_id="t9")}, errors.TillUnknown),
        ({"point": at_gate(till_id="")}, errors.TillUnknown),
        ({"point": at_gate(till_id="t3")}, errors.OutletUnknown),
        ({"point": replace(OFFICER, outlet_id="lake")}, errors.OutletUnknown),
        ({"point": replace(OFFICER, till_id="t2")}, errors.TillRevoked),
        ({"shown": NO_CARD}, errors.CardUnknown),
        ({"shown": Card("c1", "m1", Status.BLOCKED)}, errors.CardBlocked),
        ({"shown": Card("c1", "m1", Status.REPLACED)}, errors.CardReplaced),
        ({"shown": Card("c1", "m1", Status.LIVE, date(2099, 4, 30))}, errors.CardExpired),
        ({"held": None}, errors.TicketUnknown),
        ({"held": NO_TICKET}, errors.TicketUnknown),
        ({"held": GIVEN_BACK}, errors.TicketReleased),
        ({"state": INITIAL}, errors.DropUnknown),
        ({"state": CALLED_OFF}, errors.DropCancelled),
        ({"held": replace(HELD, rules=Rules(merchants=("mill",)))}, errors.TicketNotHere),
    ],
)
def test_what_cannot_be_used_is_not(asks: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        use(**asks)


def test_an_officer_collects_without_a_till() -> None:
    (fact,) = use(point=OFFICER, collected_by="officer-1")

    assert isinstance(fact, Used)
    assert (fact.till_id, fact.member_id, fact.collected_by) == ("", "m1", "officer-1")


@pytest.mark.parametrize("later", [timedelta(), HOUR - timedelta(seconds=1), HOUR])
def test_a_use_is_undone_within_the_hour(later: timedelta) -> None:
    held, at = had(used()).held["g1"], MAY_DAY + later
    undone = UseUndone(**OF_M1, undone=used(), at=at, day=at.date())

    assert undo(held, used(), at=at) == [undone]
    assert left_on(had(used(), undone).held["g1"]) == 3


def test_a_use_is_undone_once_and_not_after_the_hour() -> None:
    undone = UseUndone(**OF_M1, undone=used(), at=MAY_DAY)

    assert undo(had(used(), undone).held["g1"], used(), at=ENDS) == []
    with pytest.raises(errors.UndoTooLate):
        undo(had(used()).held["g1"], used(), at=MAY_DAY + HOUR + MOMENT)


@pytest.mark.parametrize(
    ("point", "refusal"),
    [
        (at_gate(outlet_id="hill", till_id="t3"), errors.UndoElsewhere),
        (at_gate(merchant=replace(OPEN_MERCHANT, merchant_id="mill")), errors.UseUnknown),
        (at_gate(till_id="t3"), errors.OutletUnknown),
        (at_gate(till_id="t2"), errors.TillRevoked),
        (at_gate(till_id="t9"), errors.TillUnknown),
        (at_gate(till_id=""), errors.TillUnknown),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_a_use_is_undone_where_it_happened(
    point: PointOfUse, refusal: type[Exception], *, again: bool
) -> None:
    undone = [UseUndone(**OF_M1, undone=used(), at=MAY_DAY)] * again

    with pytest.raises(refusal):
        undo(had(used(), *undone).held["g1"], used(), point=point, at=MAY_DAY)
