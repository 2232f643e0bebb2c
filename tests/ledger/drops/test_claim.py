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
from tests.support import example_drop as ex
from tests.support.given_when_then import Given, Refused

FULL = (ex.claimed("m8", 1, 3), ex.claimed("m9", 2, 3))
FAMILY = ex.announced(per_household=2, per_member=2)
GIVEN_OUT = ex.announced(mode=Mode.ALLOTMENT, waiting_max=0)
COMMON: dict[str, Any] = {"at": ex.OPENS, "today": ex.TODAY}


when_claimed = partial(
    Given.when, verb=claim.claim, asked=ex.claim_request(), who=ex.claimant(), **COMMON
)


# Taken


def test_the_first_claim_notes_that_the_drop_is_open() -> None:
    when_claimed(ex.given_drop()).then_each_time(ex.OPENED, ex.claimed("m1"), ex.ticket_grant())
    when_claimed(ex.given_drop(ex.OPENED)).then_each_time(ex.claimed("m1"), ex.ticket_grant())


@pytest.mark.parametrize("history", [(), (ex.OPENED,)])
def test_a_drop_opens_and_closes_to_the_microsecond(history: tuple[Event, ...]) -> None:
    when_claimed(ex.given_drop(*history), at=ex.OPENS - ex.MICROSECOND).then_refused(
        errors.NotOpenYet(opens_at=ex.OPENS.isoformat())
    )
    when_claimed(ex.given_drop(*history), at=ex.CLOSES).then_refused(errors.DropClosed)
    when_claimed(ex.given_drop(ex.OPENED), at=ex.CLOSES - ex.MICROSECOND).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )


def test_a_party_takes_a_place_each_and_the_ticket_admits_them() -> None:
    when_claimed(ex.given_drop(ex.OPENED), asked=ex.claim_request(party=3)).then_each_time(
        ex.claimed("m1", 1, 3), ex.ticket_grant(party=3)
    )


def test_tickets_are_numbered_and_places_counted() -> None:
    state = ex.given_drop(ex.OPENED, *FULL, ex.released("m8", 1, 3)).state

    assert (state.claims, state.slots["garden/morning"].taken) == (2, 3)
    when_claimed(
        ex.given_drop(ex.OPENED, *FULL, ex.released("m8", 1, 3)), asked=ex.claim_request("k3")
    ).then_each_time(ex.claimed("m1", 3), ex.ticket_grant("m1", 3))


def test_goods_are_one_parcel_where_the_merchant_who_honours_them_is() -> None:
    parcels = Given(
        "drop", ex.announced(ex.pillow(merchants=("hall",)), programme="care"), ex.OPENED
    )
    place = {"item_id": "pillow", "session_id": "hall"}
    facts = claim.claim(parcels.state, asked=ex.claim_request(**place), who=ex.claimant(), **COMMON)

    grant = facts[1]
    assert isinstance(grant, Made)
    assert (grant.title, grant.kind, grant.terms) == ("孝亲枕", "goods", {})
    assert (grant.rules, grant.programme) == (Rules(merchants=("hall",)), "care")


def test_who_acted_for_the_member_is_named() -> None:
    when_claimed(ex.given_drop(ex.OPENED), who=ex.claimant(acting="officer-li")).then_each_time(
        ex.claimed("m1", claimed_by="officer-li"), ex.ticket_grant()
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
    when_claimed(ex.given_drop(ex.OPENED), asked=ex.claim_request(**place)).then_refused(refusal)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (Given("drop"), errors.DropUnknown),
        (ex.given_drop(ex.OPENED, ex.CANCELLED), errors.DropCancelled),
        (ex.given_drop(ex.OPENED, ex.CLOSED), errors.DropClosed),
        (Given("drop", ex.announced(**ex.BY_LOT)), errors.NotInThisMode(mode="draw")),
        (Given("drop", GIVEN_OUT), errors.NotInThisMode(mode="allotment")),
    ],
)
def test_a_drop_that_gives_no_tickets_says_why(given: Given, refusal: Refused) -> None:
    when_claimed(given).then_refused(refusal)


@pytest.mark.parametrize(
    ("who", "audience", "refusal"),
    [
        (ex.claimant(member_id=""), {}, errors.MemberUnknown),
        (ex.claimant(card=NO_CARD), {}, errors.CardUnknown),
        (ex.claimant(card=Card("c-m1", "m1", CardStatus.BLOCKED)), {}, errors.CardBlocked),
        (ex.claimant(), {"groups": ("hardship",)}, errors.NotEligible(needs="group")),
        (ex.claimant(), {"branches": ("branch-daxing",)}, errors.NotEligible(needs="branch")),
    ],
)
def test_a_drop_is_for_members_with_a_live_card_of_its_audience(
    who: Any, audience: dict[str, Any], refusal: Refused
) -> None:
    given = Given("drop", ex.announced(audience=Audience(**audience)), ex.OPENED)

    when_claimed(given, who=who).then_refused(refusal)


def test_one_group_and_one_branch_of_those_named_will_do() -> None:
    audience = Audience(
        groups=("hardship", "model_worker"), branches=("branch-daxing", "branch-miyun")
    )

    when_claimed(Given("drop", ex.announced(audience=audience), ex.OPENED)).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )


def test_sold_out_says_what_is_left_elsewhere() -> None:
    two = ex.announced(
        ex.garden(ex.session("morning", 3), ex.session("afternoon", 2), ex.session("evening", 0)),
        ex.pillow(5, party_max=1),
    )
    over = ex.session(
        "yesterday", 9, starts_at=ex.OPENS - ex.MICROSECOND, ends_at=ex.OPENS + ex.MICROSECOND
    )
    given = Given("drop", two, ex.OPENED, ex.claimed("m9", 1, 2), ex.joined("m8", 1, 3))

    when_claimed(given, asked=ex.claim_request(party=2)).then_refused(
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
    past = Given("drop", ex.announced(ex.garden(ex.session("morning", 0), over)), ex.OPENED)
    when_claimed(past, at=ex.OPENS + ex.MICROSECOND).then_refused(
        errors.SoldOut(waiting=0, waiting_max=10, elsewhere=[])
    )


def test_there_is_no_ticket_for_a_session_that_is_over() -> None:
    given = Given("drop", ex.announced(closes_at=ex.ENDS + ex.MICROSECOND), ex.OPENED)

    when_claimed(given, at=ex.ENDS).then_refused(errors.TicketOver(ends_at=ex.ENDS.isoformat()))
    when_claimed(given, at=ex.ENDS - ex.MICROSECOND).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )


# Limits


def test_a_member_has_as_many_tickets_as_one_may() -> None:
    one, other = ex.held_ticket("m1", 1), ex.held_ticket("m1", 2)
    given = Given("drop", ex.announced(per_member=2), ex.OPENED)
    elsewhere = ex.held_ticket("m1", 3, drop_id="new-year")

    for held_already in ([one, other], [other, one]):
        with pytest.raises(errors.AlreadyClaimed) as refused:
            when_claimed(given, who=ex.claimant("m1", *held_already)).then_each_time()
        assert refused.value.particulars["ticket_id"] in {one.grant_id, other.grant_id}
    given_back = ex.held_ticket("m1", 2, withdrawn=True)
    when_claimed(given, who=ex.claimant("m1", one, given_back, elsewhere)).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )


def test_a_household_has_as_many_tickets_as_one_may() -> None:
    def who(tickets: int) -> Any:
        household = Household().taken.set(ex.DROP, Taken(tickets=tickets))
        return ex.claimant(household_id="h1", household=Household(household))

    given = Given("drop", FAMILY, ex.OPENED)
    when_claimed(given, who=who(2)).then_refused(errors.HouseholdLimitReached(most=2))
    when_claimed(given, who=who(1)).then_each_time(
        ex.claimed("m1"),
        ex.ticket_grant(household_id="h1"),
        Counted(household_id="h1", drop_id=ex.DROP, tickets=1),
    )


def test_without_a_limit_or_a_household_none_is_counted() -> None:
    when_claimed(ex.given_drop(ex.OPENED), who=ex.claimant(household_id="h1")).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )
    when_claimed(Given("drop", FAMILY, ex.OPENED)).then_each_time(
        ex.claimed("m1"), ex.ticket_grant()
    )
