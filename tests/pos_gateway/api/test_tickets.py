from __future__ import annotations

from contextlib import closing

import pytest

from ledger.drops.events import Claimed
from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Mode, SeedRule
from pos_gateway.services import House
from tests.support.app import OFFICER
from tests.support.app_with_drop import CHEN, CHEN_CARD, DAY, GARDEN, LI, PILLOW, WANG, Hall, told


def mine(hall: Hall, member_id: str) -> dict[str, str]:
    """The status of each ticket of a member."""
    listed = hall.as_member(member_id, "GET", "/tickets").get_json()["tickets"]
    return {one["ticket"]: one["status"] for one in listed}


def test_a_member_sees_the_tickets_they_hold(any_hall: Hall) -> None:
    claimed = any_hall.claim(WANG, party=2).get_json()

    answer = any_hall.as_member(WANG, "GET", "/tickets")

    (ticket,) = answer.get_json()["tickets"]
    assert {name: ticket[name] for name in ("ticket", "drop", "item", "session", "number")} == {
        name: claimed[name] for name in ("ticket", "drop", "item", "session", "number")
    }
    assert (ticket["status"], ticket["party"], ticket["left"]) == ("held", 2, 2)
    assert ticket["returns_until"] == ticket["starts_at"]
    assert mine(any_hall, LI) == {}


def test_what_is_a_members_own_is_kept_by_no_cache(hall: Hall) -> None:
    ticket = hall.ticket(WANG)
    hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    answers = [
        hall.claim(WANG),
        hall.claim(WANG, "k2"),
        hall.as_member(WANG, "GET", "/tickets"),
        hall.as_member(WANG, "GET", f"/tickets/{ticket}/code"),
        hall.as_member(LI, "GET", f"/members/{WANG}/tickets"),
        hall.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code"),
        hall.as_member(WANG, "GET", "/drops/may-day/challenge"),
        hall.as_member(WANG, "POST", f"/tickets/{ticket}/release", {}),
        hall.ask("GET", "/tickets", key=""),
    ]

    assert {one.headers["Cache-Control"] for one in answers} == {"no-store"}


def test_a_ticket_given_back_is_there_for_others_at_once(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG)
    any_hall.claim(CHEN)
    full = any_hall.left()

    released = any_hall.release(WANG, ticket)

    assert (full, released, any_hall.left()) == (0, (200, "released"), 1)
    assert any_hall.claim(LI).status_code == 201
    assert mine(any_hall, WANG) == {ticket: "released"}


def test_who_gave_a_ticket_back_may_claim_again_and_give_it_back_but_once(hall: Hall) -> None:
    ticket = hall.ticket(WANG)
    hall.release(WANG, ticket)
    position = hall.position

    again = hall.release(WANG, ticket)
    other = hall.claim(WANG, "k2", session="afternoon")

    assert again == (200, "released")
    assert other.status_code == 201
    assert hall.position == position + 2
    assert hall.left() == 2


def test_tickets_of_one_session_are_listed_as_they_were_had(hall: Hall) -> None:
    for number in range(1, 6):
        hall.release(WANG, hall.ticket(WANG, f"k{number}"))

    tickets = hall.as_member(WANG, "GET", "/tickets").get_json()["tickets"]

    assert [ticket["number"] for ticket in tickets] == [1, 2, 3, 4, 5]


def test_who_gives_back_too_often_claims_no_more_of_the_drop(hall: Hall) -> None:
    for number in range(1, 6):
        hall.release(WANG, hall.ticket(WANG, f"k{number}"))

    refused = hall.claim(WANG, "k6")

    assert told(refused) == (409, "returned_too_often")
    assert hall.claim(LI).status_code == 201


def test_a_ticket_is_given_back_until_its_session_begins(hall: Hall) -> None:
    ticket, pillow = hall.ticket(WANG), hall.ticket(LI, **PILLOW)
    begins = hall.opens_at + 3 * DAY
    hall.pass_until(begins)

    answer = hall.as_member(WANG, "POST", f"/tickets/{ticket}/release", {})

    assert told(answer) == (409, "returns_closed")
    assert answer.get_json()["particulars"] == {"returns_until": begins.isoformat()}
    assert hall.release(LI, pillow) == (409, "returns_closed")


def test_another_members_ticket_is_neither_seen_nor_shown_nor_given_back(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG)
    position = any_hall.position

    for member_id in (LI, CHEN):
        assert mine(any_hall, member_id) == {}
        assert any_hall.release(member_id, ticket) == (404, "ticket_unknown")
        assert any_hall.release(member_id, ticket, member=WANG) == (403, "not_a_proxy")
        for path, status, reason in (
            (f"/tickets/{ticket}/code", 404, "ticket_unknown"),
            (f"/members/{WANG}/tickets", 403, "not_a_proxy"),
            (f"/members/{WANG}/tickets/{ticket}/code", 403, "not_a_proxy"),
            ("/members/nobody/tickets", 403, "not_a_proxy"),
        ):
            assert told(any_hall.as_member(member_id, "GET", path)) == (status, reason)
    assert any_hall.position == position
    assert mine(any_hall, WANG) == {ticket: "held"}


def test_a_daughter_claims_shows_and_gives_back_for_her_father(any_hall: Hall) -> None:
    any_hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)

    answer = any_hall.claim(LI, member=WANG)

    ticket = answer.get_json()["ticket"]
    facts = [fact.event for fact in any_hall.house.ledger.facts(0, 1_000)]
    (claimed,) = [event for event in facts if isinstance(event, Claimed)]
    assert answer.status_code == 201
    assert (claimed.member_id, claimed.claimed_by) == (WANG, LI)
    assert mine(any_hall, WANG) == {ticket: "held"}
    assert mine(any_hall, LI) == {}
    listed = any_hall.as_member(LI, "GET", f"/members/{WANG}/tickets").get_json()["tickets"]
    assert [one["ticket"] for one in listed] == [ticket]
    code = any_hall.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code").get_json()
    assert code["code"].startswith("HK1:")
    assert any_hall.release(LI, ticket, member=WANG) == (200, "released")


def test_who_acts_no_longer_sees_nothing_more(hall: Hall) -> None:
    hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = hall.claim(LI, member=WANG).get_json()["ticket"]
    hall.house.ledger.officers.families.end_proxy(WANG, proxy_id=LI, by=OFFICER)

    assert told(hall.as_member(LI, "GET", f"/members/{WANG}/tickets")) == (403, "not_a_proxy")
    assert hall.release(LI, ticket, member=WANG) == (403, "not_a_proxy")
    assert told(hall.claim(LI, "k2", member=WANG)) == (403, "not_a_proxy")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/drops/may-day/claims/k2", GARDEN),
        ("PUT", "/drops/may-day/waiting/w2", GARDEN),
        ("POST", "/drops/may-day/leaving", GARDEN),
        ("POST", "/drops/may-day/withdrawal", {}),
        ("GET", "/tickets", None),
        ("POST", "/tickets/{ticket}/release", {}),
        ("GET", "/tickets/{ticket}/code", None),
    ],
)
def test_a_key_that_another_process_ended_is_dead_at_once(
    any_hall: Hall, method: str, path: str, body: object
) -> None:
    ticket = any_hall.ticket(WANG)
    with closing(House(any_hall.house.settings)) as elsewhere:
        elsewhere.ledger.officers.families.end_member_key(WANG, key_id="phone", by=OFFICER)
    position = any_hall.position

    answer = any_hall.as_member(WANG, method, path.format(ticket=ticket), body)

    assert told(answer) in {(401, "key_ended"), (401, "key_refused")}
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hongka"'
    assert any_hall.position == position


def test_a_new_key_goes_on_where_the_old_one_ended(hall: Hall) -> None:
    first = hall.claim(WANG)
    hall.house.ledger.officers.families.end_member_key(WANG, key_id="phone", by=OFFICER)
    ended = hall.claim(WANG)

    hall.keys[WANG] = hall.member_key(WANG, "new-phone")
    again = hall.claim(WANG)

    assert told(ended) == (401, "key_refused")
    assert (again.status_code, again.get_data()) == (200, first.get_data())


def test_the_code_of_a_ticket_lives_as_long_as_its_session(hall: Hall) -> None:
    ticket = hall.ticket(WANG)
    ends_at = hall.opens_at + 4 * DAY

    code = hall.as_member(WANG, "GET", f"/tickets/{ticket}/code").get_json()

    assert code["expires_at"] == ends_at.isoformat().replace("+00:00", "Z")
    hall.pass_until(ends_at)
    answer = hall.as_member(WANG, "GET", f"/tickets/{ticket}/code")
    assert told(answer) == (409, "ticket_over")
    assert mine(hall, WANG) == {ticket: "over"}


def test_what_is_given_back_or_called_off_has_no_code(hall: Hall) -> None:
    released, called_off = hall.ticket(WANG), hall.ticket(LI)
    hall.release(WANG, released)
    first = hall.as_member(WANG, "GET", f"/tickets/{released}/code")

    hall.house.ledger.officers.drops.cancel_drop("may-day", reason="闭园", by=OFFICER)
    second = hall.as_member(LI, "GET", f"/tickets/{called_off}/code")

    assert told(first) == (409, "ticket_released")
    assert told(second) == (409, "drop_cancelled")
    assert mine(hall, LI) == {called_off: "cancelled"}


def test_a_ticket_stays_the_members_when_the_card_is_replaced(hall: Hall) -> None:
    ticket = hall.ticket(CHEN)
    hall.house.ledger.officers.cards.replace_card(CHEN_CARD, new_card_id="e" * 24, by=OFFICER)

    assert mine(hall, CHEN) == {ticket: "held"}
    assert hall.as_member(CHEN, "GET", f"/tickets/{ticket}/code").status_code == 200


def test_an_entry_is_listed_until_its_sessions_are_over(hall: Hall) -> None:
    day = (hall.opens_at + 3 * DAY).astimezone(CHINA).date()
    rule = SeedRule(statement="体彩排列五", source="pailie-5", day=day)
    hall.announce("lots", opens_at=hall.opens_at, mode=Mode.DRAW, seed_rule=rule)
    hall.claim(WANG, drop="lots")

    listed = hall.as_member(WANG, "GET", "/tickets").get_json()["entries"]
    hall.pass_until(hall.opens_at + 4 * DAY)
    over = hall.as_member(WANG, "GET", "/tickets").get_json()["entries"]

    assert [one["drop"] for one in listed] == ["lots"]
    assert over == []
