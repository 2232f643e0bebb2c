"""An officer decides who bears a contested redemption that waits."""

from collections.abc import Iterable

import msgspec
import pytest

from ledger import errors, funds
from ledger.event import Event
from ledger.offers import offer
from ledger.postings import Posting, postings
from ledger.redemptions import contest
from ledger.redemptions.events import ContestDecided
from ledger.redemptions.redemption import INITIAL, Redemptions, evolve, reverse
from tests.support import offline_purchase as offline
from tests.support.purchase_context import CARE

DAY = offline.ARRIVAL.date()
EVENTS = offline.decide_report(then=offline.haircut_context(card=offline.DEAD))
CONTESTED = offline.contested(EVENTS)
WAITING = evolve(INITIAL, CONTESTED)


def fund_after(*events: Event, of: funds.Fund = CARE) -> funds.Fund:
    """Return the fund after those of the events that are its own."""
    for event in events:
        if event.stream == "fund-care":
            of = funds.evolve(of, event)  # type: ignore[arg-type]
    return of


HELD = fund_after(*EVENTS)


ON_ARRIVAL = {"at": offline.ARRIVAL, "day": DAY, "offers": {"hair": offline.HAIR}}


def decided(state: Redemptions = WAITING, *, accept: bool, fund: funds.Fund = HELD) -> list[Event]:
    by = {"redemption_id": "r1", "officer_id": "officer-li"}
    return contest.decide(state, **by, accept=accept, funds={"care": fund}, **ON_ARRIVAL)


def after(events: Iterable[Event], state: Redemptions = WAITING) -> Redemptions:
    """Return the member's usage after a decision."""
    for event in events:
        if isinstance(event, ContestDecided):
            state = evolve(state, event)
    return state


def undone(state: Redemptions, fund: funds.Fund) -> list[Event]:
    """Reverse the haircut as it was contested."""
    why = {"made": CONTESTED.made, "by_merchant": None, "reason": "other"}
    return reverse(state, **why, funds={"care": fund}, **ON_ARRIVAL)


def test_while_it_waits_its_share_is_neither_available_nor_owed() -> None:
    assert (HELD.available_minor, dict(HELD.held_minor)) == (990_00, {"rose": 10_00})
    assert (HELD.reservations, dict(HELD.owed_minor)) == (0, {})


def test_accepted_it_is_owed_under_the_next_number() -> None:
    other = funds.Reserved(
        fund_id="care", merchant_id="mill", redemption_id="r7", amount_minor=5_00
    )
    numbered = fund_after(other, of=HELD)

    events = decided(accept=True, fund=numbered)

    found = events[0]
    assert isinstance(found, ContestDecided)
    (line,) = found.made.lines
    assert (found.is_accepted, line.reservation, line.union_share_minor) == (True, 2, 10_00)
    fund = fund_after(*events, of=numbered)
    assert (fund.available_minor, fund.held_minor["rose"]) == (985_00, 0)
    assert (fund.reservations, fund.owed_minor["rose"]) == (2, 10_00)
    assert postings(found) == (
        Posting("merchant:rose:held", "fund:care", 10_00),
        Posting("fund:care", "merchant:rose:payable", 10_00),
    )


def test_declined_the_merchant_bears_it_and_the_share_is_free_again() -> None:
    events = decided(accept=False)

    found = events[0]
    assert isinstance(found, ContestDecided)
    made = found.made
    assert (made.merchant_share_minor, made.union_share_minor) == (20_00, 0)
    assert made.member_share_minor == CONTESTED.made.member_share_minor
    assert fund_after(*events, of=HELD) == msgspec.structs.replace(
        CARE, held_minor=CARE.held_minor.set("rose", 0)
    )
    assert events[-1] == offer.Given(
        offer_id="hair", redemption_id="r1", covered_minor=0, union_share_minor=-10_00
    )
    assert postings(found) == (
        Posting("member:m1:saving", "merchant:rose:discount", 10_00),
        Posting("merchant:rose:held", "fund:care", 10_00),
        Posting("member:m1:saving", "programme:special-relief:benefit", 10_00),
        Posting("merchant:rose:discount", "member:m1:saving", 20_00),
    )


@pytest.mark.parametrize("accept", [True, False])
def test_what_is_decided_stays_so(*, accept: bool) -> None:
    state = after(decided(accept=accept))

    assert decided(state, accept=accept) == []
    with pytest.raises(errors.NothingToDecide):
        decided(state, accept=not accept)


def test_what_never_waited_or_was_reversed_is_not_decided() -> None:
    reversed_event = undone(WAITING, HELD)[0]

    for state in (INITIAL, evolve(WAITING, reversed_event)):  # type: ignore[arg-type]
        with pytest.raises(errors.NothingToDecide):
            decided(state, accept=True)


def test_what_was_contested_by_an_older_program_is_owed_as_it_was() -> None:
    made = CONTESTED.made
    (line,) = made.lines
    numbered = msgspec.structs.replace(line, reservation=1)
    old = msgspec.structs.replace(CONTESTED, made=msgspec.structs.replace(made, lines=(numbered,)))

    assert Posting("fund:care", "merchant:rose:payable", 10_00) in postings(old)
    assert evolve(INITIAL, old).contested == INITIAL.contested


@pytest.mark.parametrize("accept", [None, True, False])
def test_a_reversal_ends_what_is_held_or_owed_by_then(accept: bool | None) -> None:  # noqa: FBT001
    events = [] if accept is None else decided(accept=accept)
    fund = fund_after(*events, of=HELD)

    found = undone(after(events), fund)

    fund = fund_after(*found, of=fund)
    assert fund.available_minor == CARE.available_minor
    assert not any([*fund.held_minor.values(), *fund.owed_minor.values()])
    assert balance_of([CONTESTED, *events, *found]) == {}


def balance_of(events: Iterable[Event]) -> dict[str, int]:
    """Return the accounts that do not end at nought."""
    found: dict[str, int] = {}
    for event in events:
        for one in postings(event):
            found[one.source] = found.get(one.source, 0) - one.amount_minor
            found[one.destination] = found.get(one.destination, 0) + one.amount_minor
    return {account: minor for account, minor in found.items() if minor}


def test_a_reversal_that_forgets_the_decision_is_noticed() -> None:
    events = decided(accept=True)
    forgetful = msgspec.structs.replace(after(events), contested=INITIAL.contested)

    found = undone(forgetful, fund_after(*events, of=HELD))

    assert balance_of([CONTESTED, *events, *found]) != {}
