"""Ticket use at the gate: admit people, hand goods over, reverse, repeat requests."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.drops.claim import ticket_id
from ledger.drops.terms import Mode
from ledger.members.authorization import Principal
from ledger.offers.grant import Used, UseUndone
from ledger.services.ticket_use import Shown
from tests.support.example_draw import GATE, MAY_DAY, OPENS, claim_request, populate, take
from tests.support.furnished_ledger import Furnish
from tests.support.ledger_fixture import event_count

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
TICKET = ticket_id("may-day", "m0", "e-m0")
PILLOW = ticket_id("may-day", "m1", "e-m1")


def furnish(ledger: Ledger) -> None:
    """Give m0 a ticket for three, and m1 a pillow, of a drop for those who come first."""
    populate(ledger, 4, mode=Mode.FIRST_COME, seed_rule=None, returns_until=MAY_DAY + 2 * HOUR)
    shops = ledger.officers.merchants
    shops.open_outlet("rose-garden", outlet_id="hill", name="山上")
    shops.pair_till("rose-garden", till_id="t3", outlet_id="hill", key_hash="k")
    shops.sign_merchant("mill", name="磨坊")
    shops.open_outlet("mill", outlet_id="gate", name="店")
    shops.pair_till("mill", till_id="t1", outlet_id="gate", key_hash="k")
    take(ledger, "m0", claim_request("e-m0", party=3))
    take(ledger, "m1", claim_request("e-m1", "pillow/hall"))


@pytest.fixture
def furnishing() -> Furnish:
    return furnish


def shown(card_id: str = "c0", ticket: str = TICKET, **other: Any) -> Shown:
    """Return a ticket shown at the garden's till."""
    return Shown(**GATE | {"card_id": card_id, "ticket_id": ticket} | other)


def use(ledger: Ledger, use_id: str, *, at: datetime = MAY_DAY, **other: Any) -> int:
    """Admit people. Return how many the ticket still admits."""
    return ledger.tills.ticket_use.use(use_id, shown(**other), at=at).left


def inside(ledger: Ledger) -> Counter[str]:
    """Return the number of people admitted on each ticket, from the events alone."""
    people: Counter[str] = Counter()
    for fact in ledger.facts(0, 10_000):
        if isinstance(fact.event, Used):
            people[fact.event.grant_id] += fact.event.people
        if isinstance(fact.event, UseUndone):
            people[fact.event.grant_id] -= fact.event.undone.people
    return people


def test_a_party_of_three_comes_two_now_and_one_later(ledger: Ledger) -> None:
    assert use(ledger, "u1", people=2) == 1
    with pytest.raises(errors.TicketExhausted):
        use(ledger, "u2", people=2)
    assert use(ledger, "u2", at=MAY_DAY + HOUR) == 0
    with pytest.raises(errors.TicketUsed):
        use(ledger, "u3")

    assert inside(ledger) == {TICKET: 3}


def test_goods_are_handed_over_once(ledger: Ledger) -> None:
    assert use(ledger, "u1", card_id="c1", ticket=PILLOW) == 0
    with pytest.raises(errors.TicketUsed):
        use(ledger, "u2", card_id="c1", ticket=PILLOW)


def test_who_used_where_and_when_is_on_record(ledger: Ledger) -> None:
    made = ledger.tills.ticket_use.use("u1", shown(people=2), at=MAY_DAY).used

    assert (made.member_id, made.grant_id, made.people, made.at) == ("m0", TICKET, 2, MAY_DAY)
    assert (made.merchant_id, made.outlet_id, made.till_id) == ("rose-garden", "gate", "t1")
    fact = ledger.facts(event_count(ledger) - 1, 1)[0]
    assert (fact.event, fact.by, fact.request_id) == (made, "till-t1", "use/u1")


def test_the_same_use_is_answered_again_and_another_under_its_id_refused(ledger: Ledger) -> None:
    first = ledger.tills.ticket_use.use("u1", shown(people=1), at=MAY_DAY)
    before = event_count(ledger)
    again = ledger.tills.ticket_use.use("u1", shown(people=1), at=MAY_DAY + HOUR)

    assert (again.used, again.left, again.replayed) == (first.used, 2, True)
    assert not first.replayed
    for other in ({"people": 2}, {"card_id": "c1"}, {"outlet_id": "hill", "till_id": "t3"}):
        with pytest.raises(errors.RequestReused):
            ledger.tills.ticket_use.use("u1", shown(**{"people": 1} | other), at=MAY_DAY)
    assert event_count(ledger) == before


def test_what_is_no_use_answers_none(ledger: Ledger) -> None:
    closing_asked = msgspec.json.encode(["drop-may-day", "close", "雨"], order="sorted")
    ledger.officers.drops.close_drop("may-day", reason="雨", by="o", request_id="use/u1", at=OPENS)

    with pytest.raises(errors.RequestReused):
        use(ledger, "u1", asked=closing_asked)
    with pytest.raises(errors.UseUnknown):
        ledger.tills.ticket_use.find("u1")


@pytest.mark.parametrize("use_id", ["never", "half \ud800", "u" * 3_000])
def test_what_was_not_used_is_unknown(ledger: Ledger, use_id: str) -> None:
    with pytest.raises(errors.UseUnknown):
        ledger.tills.ticket_use.find(use_id)
    with pytest.raises(errors.UseUnknown):
        ledger.tills.ticket_use.undo_use(use_id, **GATE)


def test_a_refusal_is_not_remembered(ledger: Ledger) -> None:
    before = event_count(ledger)
    with pytest.raises(errors.TicketNotYet):
        use(ledger, "u1", at=MAY_DAY - SECOND)
    assert event_count(ledger) == before

    assert use(ledger, "u1") == 0


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"card_id": "lost"}, errors.CardUnknown),
        ({"ticket": PILLOW}, errors.TicketUnknown),
        ({"card_id": "c2"}, errors.TicketUnknown),
        ({"merchant_id": "mill"}, errors.TicketNotHere),
        ({"merchant_id": "nobody"}, errors.MerchantUnknown),
        ({"till_id": ""}, errors.TillUnknown),
        ({"till_id": "t3"}, errors.OutletUnknown),
        ({"at": MAY_DAY + 10 * HOUR}, errors.TicketOver),
    ],
)
def test_what_may_not_be_used_is_refused(
    ledger: Ledger, other: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        use(ledger, "u1", **other)


def test_a_benefit_that_is_no_ticket_is_unknown_at_the_gate(ledger: Ledger) -> None:
    ledger.officers.offers.make_grant(
        "c0", grant_id="g1", title="", kind="free_service", terms={"times": 1}
    )

    with pytest.raises(errors.TicketUnknown):
        use(ledger, "u1", ticket="g1")


def test_a_ticket_of_a_drop_called_off_admits_nobody(ledger: Ledger) -> None:
    ledger.officers.drops.cancel_drop("may-day", reason="暴雨")

    with pytest.raises(errors.DropCancelled):
        use(ledger, "u1")


def test_a_blocked_or_replaced_card_admits_nobody_and_the_new_one_does(ledger: Ledger) -> None:
    ledger.officers.cards.block_card("c0")
    with pytest.raises(errors.CardBlocked):
        use(ledger, "u1")
    ledger.officers.cards.replace_card("c0", new_card_id="c9")
    with pytest.raises(errors.CardReplaced):
        use(ledger, "u1")

    assert use(ledger, "u1", card_id="c9") == 0


def test_a_used_ticket_is_not_given_back_until_it_is_undone(ledger: Ledger) -> None:
    use(ledger, "u1", people=1)
    with pytest.raises(errors.TicketUsed):
        ledger.members.claims.release(TICKET, Principal(member_id="m0"))
    ledger.tills.ticket_use.undo_use("u1", **GATE)

    ledger.members.claims.release(TICKET, Principal(member_id="m0"))
    with pytest.raises(errors.TicketReleased):
        use(ledger, "u2")


def test_a_ticket_undone_after_the_last_return_is_not_given_back(ledger: Ledger) -> None:
    use(ledger, "u1", at=MAY_DAY + 2 * HOUR)
    ledger.tills.ticket_use.undo_use("u1", **GATE)

    with pytest.raises(errors.ReturnsClosed):
        ledger.members.claims.release(TICKET, Principal(member_id="m0"))


def test_a_use_is_undone_once_and_told_again(ledger: Ledger) -> None:
    made = ledger.tills.ticket_use.use("u1", shown(people=2), at=MAY_DAY).used
    first = ledger.tills.ticket_use.undo_use("u1", **GATE)
    before = event_count(ledger)
    again = ledger.tills.ticket_use.undo_use("u1", **GATE)

    assert (first.used, first.undone, first.left, first.replayed) == (made, True, 3, False)
    assert (again.used, again.undone, again.left, again.replayed) == (made, True, 3, True)
    assert ledger.tills.ticket_use.find("u1").undone
    assert event_count(ledger) == before
    assert ledger.tills.ticket_use.use("u1", shown(people=2), at=MAY_DAY).undone
    assert inside(ledger) == {TICKET: 0}


def test_a_use_is_undone_within_the_hour(ledger: Ledger) -> None:
    use(ledger, "u1", people=1)
    use(ledger, "u2", people=1, at=MAY_DAY + HOUR - SECOND)
    assert ledger.tills.ticket_use.undo_use("u1", **GATE).left == 2
    use(ledger, "u3", people=1, at=MAY_DAY + 2 * HOUR)

    with pytest.raises(errors.UndoTooLate):
        ledger.tills.ticket_use.undo_use("u2", **GATE)


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"outlet_id": "hill", "till_id": "t3"}, errors.UndoElsewhere),
        ({"merchant_id": "mill"}, errors.UseUnknown),
        ({"till_id": "t3"}, errors.OutletUnknown),
        ({"till_id": "t9"}, errors.TillUnknown),
    ],
)
def test_a_use_is_undone_where_it_happened(
    ledger: Ledger, other: dict[str, Any], refusal: type[Exception]
) -> None:
    use(ledger, "u1")

    with pytest.raises(refusal):
        ledger.tills.ticket_use.undo_use("u1", **GATE | other)
    ledger.officers.merchants.revoke_till("rose-garden", till_id="t1")
    with pytest.raises(errors.TillRevoked):
        ledger.tills.ticket_use.undo_use("u1", **GATE)
    assert not ledger.tills.ticket_use.find("u1").undone


def test_the_states_of_tickets_are_what_the_facts_recount(ledger: Ledger) -> None:
    use(ledger, "u1", people=1)
    use(ledger, "u2", people=2)
    ledger.tills.ticket_use.undo_use("u1", **GATE)
    ledger.tills.ticket_use.undo_use("u2", **GATE)
    use(ledger, "u3", people=2)
    use(ledger, "u4", people=1)
    use(ledger, "p1", card_id="c1", ticket=PILLOW)
    ledger.tills.ticket_use.undo_use("u4", **GATE)

    assert inside(ledger) == {TICKET: 2, PILLOW: 1}
    for member_id, ticket in (("m0", TICKET), ("m1", PILLOW)):
        held = ledger.grants(member_id).held[ticket]
        assert sum(one.people for one in held.uses) == inside(ledger)[ticket]
