"""Waiting lists: joined when sold out, left, with offers that pass on by the clock."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.drops import events, lifecycle, waiting_list
from ledger.drops.state import Drop
from ledger.drops.terms import Mode
from ledger.write.state_batch import SNAPSHOT_EVERY, is_due, snapshot_state, snapshot_text
from ledger.write.state_cache import VersionedState
from tests.support.example_drop import (
    BY_LOT,
    CANCELLED,
    CLOSED,
    CLOSES,
    ENDS,
    MICROSECOND,
    MORNING,
    OFFER_MINUTES,
    OPENED,
    OPENS,
    SLOT,
    TODAY,
    after_opening,
    announced,
    claim_request,
    claimant,
    claimed,
    garden,
    given_drop,
    held_ticket,
    joined,
    lapsed,
    left,
    offered,
    released,
    session,
)
from tests.support.given_when_then import Given, Refused

TEN = timedelta(minutes=10)
FULL = (claimed("m8", 1, 3), claimed("m9", 2, 3))
DRAWN = events.Drawn(drop_id=SLOT["drop_id"], winners=2)


joining = {"asked": claim_request(), "who": claimant(), "at": OPENS, "today": TODAY}
leaving = {"item_id": "garden", "session_id": "morning", "member_id": "m2"}
when_joined = partial(Given.when, verb=waiting_list.join, **joining)
when_left = partial(Given.when, verb=waiting_list.leave, **leaving, at=after_opening(5))


# Joined


def test_a_member_waits_for_a_session_that_is_sold_out() -> None:
    when_joined(given_drop(OPENED, *FULL)).then_each_time(joined("m1"))
    when_joined(
        given_drop(OPENED, *FULL, joined("m2")), asked=claim_request(party=3)
    ).then_each_time(joined("m1", 2, 3))
    when_joined(given_drop(OPENED, *FULL, joined("m2"), left("m2"))).then_each_time(joined("m1", 2))


def test_a_party_waits_where_fewer_places_are_left_than_it_needs() -> None:
    given = given_drop(OPENED, claimed("m8", 1, 3), claimed("m9", 2, 2))

    when_joined(given, asked=claim_request(party=2)).then_each_time(joined("m1", 1, 2))
    when_joined(given).then_refused(errors.PlacesLeft(left=1))


def test_after_the_drop_closed_a_member_still_waits_but_nothing_is_left_to_claim() -> None:
    when_joined(given_drop(*FULL, OPENED), at=CLOSES).then_each_time(CLOSED, joined("m1"))
    when_joined(given_drop(OPENED, claimed("m8")), at=CLOSES).then_refused(errors.DropClosed)


def test_what_lapsed_unnoticed_is_noted_by_who_comes_to_wait() -> None:
    history = (OPENED, *FULL, joined("m2"), joined("m3", 2), released("m8", 1, 3))
    offers = (offered("m2", 0), offered("m3", 0))

    when_joined(
        given_drop(*history, *offers), asked=claim_request(party=3), at=after_opening(OFFER_MINUTES)
    ).then_refused(errors.PlacesLeft(left=3))
    when_joined(
        given_drop(OPENED, *FULL, joined("m2"), joined("m3", 2), released("m8", 1, 1), offers[0]),
        at=after_opening(OFFER_MINUTES),
    ).then_each_time(lapsed("m2"), offered("m3", OFFER_MINUTES), joined("m1", 3))


@pytest.mark.parametrize(
    ("given", "changed", "refusal"),
    [
        (Given("drop"), {}, errors.DropUnknown),
        (given_drop(OPENED, CANCELLED), {}, errors.DropCancelled),
        (
            Given("drop", announced(mode=Mode.ALLOTMENT, waiting_max=0)),
            {},
            errors.NotInThisMode(mode="allotment"),
        ),
        (given_drop(), {"asked": claim_request(item_id="x")}, errors.SessionUnknown),
        (given_drop(), {"asked": claim_request(party=4)}, errors.PartyTooLarge(most=3)),
        (given_drop(), {"at": OPENS - MICROSECOND}, errors.NotOpenYet(opens_at=OPENS.isoformat())),
        (given_drop(OPENED, *FULL), {"at": ENDS}, errors.NoWaitingList),
        (Given("drop", announced(**BY_LOT), OPENED), {}, errors.NoWaitingList),
        (Given("drop", announced(waiting_max=0), OPENED, *FULL), {}, errors.NoWaitingList),
        (
            Given("drop", announced(waiting_max=1), OPENED, *FULL, joined("m2")),
            {},
            errors.WaitingListFull(most=1),
        ),
        (given_drop(OPENED, *FULL), {"who": claimant(member_id="")}, errors.MemberUnknown),
        (
            given_drop(OPENED, *FULL),
            {"who": claimant("m1", held_ticket())},
            errors.AlreadyClaimed(ticket_id=held_ticket().grant_id),
        ),
        (given_drop(OPENED, *FULL, joined("m1")), {}, errors.AlreadyWaiting),
    ],
)
def test_who_does_not_wait_is_told_why(
    given: Given, changed: dict[str, Any], refusal: Refused
) -> None:
    when_joined(given, **changed).then_refused(refusal)


def test_once_a_draw_is_drawn_members_wait_for_what_winners_give_back() -> None:
    drawn = Given("drop", announced(**BY_LOT), OPENED, CLOSED, *FULL, DRAWN)

    when_joined(drawn, at=CLOSES).then_each_time(joined("m1"))


# Left


def test_what_a_draw_left_over_is_offered_at_once_to_who_comes_to_wait() -> None:
    drawn = Given("drop", announced(**BY_LOT), OPENED, CLOSED, DRAWN)

    when_joined(drawn, at=CLOSES).then_each_time(
        joined("m1"),
        events.Offered(member_id="m1", since=CLOSES, until=CLOSES + timedelta(minutes=30), **SLOT),
    )


def test_who_leaves_waits_no_longer() -> None:
    when_left(given_drop(OPENED, *FULL, joined("m2"))).then_each_time(left("m2"))


def test_who_leaves_lets_the_next_have_what_was_kept() -> None:
    given = given_drop(OPENED, claimed("m8", 1, 5), joined("m2"), joined("m3", 2), offered("m2", 0))

    when_left(given).then_each_time(left("m2"), offered("m3", 5))


@pytest.mark.parametrize(
    ("given", "changed", "refusal"),
    [
        (Given("drop"), {}, errors.DropUnknown),
        (given_drop(CANCELLED), {}, errors.DropCancelled),
        (given_drop(OPENED), {"session_id": "midnight"}, errors.SessionUnknown),
        (given_drop(OPENED), {}, errors.NotWaiting),
        (
            given_drop(OPENED, claimed("m8", 1, 5), joined("m2"), offered("m2", 0)),
            {"at": after_opening(OFFER_MINUTES)},
            errors.NotWaiting,
        ),
    ],
)
def test_who_does_not_wait_cannot_leave(
    given: Given, changed: dict[str, Any], refusal: type[errors.Refusal]
) -> None:
    when_left(given, **changed).then_refused(refusal)


# The largest state


def test_a_drop_with_all_it_holds_comes_back_from_its_snapshot() -> None:
    entered = events.Entered(
        member_id="m1", entry_id="k1", number=1, party=2, places=2, weight=2, **SLOT
    )
    state = Given(
        "drop",
        announced(garden(session(), session("afternoon")), **BY_LOT, per_household=2),
        OPENED,
        entered,
        *FULL,
        joined("m2"),
        joined("m3", 2),
        offered("m2", 0),
    ).state

    again = snapshot_state(snapshot_text(state, "ours"), Drop, "ours")

    assert again == state
    assert (state.size, len(state.entered), state.lots) == (3, 1, 2)
    assert lifecycle.promotions(again, MORNING, CLOSES) == lifecycle.promotions(
        state, MORNING, CLOSES
    )


def snapshots(size: int, facts: int) -> int:
    """Return the number of due snapshots of a drop with `size` names over `facts` events."""
    queue = [joined(f"m{number}", number) for number in range(1, size + 1)]
    state = Given("drop", announced(waiting_max=5_000), OPENED, *queue).state
    kept: list[int] = [0]
    for version in range(1, facts + 1):
        if is_due(VersionedState(version, state, kept[-1])):
            kept.append(version)
    return len(kept) - 1


@pytest.mark.parametrize(("size", "due"), [(0, 10), (1_000, 10), (2_500, 8), (5_000, 4)])
def test_what_holds_many_by_name_is_written_down_as_much_more_seldom(size: int, due: int) -> None:
    assert SNAPSHOT_EVERY == 1_000

    assert snapshots(size, 10_000) == due


def test_a_member_waits_for_so_many_sessions_and_no_more() -> None:
    names = [f"slot-{number}" for number in range(waiting_list.WAITS_MAX + 1)]
    sold_out = announced(garden(*(session(name, 0) for name in names)))
    waits = [
        joined("m1", number, session_id=name) for number, name in enumerate(names[:-1], start=1)
    ]
    given = Given("drop", sold_out, OPENED, *waits)

    when_joined(given, asked=claim_request(session_id=names[-1])).then_refused(
        errors.WaitingElsewhere(most=waiting_list.WAITS_MAX)
    )
    when_joined(
        given, asked=claim_request(session_id=names[-1]), who=claimant("m2")
    ).then_each_time(joined("m2", waiting_list.WAITS_MAX + 1, session_id=names[-1]))
