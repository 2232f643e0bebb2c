from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.app import OFFICER
from tests.support.app_with_drop import CHEN, GARDEN, LI, WANG, Hall, told

DU = "member-du"
OFFER = timedelta(minutes=30)


def sold_out(hall: Hall) -> str:
    """Nothing is left of the morning; the ticket of Wang."""
    ticket = hall.ticket(WANG)
    hall.claim(CHEN)
    return ticket


def test_who_waits_is_offered_what_is_given_back_and_claims_it(any_hall: Hall) -> None:
    ticket = sold_out(any_hall)

    first = any_hall.wait(LI)
    again = any_hall.wait(LI)
    before = any_hall.as_member(LI, "GET", "/tickets").get_json()["waiting"]
    any_hall.release(WANG, ticket)
    after = any_hall.as_member(LI, "GET", "/tickets").get_json()["waiting"]

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_data() == first.get_data()
    assert [one["offered_until"] for one in before] == [None]
    assert [one["offered_until"] is not None for one in after] == [True]
    assert any_hall.left() == 0
    assert told(any_hall.claim(WANG, "k2")) == (409, "sold_out")
    assert any_hall.claim(LI).status_code == 201
    assert any_hall.as_member(LI, "GET", "/tickets").get_json()["waiting"] == []


def test_an_offer_nobody_takes_goes_to_the_next_and_then_to_everybody(hall: Hall) -> None:
    hall.enrol(DU, "d" * 24)
    ticket = sold_out(hall)
    hall.wait(LI)
    hall.wait(DU)
    hall.release(WANG, ticket)

    hall.pass_until(hall.now + OFFER)
    late = hall.claim(LI)
    (next_one,) = hall.as_member(DU, "GET", "/tickets").get_json()["waiting"]
    hall.pass_until(hall.now + OFFER)

    assert told(late) == (409, "sold_out")
    assert next_one["offered_until"] is not None
    assert hall.left() == 1
    assert hall.claim(LI).status_code == 201


def test_who_waits_no_longer_is_offered_nothing(hall: Hall) -> None:
    ticket = sold_out(hall)
    hall.wait(LI)

    left = hall.as_member(LI, "POST", "/drops/may-day/leaving", GARDEN)
    again = hall.as_member(LI, "POST", "/drops/may-day/leaving", GARDEN)
    hall.release(WANG, ticket)

    assert left.get_json() == {"done": True}
    assert told(again) == (409, "not_waiting")
    assert hall.left() == 1


def test_a_daughter_waits_and_leaves_for_her_father(hall: Hall) -> None:
    hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    hall.claim(CHEN)
    hall.claim(LI)

    waits = hall.wait(LI, member=WANG)
    listed = hall.as_member(LI, "GET", f"/members/{WANG}/tickets").get_json()["waiting"]
    left = hall.as_member(LI, "POST", "/drops/may-day/leaving", {**GARDEN, "member": WANG})

    assert (waits.status_code, left.status_code) == (201, 200)
    assert [one["number"] for one in listed] == [waits.get_json()["number"]]
    assert hall.as_member(WANG, "GET", "/tickets").get_json()["waiting"] == []


@pytest.mark.parametrize(
    ("claims", "changed", "reason"),
    [
        (1, {}, "places_left"),
        (1, {"session": "night"}, "session_unknown"),
        (2, {"drop": "no-list"}, "no_waiting_list"),
    ],
)
def test_where_there_is_no_need_to_wait_or_no_list_it_is_said(
    hall: Hall, claims: int, changed: dict[str, str], reason: str
) -> None:
    hall.announce("no-list", opens_at=hall.time(), waiting_max=0)
    for member_id in (WANG, CHEN)[:claims]:
        hall.claim(member_id, **changed if "drop" in changed else {})

    assert told(hall.wait(LI, **changed)) == (409, reason)


def test_a_full_waiting_list_says_how_many_may_wait(hall: Hall) -> None:
    hall.announce("small", opens_at=hall.time(), waiting_max=1)
    hall.claim(WANG, drop="small")
    hall.claim(CHEN, drop="small", session="afternoon")
    hall.enrol(DU, "d" * 24)
    hall.wait(LI, drop="small", session="afternoon")

    answer = hall.wait(DU, drop="small", session="afternoon")

    assert told(answer) == (409, "waiting_list_full")
    assert answer.get_json()["particulars"] == {"most": 1}
