"""An allotment gives everybody in the group one; and early rejections are counted."""

from datetime import date, timedelta

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.drops.claim import ticket_id
from ledger.drops.events import Claimed, Opened
from ledger.drops.terms import Audience, Mode
from ledger.event import Event
from ledger.offers.grant import Made
from ledger.redemptions.refusal import TurnedAway
from tests.support.example_draw import (
    CLOSES,
    OPENS,
    PILLOW,
    claim_request,
    plan,
    populate,
    session,
    take,
)
from tests.support.furnished_ledger import Furnish
from tests.support.ledger_fixture import event_count

RIDERS = 3
ITEM = msgspec.structs.replace(PILLOW, title="清凉包", sessions=(session("hall", RIDERS - 1),))
PARCEL = claim_request("cooling", "pillow/hall")
MOMENT = timedelta(microseconds=1)
LATER = OPENS + timedelta(days=1)


def furnish(ledger: Ledger) -> None:
    """Announce parcels against the heat for riders, one fewer than there are riders."""
    populate(
        ledger,
        RIDERS,
        mode=Mode.ALLOTMENT,
        seed_rule=None,
        items=(ITEM,),
        audience=Audience(groups=("rider",)),
    )
    ledger.officers.cards.register_member("clerk", branch="branch-miyun")
    ledger.officers.cards.issue_card("c-clerk", member_id="clerk")


@pytest.fixture
def furnishing() -> Furnish:
    return furnish


def give(ledger: Ledger, member_id: str, claim_id: str = "cooling") -> Event | None:
    one = msgspec.structs.replace(PARCEL, claim_id=claim_id)
    return ledger.officers.drops.allot(one, member_id=member_id, by="officer-1", at=OPENS)


def test_a_member_of_the_group_gets_one_from_an_officer(ledger: Ledger) -> None:
    first = give(ledger, "m0")

    assert isinstance(first, Claimed)
    assert (first.member_id, first.claimed_by) == ("m0", "officer-1")
    ticket = ticket_id("may-day", "m0", "cooling")
    assert ledger.grants("m0").held[ticket].title == "清凉包"
    opened, claimed, made = ledger.facts(event_count(ledger) - 3, 3)
    assert (opened.event, claimed.event) == (Opened(drop_id="may-day"), first)
    assert isinstance(made.event, Made)
    assert (claimed.by, claimed.request_id) == ("officer-1", "allot/may-day/m0/cooling")


def test_asked_again_nobody_gets_a_second(ledger: Ledger) -> None:
    give(ledger, "m0")
    before = event_count(ledger)

    assert give(ledger, "m0") is None
    assert give(ledger, "m0", "another") is None
    assert ledger.officers.drops.allot(PARCEL, member_id="m0", by="officer-2", at=OPENS) is None
    assert event_count(ledger) == before
    with pytest.raises(errors.RequestReused):
        ledger.officers.drops.allot(
            msgspec.structs.replace(PARCEL, party=2), member_id="m0", by="officer-1", at=OPENS
        )


def test_next_summer_the_same_claim_id_serves_again(ledger: Ledger) -> None:
    give(ledger, "m0")
    summer = ledger.state("drop-may-day").plan
    ledger.officers.drops.announce_drop(
        "next", plan=msgspec.structs.replace(summer, opens_at=LATER)
    )
    again = msgspec.structs.replace(PARCEL, drop_id="next")

    assert ledger.officers.drops.allot(again, member_id="m0", by="officer-1", at=LATER)


def test_everybody_gets_one_while_there_are_any(ledger: Ledger) -> None:
    for number in range(RIDERS - 1):
        assert give(ledger, f"m{number}")

    with pytest.raises(errors.SoldOut):
        give(ledger, f"m{RIDERS - 1}")
    assert ledger.state("drop-may-day").slots["pillow/hall"].left == 0


def test_who_is_not_of_the_group_gets_none(ledger: Ledger) -> None:
    with pytest.raises(errors.NotEligible):
        give(ledger, "clerk")
    with pytest.raises(errors.MemberUnknown):
        give(ledger, "nobody")
    ledger.officers.cards.block_card("c1")
    with pytest.raises(errors.CardBlocked):
        give(ledger, "m1")


def test_what_is_allotted_is_not_grabbed(ledger: Ledger) -> None:
    with pytest.raises(errors.NotInThisMode):
        take(ledger, "m0", PARCEL)


@pytest.mark.parametrize("mode", [Mode.FIRST_COME, Mode.DRAW])
def test_what_is_grabbed_or_drawn_is_not_allotted(ledger: Ledger, mode: Mode) -> None:
    rule = plan().seed_rule if mode is Mode.DRAW else None
    ledger.officers.drops.announce_drop(
        "other", plan=plan(mode=mode, seed_rule=rule), at=OPENS - MOMENT
    )
    other = msgspec.structs.replace(PARCEL, drop_id="other")

    with pytest.raises(errors.NotInThisMode):
        ledger.officers.drops.allot(other, member_id="m0", by="officer-1", at=OPENS)


def test_nothing_is_allotted_before_it_opens_and_after_it_closes(ledger: Ledger) -> None:
    with pytest.raises(errors.NotOpenYet):
        ledger.officers.drops.allot(PARCEL, member_id="m0", by="officer-1", at=OPENS - MOMENT)
    with pytest.raises(errors.DropClosed):
        ledger.officers.drops.allot(PARCEL, member_id="m0", by="officer-1", at=CLOSES)


def test_who_was_turned_away_is_counted_by_the_day_of_the_rules(ledger: Ledger) -> None:
    at = OPENS.replace(hour=16)
    ledger.officers.drops.count_rejected_early(
        "may-day", at=at, counts={"sold_out": 731, "drop_closed": 2}
    )

    fact = ledger.facts(event_count(ledger) - 1, 1)[0]
    assert fact.event == TurnedAway(
        drop_id="may-day", at=at, day=date(2099, 4, 21), counts={"sold_out": 731, "drop_closed": 2}
    )
    assert (fact.by, fact.stream) == ("system", "refusal-drop-may-day-2099-04-21")
    assert ledger.state(fact.stream).count == 733
