"""A whole draw on a real ledger: entries, the list, the numbers, the tickets."""

from contextlib import closing
from datetime import timedelta

import pytest
from msgspec.structs import replace

from ledger import errors
from ledger.application import Ledger
from ledger.drops import draw, rfc3797
from ledger.drops.events import Claimed, Closed, Entered, Frozen, SeedFixed
from ledger.members.authorization import Principal
from ledger.services.officers import draws
from ledger.services.ticket_use import Shown
from tests.support import example_draw as ex
from tests.support.furnished_ledger import Furnish
from tests.support.ledger_fixture import event_count, ledger_of_any_time


def furnish(ledger: Ledger) -> None:
    """Announce a draw that many want to be in."""
    ex.populate(ledger, ex.MEMBERS)


@pytest.fixture
def furnishing() -> Furnish:
    return furnish


def test_whoever_entered_once_is_answered_again_and_not_twice_in_the_list(ledger: Ledger) -> None:
    first = ex.take(ledger, "m1", ex.claim_request("e1"))
    again = ledger.members.claims.claim(ex.claim_request("e1"), Principal(member_id="m1"))

    assert isinstance(first, Entered)
    assert (again.event, again.replayed) == (first, True)
    with pytest.raises(errors.AlreadyEntered):
        ex.take(ledger, "m1", ex.claim_request("e2"))
    with pytest.raises(errors.RequestReused):
        ex.take(ledger, "m1", ex.claim_request("e1", party=2))


def test_who_withdrew_may_enter_again(ledger: Ledger) -> None:
    ex.take(ledger, "m1")
    ledger.members.claims.withdraw_entry("may-day", Principal(member_id="m1"))
    ex.take(ledger, "m1", ex.claim_request("e2"))

    assert ledger.state("drop-may-day").entered["m1"].entry_id == "e2"


def test_who_did_not_come_last_time_has_half_the_lots_this_time(ledger: Ledger) -> None:
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))
    missed = sorted(ex.tickets(ledger))
    june = ex.MAY_DAY + timedelta(days=31)
    items = (replace(ex.GARDEN, sessions=(ex.session("may-1", 6, days=31),)),)
    rule = replace(ex.RULE, day=june.date() - timedelta(days=1))
    opens, closes = ex.MAY_DAY + timedelta(days=9), june - timedelta(days=9)
    terms = ex.plan(items=items, opens_at=opens, closes_at=closes, seed_rule=rule)
    ledger.officers.drops.announce_drop("june", plan=terms, at=ex.MAY_DAY + timedelta(days=8))
    for number in range(ex.MEMBERS):
        ex.take(ledger, f"m{number}", replace(ex.claim_request("june"), drop_id="june"), at=opens)

    entered = ledger.state("drop-june").entered
    assert {name for name, entry in entered.items() if entry.weight == 1} == set(missed)
    assert {entry.weight for entry in entered.values()} == {1, 2}


def test_an_award_interrupted_goes_on_where_it_stopped(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "AWARDED_AT_ONCE", 1)
    with closing(ledger_of_any_time(database_url)) as ledger:
        ex.populate(ledger, ex.MEMBERS)
        ex.close_draw(ledger)
        award = ledger.officers.draws.award("may-day", by="officer-1")
        assert (next(award), next(award)) == (1, 2)
        half = ex.tickets(ledger)
    with pytest.raises(errors.Busy):
        next(award)

    with (
        closing(ledger_of_any_time(database_url)) as ledger,
        closing(ledger_of_any_time(database_url)) as other,
    ):
        assert ex.tickets(ledger) == half
        assert len(half) == 2
        ledger.confirm_clock()  # the day of the draw is to come
        there, here = (
            ledger.officers.draws.award("may-day", by="officer-1"),
            other.officers.draws.award("may-day", by="o"),
        )
        assert (next(there), next(here)) == (3, 4)
        list(here)
        list(there)

        won = [one.member_id for _number, one in draw.winners(ledger.state("drop-may-day"))]
        assert sorted(ex.tickets(ledger)) == sorted(won)
        claimed = [
            one.event.member_id for one in ledger.facts(0, 10_000) if isinstance(one.event, Claimed)
        ]
        assert claimed == won
        before = event_count(ledger)
        assert list(ledger.officers.draws.award("may-day", by="officer-1")) == [len(won)]
        assert event_count(ledger) == before
        assert rfc3797.verify(ledger.officers.draws.published_draw("may-day")) == []


def test_a_draw_called_off_gives_no_more_tickets(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "AWARDED_AT_ONCE", 1)
    ex.close_draw(ledger)
    award = ledger.officers.draws.award("may-day", by="officer-1")
    next(award)
    ledger.officers.drops.cancel_drop("may-day", reason="暴雨")

    with pytest.raises(errors.DropCancelled):
        next(award)
    assert len(ex.tickets(ledger)) == 1


def test_freezing_answers_what_was_committed_to(ledger: Ledger) -> None:
    ex.enter_all(ledger)

    first = ledger.officers.draws.freeze_entries(
        "may-day", by="o", at=ex.CLOSES, request_id="office/1"
    )

    assert isinstance(first, Frozen)
    assert first.entries == ex.MEMBERS
    assert (
        ledger.officers.draws.freeze_entries("may-day", by="o", at=ex.CLOSES, request_id="office/1")
        == first
    )
    assert ledger.officers.draws.freeze_entries("may-day", by="o", at=ex.CLOSES) is None
    facts = [one.event for one in ledger.facts(event_count(ledger) - 2, 2)]
    assert facts == [Closed(drop_id="may-day"), first]


def test_the_numbers_wait_for_their_day_in_beijing(ledger: Ledger) -> None:
    ledger.officers.draws.freeze_entries("may-day", by="o", at=ex.CLOSES)
    midnight = ex.CLOSES.replace(hour=16)

    with pytest.raises(errors.SeedNotYet):
        ledger.officers.draws.fix_seed(
            "may-day", numbers=ex.BALLS, by="o", at=midnight - timedelta(microseconds=1)
        )
    fixed = ledger.officers.draws.fix_seed("may-day", numbers=ex.BALLS, by="o", at=midnight)
    assert fixed == SeedFixed(drop_id="may-day", numbers=ex.BALLS)


def test_a_winner_goes_in(ledger: Ledger) -> None:
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))
    member_id, ticket_id = min(ex.tickets(ledger).items())
    shown = Shown(**ex.GATE, card_id=member_id.replace("m", "c"), ticket_id=ticket_id)

    assert ledger.tills.ticket_use.use("u1", shown, at=ex.MAY_DAY).left == 0


def test_who_entered_first_is_answered_so_even_once_drawn(ledger: Ledger) -> None:
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))

    for number in range(ex.MEMBERS):
        again = ledger.members.claims.claim(
            ex.claim_request("e", party=ex.party(number)), Principal(member_id=f"m{number}")
        )
        assert isinstance(again.event, Entered)
        assert again.replayed
    loser = next(n for n in range(ex.MEMBERS) if f"m{n}" not in ex.tickets(ledger))
    with pytest.raises(errors.NotInThisMode):
        ex.take(ledger, f"m{loser}", ex.claim_request("late"), at=ex.OPENS)
