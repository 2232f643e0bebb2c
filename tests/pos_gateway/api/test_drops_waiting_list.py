"""Waiting lists of drops, and the list of drops."""

from datetime import timedelta

import msgspec
import pytest

from pos_gateway.api.drops_schema import DropBody, DropsBody
from tests.support.app import OFFICER
from tests.support.app_with_drop import CHEN, DAY, GARDEN, LI, WANG, DropApp, status_and_reason

DU = "member-du"
OFFER = timedelta(minutes=30)


def sold_out(drop_app: DropApp) -> str:
    """Sell the morning out. Return Wang's ticket."""
    ticket = drop_app.ticket(WANG)
    drop_app.claim(CHEN)
    return ticket


def test_who_waits_is_offered_what_is_given_back_and_claims_it(drop_app_any_db: DropApp) -> None:
    ticket = sold_out(drop_app_any_db)

    first = drop_app_any_db.wait(LI)
    again = drop_app_any_db.wait(LI)
    before = drop_app_any_db.as_member(LI, "GET", "/tickets").get_json()["waiting"]
    drop_app_any_db.release(WANG, ticket)
    after = drop_app_any_db.as_member(LI, "GET", "/tickets").get_json()["waiting"]

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_data() == first.get_data()
    assert [one["offered_until"] for one in before] == [None]
    assert [one["offered_until"] is not None for one in after] == [True]
    assert drop_app_any_db.left() == 0
    assert status_and_reason(drop_app_any_db.claim(WANG, "k2")) == (409, "sold_out")
    assert drop_app_any_db.claim(LI).status_code == 201
    assert drop_app_any_db.as_member(LI, "GET", "/tickets").get_json()["waiting"] == []


def test_an_offer_nobody_takes_goes_to_the_next_and_then_to_everybody(drop_app: DropApp) -> None:
    drop_app.enrol(DU, "d" * 24)
    ticket = sold_out(drop_app)
    drop_app.wait(LI)
    drop_app.wait(DU)
    drop_app.release(WANG, ticket)

    drop_app.pass_until(drop_app.now + OFFER)
    late = drop_app.claim(LI)
    (next_one,) = drop_app.as_member(DU, "GET", "/tickets").get_json()["waiting"]
    drop_app.pass_until(drop_app.now + OFFER)

    assert status_and_reason(late) == (409, "sold_out")
    assert next_one["offered_until"] is not None
    assert drop_app.left() == 1
    assert drop_app.claim(LI).status_code == 201


def test_who_looks_at_a_drop_has_a_lapsed_offer_recorded(drop_app: DropApp) -> None:
    ticket = sold_out(drop_app)
    drop_app.wait(LI)
    drop_app.release(WANG, ticket)
    drop_app.pass_until(drop_app.now + OFFER)

    assert drop_app.left() == 1

    drop = drop_app.services.ledger.state("drop-may-day")
    assert [*drop.slots["garden/morning"].waiting] == []


def test_who_waits_no_longer_is_offered_nothing(drop_app: DropApp) -> None:
    ticket = sold_out(drop_app)
    drop_app.wait(LI)

    left = drop_app.as_member(LI, "POST", "/drops/may-day/leaving", GARDEN)
    again = drop_app.as_member(LI, "POST", "/drops/may-day/leaving", GARDEN)
    drop_app.release(WANG, ticket)

    assert left.get_json() == {"done": True}
    assert status_and_reason(again) == (409, "not_waiting")
    assert drop_app.left() == 1


def test_a_daughter_waits_and_leaves_for_her_father(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    drop_app.claim(CHEN)
    drop_app.claim(LI)

    waits = drop_app.wait(LI, member=WANG)
    listed = drop_app.as_member(LI, "GET", f"/members/{WANG}/tickets").get_json()["waiting"]
    left = drop_app.as_member(LI, "POST", "/drops/may-day/leaving", {**GARDEN, "member": WANG})

    assert (waits.status_code, left.status_code) == (201, 200)
    assert [one["number"] for one in listed] == [waits.get_json()["number"]]
    assert drop_app.as_member(WANG, "GET", "/tickets").get_json()["waiting"] == []


@pytest.mark.parametrize(
    ("claims", "changed", "reason"),
    [
        (1, {}, "places_left"),
        (1, {"session": "night"}, "session_unknown"),
        (2, {"drop": "no-list"}, "no_waiting_list"),
    ],
)
def test_where_there_is_no_need_to_wait_or_no_list_it_is_said(
    drop_app: DropApp, claims: int, changed: dict[str, str], reason: str
) -> None:
    drop_app.announce("no-list", opens_at=drop_app.time(), waiting_max=0)
    for member_id in (WANG, CHEN)[:claims]:
        drop_app.claim(member_id, **changed if "drop" in changed else {})

    assert status_and_reason(drop_app.wait(LI, **changed)) == (409, reason)


def test_a_full_waiting_list_says_how_many_may_wait(drop_app: DropApp) -> None:
    drop_app.announce("small", opens_at=drop_app.time(), waiting_max=1)
    drop_app.claim(WANG, drop="small")
    drop_app.claim(CHEN, drop="small", session="afternoon")
    drop_app.enrol(DU, "d" * 24)
    drop_app.wait(LI, drop="small", session="afternoon")

    answer = drop_app.wait(DU, drop="small", session="afternoon")

    assert status_and_reason(answer) == (409, "waiting_list_full")
    assert answer.get_json()["particulars"] == {"most": 1}


def test_a_drop_says_the_time_and_what_is_left_and_may_be_cached(drop_app_any_db: DropApp) -> None:
    drop_app_any_db.claim(WANG)

    listed = drop_app_any_db.ask("GET", "/drops", key="")
    answer = drop_app_any_db.ask("GET", "/drops/may-day", key="")

    body = msgspec.json.decode(answer.get_data(), type=DropBody)
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert listed.headers["Cache-Control"] == "public, max-age=1"
    assert abs(body.server_time - drop_app_any_db.time()) < timedelta(seconds=5)
    assert [(s.session, s.capacity, s.left) for item in body.items for s in item.sessions] == [
        *(("morning", 2, 1), ("afternoon", 1, 1), ("hall", 9, 9))
    ]
    assert [one.drop for one in msgspec.json.decode(listed.get_data(), type=DropsBody).drops] == [
        "may-day"
    ]


def test_a_drop_nobody_announced_is_not_kept_by_a_cache(drop_app: DropApp) -> None:
    assert status_and_reason(drop_app.ask("GET", "/drops/no-such", key="")) == (404, "drop_unknown")


def test_the_list_begins_with_what_opens_first_and_ends_with_what_is_closed(
    drop_app: DropApp,
) -> None:
    drop_app.announce("later", opens_at=drop_app.opens_at + 5 * DAY)
    drop_app.announce("sooner", opens_at=drop_app.opens_at + 4 * DAY)
    drop_app.pass_until(drop_app.opens_at + 2 * DAY)

    listed = drop_app.ask("GET", "/drops", key="").get_json()["drops"]

    assert [one["drop"] for one in listed] == ["sooner", "later", "may-day"]


def test_what_is_over_is_listed_no_longer(drop_app: DropApp) -> None:
    drop_app.pass_until(drop_app.opens_at + 4 * DAY)

    assert drop_app.ask("GET", "/drops", key="").get_json()["drops"] == []
    assert drop_app.ask("GET", "/drops/may-day", key="").get_json()["status"] == "closed"
