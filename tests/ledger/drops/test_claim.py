"""Claims: open by the clock, one ticket a member, counted places, returns and allotments."""

from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.benefits.terms import Rules
from ledger.drops import claim
from ledger.drops.terms import Audience, Mode
from ledger.event import Event
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.card import Card
from ledger.members.card import Status as CardStatus
from ledger.members.household import Counted, Household, Taken
from ledger.offers.grant import Made
from tests.support.example_drop import (
    BY_LOT,
    CANCELLED,
    CLOSED,
    CLOSES,
    DROP,
    ENDS,
    MICROSECOND,
    OPENED,
    OPENS,
    TODAY,
    announced,
    claim_request,
    claimant,
    claimed,
    garden,
    given_drop,
    held_ticket,
    joined,
    pillow,
    released,
    session,
    ticket_grant,
)
from tests.support.given_when_then import Given, Refused

FULL = (claimed("m8", 1, 3), claimed("m9", 2, 3))
FAMILY = announced(per_household=2, per_member=2)
GIVEN_OUT = announced(mode=Mode.ALLOTMENT, waiting_max=0)
COMMON: dict[str, Any] = {"at": OPENS, "today": TODAY}


when_claimed = partial(
    Given.when, verb=claim.claim, asked=claim_request(), who=claimant(), **COMMON
)


# Taken


def test_the_first_claim_notes_that_the_drop_is_open() -> None:
    when_claimed(given_drop()).then_each_time(OPENED, claimed("m1"), ticket_grant())
    when_claimed(given_drop(OPENED)).then_each_time(claimed("m1"), ticket_grant())


@pytest.mark.parametrize("history", [(), (OPENED,)])
def test_a_drop_opens_and_closes_to_the_microsecond(history: tuple[Event, ...]) -> None:
    when_claimed(given_drop(*history), at=OPENS - MICROSECOND).then_refused(
        errors.NotOpenYet(opens_at=OPENS.isoformat())
    )
    when_claimed(given_drop(*history), at=CLOSES).then_refused(errors.DropClosed)
    when_claimed(given_drop(OPENED), at=CLOSES - MICROSECOND).then_each_time(
        claimed("m1"), ticket_grant()
    )


def test_a_party_takes_a_place_each_and_the_ticket_admits_them() -> None:
    when_claimed(given_drop(OPENED), asked=claim_request(party=3)).then_each_time(
        claimed("m1", 1, 3), ticket_grant(party=3)
    )


def test_tickets_are_numbered_and_places_counted() -> None:
    state = given_drop(OPENED, *FULL, released("m8", 1, 3)).state

    assert (state.claims, state.slots["garden/morning"].taken) == (2, 3)
    when_claimed(
        given_drop(OPENED, *FULL, released("m8", 1, 3)), asked=claim_request("k3")
    ).then_each_time(claimed("m1", 3), ticket_grant("m1", 3))


def test_goods_are_one_parcel_where_the_merchant_who_honours_them_is() -> None:
    parcels = Given("drop", announced(pillow(merchants=("hall",)), programme="care"), OPENED)
    place = {"item_id": "pillow", "session_id": "hall"}
    facts = claim.claim(parcels.state, asked=claim_request(**place), who=claimant(), **COMMON)

    grant = facts[1]
    assert isinstance(grant, Made)
    assert (grant.title, grant.kind, grant.terms) == ("孝亲枕", "goods", {})
    assert (grant.rules, grant.programme) == (Rules(merchants=("hall",)), "care")


def test_who_acted_for_the_member_is_named() -> None:
    when_claimed(given_drop(OPENED), who=claimant(acting="officer-li")).then_each_time(
        claimed("m1", claimed_by="officer-li"), ticket_grant()
    )


def test_the_id_of_a_ticket_is_that_of_its_claim() -> None:
    assert claim.ticket_id("d", "m", "k") == claim.ticket_id("d", "m", "k")
    assert len({claim.ticket_id(*one) for one in ("dmk", "dmx", "dxk", "xmk")}) == 4
    assert len(claim.ticket_id("d", "m", "k")) == 24


# Refused


@pytest.mark.parametrize(
    ("place", "refusal"),
    [
        ({"item_id": "lotus"}, errors.SessionUnknown),
        ({"session_id": "midnight"}, errors.SessionUnknown),
        ({"party": 0}, errors.PartyTooLarge(most=3)),
        ({"party": 4}, errors.PartyTooLarge(most=3)),
    ],
)
def test_what_there_is_not_cannot_be_claimed(place: dict[str, Any], refusal: Refused) -> None:
    when_claimed(given_drop(OPENED), asked=claim_request(**place)).then_refused(refusal)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (Given("drop"), errors.DropUnknown),
        (given_drop(OPENED, CANCELLED), errors.DropCancelled),
        (given_drop(OPENED, CLOSED), errors.DropClosed),
        (Given("drop", announced(**BY_LOT)), errors.NotInThisMode(mode="draw")),
        (Given("drop", GIVEN_OUT), errors.NotInThisMode(mode="allotment")),
    ],
)
def test_a_drop_that_gives_no_tickets_says_why(given: Given, refusal: Refused) -> None:
    when_claimed(given).then_refused(refusal)


@pytest.mark.parametrize(
    ("who", "audience", "refusal"),
    [
        (claimant(member_id=""), {}, errors.MemberUnknown),
        (claimant(card=NO_CARD), {}, errors.CardUnknown),
        (claimant(card=Card("c-m1", "m1", CardStatus.BLOCKED)), {}, errors.CardBlocked),
        (claimant(), {"groups": ("hardship",)}, errors.NotEligible(needs="group")),
        (claimant(), {"branches": ("branch-daxing",)}, errors.NotEligible(needs="branch")),
    ],
)
def test_a_drop_is_for_members_with_a_live_card_of_its_audience(
    who: Any, audience: dict[str, Any], refusal: Refused
) -> None:
    given = Given("drop", announced(audience=Audience(**audience)), OPENED)

    when_claimed(given, who=who).then_refused(refusal)


def test_one_group_and_one_branch_of_those_named_will_do() -> None:
    audience = Audience(
        groups=("hardship", "model_worker"), branches=("branch-daxing", "branch-miyun")
    )

    when_claimed(Given("drop", announced(audience=audience), OPENED)).then_each_time(
        claimed("m1"), ticket_grant()
    )


def test_sold_out_says_what_is_left_elsewhere() -> None:
    two = announced(
        garden(session("morning", 3), session("afternoon", 2), session("evening", 0)),
        pillow(5, party_max=1),
    )
    over = session("yesterday", 9, starts_at=OPENS - MICROSECOND, ends_at=OPENS + MICROSECOND)
    given = Given("drop", two, OPENED, claimed("m9", 1, 2), joined("m8", 1, 3))

    when_claimed(given, asked=claim_request(party=2)).then_refused(
        errors.SoldOut(
            waiting=1,
            waiting_max=10,
            elsewhere=[
                {"item": "garden", "session": "morning", "left": 1},
                {"item": "garden", "session": "afternoon", "left": 2},
                {"item": "pillow", "session": "hall", "left": 5},
            ],
        )
    )
    past = Given("drop", announced(garden(session("morning", 0), over)), OPENED)
    when_claimed(past, at=OPENS + MICROSECOND).then_refused(
        errors.SoldOut(waiting=0, waiting_max=10, elsewhere=[])
    )


def test_there_is_no_ticket_for_a_session_that_is_over() -> None:
    given = Given("drop", announced(closes_at=ENDS + MICROSECOND), OPENED)

    when_claimed(given, at=ENDS).then_refused(errors.TicketOver(ends_at=ENDS.isoformat()))
    when_claimed(given, at=ENDS - MICROSECOND).then_each_time(claimed("m1"), ticket_grant())


# Limits


def test_a_member_has_as_many_tickets_as_one_may() -> None:
    one, other = held_ticket("m1", 1), held_ticket("m1", 2)
    given = Given("drop", announced(per_member=2), OPENED)
    elsewhere = held_ticket("m1", 3, drop_id="new-year")

    for held_already in ([one, other], [other, one]):
        with pytest.raises(errors.AlreadyClaimed) as refused:
            when_claimed(given, who=claimant("m1", *held_already)).then_each_time()
        assert refused.value.particulars["ticket_id"] in {one.grant_id, other.grant_id}
    given_back = held_ticket("m1", 2, withdrawn=True)
    when_claimed(given, who=claimant("m1", one, given_back, elsewhere)).then_each_time(
        claimed("m1"), ticket_grant()
    )


def test_a_household_has_as_many_tickets_as_one_may() -> None:
    def who(tickets: int) -> Any:
        household = Household().taken.set(DROP, Taken(tickets=tickets))
        return claimant(household_id="h1", household=Household(household))

    given = Given("drop", FAMILY, OPENED)
    when_claimed(given, who=who(2)).then_refused(errors.HouseholdLimitReached(most=2))
    when_claimed(given, who=who(1)).then_each_time(
        claimed("m1"),
        ticket_grant(household_id="h1"),
        Counted(household_id="h1", drop_id=DROP, tickets=1),
    )


def test_without_a_limit_or_a_household_none_is_counted() -> None:
    when_claimed(given_drop(OPENED), who=claimant(household_id="h1")).then_each_time(
        claimed("m1"), ticket_grant()
    )
    when_claimed(Given("drop", FAMILY, OPENED)).then_each_time(claimed("m1"), ticket_grant())
