"""A closed draw: the list is frozen, the numbers follow, and every winner gets a ticket."""

import json
from collections import Counter
from datetime import timedelta
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import errors
from ledger.drops import draw, rfc3797
from ledger.drops.events import Claimed, Closed, Drawn, Frozen, SeedFixed
from ledger.drops.lifecycle import amend
from ledger.drops.terms import Mode
from ledger.offers.grant import Made
from tests.support import example_draw as ex
from tests.support.given_when_then import refusing

MOMENT = timedelta(microseconds=1)


def test_the_frozen_list_commits_to_entries_and_places() -> None:
    state = ex.entered(ex.announced(), ("m1", 2), ("m2", 1), ("m3", 3))
    state = ex.drop_after(state, *draw.withdraw(state, who=ex.claimant("m2"), at=ex.OPENS))
    lines = [
        [1, draw.published_id("may-day", "m1", "e-m1"), "garden", "may-1", 2, 2],
        [2, draw.published_id("may-day", "m3", "e-m3"), "garden", "may-1", 3, 2],
    ]
    rows = [json.dumps(line, separators=(",", ":")) + "\n" for line in lines]
    text = "".join(["hongka-draw-1\n", '"may-day"\n', *rows])
    slots = (("garden", "may-1", 6), ("garden", "may-2", 3), ("pillow", "hall", 1))
    promised = sha256(text.encode()).hexdigest()

    assert draw.freeze(state, at=ex.CLOSES, today=ex.CLOSES.date()) == [
        Closed(drop_id="may-day"),
        Frozen(drop_id="may-day", entries=2, sha256=promised, places=slots),
    ]
    assert draw.freeze(ex.frozen(state), at=ex.CLOSES, today=ex.CLOSES.date()) == []


def test_the_list_is_in_the_sequence_of_coming_whoever_went() -> None:
    state = ex.entered(ex.announced(), ("m1", 1), ("m3", 1))
    state = ex.drop_after(state, *draw.withdraw(state, who=ex.claimant("m1"), at=ex.OPENS))
    state = ex.entered(state, ("m2", 2), ("m1", 3))

    assert [(one.number, one.party) for one in draw.numbered(state)] == [(1, 1), (2, 2), (3, 3)]
    assert sorted(one.number for one in state.entered.values()) == [2, 3, 4]


def test_two_members_whose_devices_made_the_same_id_have_two_entries() -> None:
    state = ex.announced()
    for member_id in ("m1", "m2"):
        facts = draw.enter(
            state,
            asked=ex.claim_request("13800138000"),
            who=ex.claimant(member_id),
            no_shows=0,
            at=ex.OPENS,
            today=ex.OPENS.date(),
        )
        state = ex.drop_after(state, *facts)

    ids = [one.entry_id for one in draw.numbered(state)]
    assert len(set(ids)) == 2
    assert not any("13800138000" in one for one in ids)


def test_no_list_is_frozen_while_it_grows() -> None:
    for at in (ex.OPENS - MOMENT, ex.OPENS, ex.CLOSES - MOMENT):
        with refusing(errors.StillOpen(closes_at=ex.CLOSES.isoformat())):
            draw.freeze(ex.announced(), at=at, today=at.date())
    with pytest.raises(errors.NotInThisMode):
        draw.freeze(
            ex.announced(mode=Mode.FIRST_COME, seed_rule=None), at=ex.CLOSES, today=ex.CLOSES.date()
        )


def test_no_list_is_frozen_once_the_numbers_may_be_known() -> None:
    on_the_day = draw.freeze(ex.announced(), at=ex.SEEDED, today=ex.SEED_DAY)
    with pytest.raises(errors.FrozenTooLate):
        draw.freeze(ex.announced(), at=ex.SEEDED, today=ex.SEED_DAY + timedelta(days=1))

    assert isinstance(on_the_day[-1], Frozen)


def test_a_list_closed_before_its_time_may_be_frozen() -> None:
    closed = ex.drop_after(ex.announced(), Closed(drop_id="may-day", reason="报名已满"))

    assert isinstance(draw.freeze(closed, at=ex.OPENS, today=ex.OPENS.date())[-1], Frozen)


def test_after_freezing_nothing_is_amended_until_it_is_drawn() -> None:
    state = ex.frozen(ex.entered(ex.announced(), ("m1", 1)))
    wider = ex.plan(items=(msgspec.structs.replace(ex.GARDEN, sessions=(ex.session("may-1", 9),)),))

    for stage in (state, ex.seeded(state)):
        with pytest.raises(errors.NotInThisMode):
            amend(stage, plan=wider, reason="多一些", at=ex.CLOSES)
        with pytest.raises(errors.DropClosed):
            ex.entered(stage, ("m2", 1), at=ex.CLOSES)
        with pytest.raises(errors.DropClosed):
            draw.withdraw(stage, who=ex.claimant(), at=ex.CLOSES)
    drawn = ex.drop_after(ex.seeded(state), Drawn(drop_id="may-day", winners=1))
    assert amend(drawn, plan=ex.plan(title="五一"), reason="改名", at=ex.CLOSES)


def test_the_numbers_are_fixed_once_the_list_is_frozen_and_the_day_has_come() -> None:
    state = ex.frozen(ex.announced())
    fixed = SeedFixed(drop_id="may-day", numbers=ex.BALLS)
    listed = [list(source) for source in ex.BALLS]

    assert draw.fix_seed(state, numbers=listed, today=ex.SEED_DAY) == [fixed]
    assert draw.fix_seed(ex.drop_after(state, fixed), numbers=ex.BALLS, today=ex.SEED_DAY) == []
    with pytest.raises(errors.SeedAlreadyFixed):
        draw.fix_seed(ex.drop_after(state, fixed), numbers=[[1]], today=ex.SEED_DAY)


def test_numbers_nobody_can_know_yet_are_not_fixed() -> None:
    with pytest.raises(errors.NotFrozen):
        draw.fix_seed(ex.announced(), numbers=ex.BALLS, today=ex.SEED_DAY)
    with refusing(errors.SeedNotYet(day="2099-04-25")):
        draw.fix_seed(
            ex.frozen(ex.announced()), numbers=ex.BALLS, today=ex.SEED_DAY - timedelta(days=1)
        )
    with pytest.raises(errors.NotInThisMode):
        draw.fix_seed(ex.announced(mode=Mode.FIRST_COME), numbers=ex.BALLS, today=ex.SEED_DAY)


@pytest.mark.parametrize("numbers", [[], [[]], [[-1]], [[2**53]], [[1]] * 17])
def test_what_cannot_be_such_numbers_is_not_fixed(numbers: list[list[int]]) -> None:
    with pytest.raises(errors.InputInvalid):
        draw.fix_seed(ex.frozen(ex.announced()), numbers=numbers, today=ex.SEED_DAY)


def test_nobody_has_won_before_the_numbers() -> None:
    with pytest.raises(errors.SeedNotFixed):
        draw.winners(ex.frozen(ex.announced()))
    with pytest.raises(errors.NotInThisMode):
        draw.winners(ex.announced(mode=Mode.FIRST_COME, seed_rule=None))
    with pytest.raises(errors.NotFrozen):
        draw.places(ex.announced())


def test_where_nobody_took_part_nobody_wins() -> None:
    assert list(ex.awarded(ex.seeded(ex.announced()))) == [[Drawn(drop_id="may-day", winners=0)]]


entries = st.lists(
    st.tuples(
        st.sampled_from(["garden/may-1", "garden/may-2", "pillow/hall"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=12,
)


@given(entries, st.integers(1, 5), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_every_winner_gets_one_ticket_and_never_more_places_than_there_are(
    wanted: list[tuple[str, int, bool]], at_once: int, numbers: list[int]
) -> None:
    state = ex.announced()
    for number, (slot, party, missed) in enumerate(wanted, 1):
        people = 1 if slot == "pillow/hall" else party
        state = ex.entered(state, (f"m{number}", people), slot=slot, no_shows=missed)
    state = ex.seeded(state, [numbers])

    turns = list(ex.awarded(state, at_once))

    facts = [fact for turn in turns for fact in turn]
    claimed = [fact for fact in facts if isinstance(fact, Claimed)]
    key = "".join(f"{one}." for one in sorted(numbers)) + "/"
    won = rfc3797.winners(draw.numbered(state), draw.places(state), key)
    assert [one.entry for one in claimed] == won == [int(one.member_id[1:]) for one in claimed]
    assert [one.number for one in claimed] == list(range(1, len(won) + 1))
    made = [(one.member_id, one.grant_id) for one in facts if isinstance(one, Made)]
    assert made == [(one.member_id, one.ticket_id) for one in claimed]
    places: Counter[str] = Counter()
    for one in claimed:
        places[one.slot] += one.places
    assert places <= Counter({"garden/may-1": 6, "garden/may-2": 3, "pillow/hall": 1})
    assert facts[-1] == Drawn(drop_id="may-day", winners=len(won))
    assert len(turns) == max(1, -(-len(won) // at_once))
    assert draw.award(ex.drop_after(state, *facts), won=draw.winners(state), who=[]) == []
