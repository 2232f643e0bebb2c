"""An open draw: who may enter, how often, and with how many lots."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from immutables import Map

from ledger import errors
from ledger.drops import INITIAL, Drop, draw, rfc3797
from ledger.drops.eligibility import check_limits
from ledger.drops.events import Cancelled, Entered, EntryWithdrawn, Opened
from ledger.drops.terms import Audience, Mode
from ledger.members import household
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.household import Taken
from ledger.members.member import INITIAL as NOBODY
from tests.support.example_draw import (
    CLOSES,
    GARDEN,
    OPENS,
    announced,
    claim_request,
    claimant,
    drop_after,
    plan,
)
from tests.support.given_when_then import refusing

MOMENT = timedelta(microseconds=1)
HOUSEHOLD: dict[str, Any] = {"household_id": "h1"}
replace = msgspec.structs.replace
SLOT = {"drop_id": "may-day", "item_id": "garden", "session_id": "may-1"}
ENTERED = Entered(**SLOT, member_id="m1", entry_id="e1", number=1, party=2, places=2, weight=2)
enter = partial(
    draw.enter,
    asked=claim_request(party=2),
    who=claimant(),
    no_shows=0,
    at=OPENS,
    today=OPENS.date(),
)


def test_a_member_takes_part() -> None:
    assert enter(announced()) == [Opened(drop_id="may-day"), ENTERED]


def test_who_acts_for_the_member_is_on_record() -> None:
    fact = enter(announced(), who=claimant(acting="m2"))[-1]

    assert isinstance(fact, Entered)
    assert (fact.member_id, fact.claimed_by) == ("m1", "m2")


def test_goods_and_tickets_for_a_party_take_one_place_where_people_are_not_counted() -> None:
    one_ticket = msgspec.structs.replace(GARDEN, by_person=False)
    fact = enter(announced(items=(one_ticket,)))[-1]

    assert isinstance(fact, Entered)
    assert (fact.party, fact.places) == (2, 1)


@pytest.mark.parametrize(
    ("asks", "refusal"),
    [
        ({"at": OPENS - MOMENT}, errors.NotOpenYet),
        ({"at": CLOSES}, errors.DropClosed),
        ({"asked": claim_request(slot="garden/may-3")}, errors.SessionUnknown),
        ({"asked": claim_request(slot="lilies/may-1")}, errors.SessionUnknown),
        ({"asked": claim_request(party=4)}, errors.PartyTooLarge),
        ({"asked": claim_request(party=0)}, errors.PartyTooLarge),
        ({"asked": claim_request(slot="pillow/hall", party=2)}, errors.PartyTooLarge),
        ({"who": claimant(member=NOBODY)}, errors.MemberUnknown),
        ({"who": claimant(card=NO_CARD)}, errors.CardUnknown),
    ],
)
def test_who_may_not_takes_no_part(asks: dict[str, Any], refusal: type[errors.Refusal]) -> None:
    with pytest.raises(refusal):
        enter(announced(), **asks)


@pytest.mark.parametrize(
    "audience", [Audience(groups=("rider",)), Audience(branches=("branch-daxing",))]
)
def test_a_draw_is_for_those_it_was_announced_for(audience: Audience) -> None:
    with pytest.raises(errors.NotEligible):
        enter(announced(audience=audience))


def test_only_a_draw_that_is_on_takes_entries() -> None:
    with pytest.raises(errors.DropUnknown):
        enter(INITIAL)
    with pytest.raises(errors.DropCancelled):
        enter(drop_after(announced(), Cancelled(drop_id="may-day", reason="暴雨")))
    with pytest.raises(errors.NotInThisMode):
        enter(announced(mode=Mode.FIRST_COME, seed_rule=None))


def test_the_last_moment_is_in_time() -> None:
    assert enter(announced(), at=CLOSES - MOMENT)


def test_a_member_takes_part_once_whatever_is_asked_for() -> None:
    with pytest.raises(errors.AlreadyEntered) as refused:
        enter(drop_after(announced(), ENTERED), asked=claim_request("e2", "pillow/hall"))

    entry_id = draw.published_id("may-day", "m1", "e1")
    assert refused.value.particulars == {"entry_id": entry_id}


@pytest.mark.parametrize(("no_shows", "weight"), [(0, 2), (1, 1), (7, 1)])
def test_a_no_show_halves_the_lots_and_never_excludes(no_shows: int, weight: int) -> None:
    fact = enter(announced(), no_shows=no_shows)[-1]

    assert isinstance(fact, Entered)
    assert fact.weight == weight
    assert drop_after(announced(), fact).lots == weight


def with_entries(weights: list[int]) -> Drop:
    """Return a closed draw with entries of these weights."""
    entered = {
        f"m{number}": replace(
            ENTERED,
            member_id=f"m{number}",
            entry_id=f"e{number}",
            number=number,
            party=1,
            places=1,
            weight=weight,
        )
        for number, weight in enumerate(weights, 1)
    }
    return replace(announced(), entered=Map(entered), lots=sum(weights), entries=len(entered))


def test_a_draw_takes_an_entry_for_each_lot_there_is() -> None:
    nearly = with_entries([2] * (draw.ENTRIES_MAX - 1))
    member = {"who": claimant("new")}

    assert enter(nearly, **member)
    with refusing(errors.DrawFull(most=65_535)):
        enter(drop_after(nearly, *enter(nearly, **member)), who=claimant("newer"))


@pytest.mark.parametrize(
    ("weights", "lots"),
    [
        ([2] * 32_766 + [1], {2: 32_766, 1: 1}),
        ([2] * 32_767 + [1], {2: 32_767, 1: 1}),  # 65,535 weights, and as many lots
        ([2] * 32_768, {1: 32_768}),
        ([2] * 32_768 + [1], {1: 32_769}),
    ],
)
def test_where_the_weights_are_more_than_the_lots_everybody_has_one(
    weights: list[int], lots: dict[int, int]
) -> None:
    numbered = draw.numbered(with_entries(weights))

    assert Counter(one.weight for one in numbered) == lots
    assert next(rfc3797.sequence([one.weight for one in numbered], "1./")) < len(weights)


def test_a_household_has_so_many_entries_before_the_draw() -> None:
    state = announced(per_household=1)
    *_, fact, counted = enter(state, who=claimant(**HOUSEHOLD))
    assert counted == household.Counted(household_id="h1", drop_id="may-day", entries=1)
    assert isinstance(counted, household.Counted)
    taken = household.evolve(household.INITIAL, counted)

    with refusing(errors.HouseholdLimitReached(most=1)):
        enter(drop_after(state, fact), who=claimant("m2", household=taken, **HOUSEHOLD))
    assert enter(drop_after(state, fact), who=claimant("m3"))


@pytest.mark.parametrize(("tickets", "entries", "full"), [(0, 2, False), (1, 2, True)])
def test_a_household_has_so_many_tickets_after_the_draw(
    tickets: int, entries: int, *, full: bool
) -> None:
    terms = plan(per_household=1)
    drawn = msgspec.structs.replace(announced(per_household=1), drawn=True)
    has = household.Household(Map({"may-day": Taken(tickets, entries)}))
    member = claimant(household=has, **HOUSEHOLD)

    assert is_refused(drawn, terms, member) is full
    assert is_refused(msgspec.structs.replace(drawn, drawn=False), terms, member)


def is_refused(state: Drop, terms: Any, member: Any) -> bool:
    try:
        check_limits(state, terms, member)
    except errors.HouseholdLimitReached:
        return True
    return False


def test_an_entry_is_withdrawn_from_the_household_it_was_counted_in() -> None:
    state = drop_after(announced(per_household=1), replace(ENTERED, household_id="h1"))
    facts = draw.withdraw(state, who=claimant(household_id="h2"), at=OPENS)

    assert facts == [
        Opened(drop_id="may-day"),
        EntryWithdrawn(
            drop_id="may-day", item_id="garden", session_id="may-1", member_id="m1", entry_id="e1"
        ),
        household.Counted(household_id="h1", drop_id="may-day", entries=-1),
    ]
    assert (drop_after(state, *facts).lots, dict(drop_after(state, *facts).entered)) == (0, {})
    assert enter(drop_after(state, *facts))


@pytest.mark.parametrize(
    ("state", "at", "refusal"),
    [
        (announced(), OPENS, errors.NotEntered),
        (drop_after(announced(), ENTERED), CLOSES, errors.DropClosed),
        (announced(mode=Mode.ALLOTMENT, seed_rule=None), OPENS, errors.NotInThisMode),
    ],
)
def test_what_is_closed_is_not_withdrawn_from(
    state: Drop, at: Any, refusal: type[errors.Refusal]
) -> None:
    with pytest.raises(refusal):
        draw.withdraw(state, who=claimant(), at=at)
