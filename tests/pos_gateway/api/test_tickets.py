from contextlib import closing

import pytest

from ledger.drops.events import Claimed
from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Mode, SeedRule
from pos_gateway.services import Services
from tests.support.app import OFFICER
from tests.support.app_with_drop import (
    CHEN,
    CHEN_CARD,
    DAY,
    GARDEN,
    LI,
    PILLOW,
    WANG,
    DropApp,
    status_and_reason,
)


def mine(drop_app: DropApp, member_id: str) -> dict[str, str]:
    """Return the status of each ticket of a member."""
    listed = drop_app.as_member(member_id, "GET", "/tickets").get_json()["tickets"]
    return {one["ticket"]: one["status"] for one in listed}


def test_a_member_sees_the_tickets_they_hold(drop_app_any_db: DropApp) -> None:
    claimed = drop_app_any_db.claim(WANG, party=2).get_json()

    answer = drop_app_any_db.as_member(WANG, "GET", "/tickets")

    (ticket,) = answer.get_json()["tickets"]
    assert {name: ticket[name] for name in ("ticket", "drop", "item", "session", "number")} == {
        name: claimed[name] for name in ("ticket", "drop", "item", "session", "number")
    }
    assert (ticket["status"], ticket["party"], ticket["left"]) == ("held", 2, 2)
    assert ticket["returns_until"] == ticket["starts_at"]
    assert mine(drop_app_any_db, LI) == {}


def test_what_is_a_members_own_is_kept_by_no_cache(drop_app: DropApp) -> None:
    ticket = drop_app.ticket(WANG)
    drop_app.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    answers = [
        drop_app.claim(WANG),
        drop_app.claim(WANG, "k2"),
        drop_app.as_member(WANG, "GET", "/tickets"),
        drop_app.as_member(WANG, "GET", f"/tickets/{ticket}/code"),
        drop_app.as_member(LI, "GET", f"/members/{WANG}/tickets"),
        drop_app.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code"),
        drop_app.as_member(WANG, "GET", "/drops/may-day/challenge"),
        drop_app.as_member(WANG, "POST", f"/tickets/{ticket}/release", {}),
        drop_app.ask("GET", "/tickets", key=""),
    ]

    assert {one.headers["Cache-Control"] for one in answers} == {"no-store"}


def test_a_ticket_given_back_is_there_for_others_at_once(drop_app_any_db: DropApp) -> None:
    ticket = drop_app_any_db.ticket(WANG)
    drop_app_any_db.claim(CHEN)
    full = drop_app_any_db.left()

    released = drop_app_any_db.release(WANG, ticket)

    assert (full, released, drop_app_any_db.left()) == (0, (200, "released"), 1)
    assert drop_app_any_db.claim(LI).status_code == 201
    assert mine(drop_app_any_db, WANG) == {ticket: "released"}
    again = drop_app_any_db.claim(WANG)
    assert (again.status_code, again.get_json()["ticket"], again.get_json()["released"]) == (
        *(200, ticket, True),
    )


def test_who_gave_a_ticket_back_may_claim_again_and_give_it_back_but_once(
    drop_app: DropApp,
) -> None:
    ticket = drop_app.ticket(WANG)
    drop_app.release(WANG, ticket)
    position = drop_app.position

    again = drop_app.release(WANG, ticket)
    other = drop_app.claim(WANG, "k2", session="afternoon")

    assert again == (200, "released")
    assert other.status_code == 201
    assert drop_app.position == position + 2
    assert drop_app.left() == 2


def test_tickets_of_one_session_are_listed_as_they_were_had(drop_app: DropApp) -> None:
    for number in range(1, 6):
        drop_app.release(WANG, drop_app.ticket(WANG, f"k{number}"))

    tickets = drop_app.as_member(WANG, "GET", "/tickets").get_json()["tickets"]

    assert [ticket["number"] for ticket in tickets] == [1, 2, 3, 4, 5]


def test_who_gives_back_too_often_claims_no_more_of_the_drop(drop_app: DropApp) -> None:
    for number in range(1, 6):
        drop_app.release(WANG, drop_app.ticket(WANG, f"k{number}"))

    refused = drop_app.claim(WANG, "k6")

    assert status_and_reason(refused) == (409, "returned_too_often")
    assert drop_app.claim(LI).status_code == 201


def test_a_ticket_is_given_back_until_its_session_begins(drop_app: DropApp) -> None:
    ticket, pillow = drop_app.ticket(WANG), drop_app.ticket(LI, **PILLOW)
    begins = drop_app.opens_at + 3 * DAY
    drop_app.pass_until(begins)

    answer = drop_app.as_member(WANG, "POST", f"/tickets/{ticket}/release", {})

    assert status_and_reason(answer) == (409, "returns_closed")
    assert answer.get_json()["particulars"] == {"returns_until": begins.isoformat()}
    assert drop_app.release(LI, pillow) == (409, "returns_closed")


def test_another_members_ticket_is_neither_seen_nor_shown_nor_given_back(
    drop_app_any_db: DropApp,
) -> None:
    ticket = drop_app_any_db.ticket(WANG)
    position = drop_app_any_db.position

    for member_id in (LI, CHEN):
        assert mine(drop_app_any_db, member_id) == {}
        assert drop_app_any_db.release(member_id, ticket) == (404, "ticket_unknown")
        assert drop_app_any_db.release(member_id, ticket, member=WANG) == (403, "not_a_proxy")
        for path, status, reason in (
            (f"/tickets/{ticket}/code", 404, "ticket_unknown"),
            (f"/members/{WANG}/tickets", 403, "not_a_proxy"),
            (f"/members/{WANG}/tickets/{ticket}/code", 403, "not_a_proxy"),
            ("/members/nobody/tickets", 403, "not_a_proxy"),
        ):
            assert status_and_reason(drop_app_any_db.as_member(member_id, "GET", path)) == (
                status,
                reason,
            )
    assert drop_app_any_db.position == position
    assert mine(drop_app_any_db, WANG) == {ticket: "held"}


def test_a_daughter_claims_shows_and_gives_back_for_her_father(drop_app_any_db: DropApp) -> None:
    drop_app_any_db.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)

    answer = drop_app_any_db.claim(LI, member=WANG)

    ticket = answer.get_json()["ticket"]
    (claimed,) = drop_app_any_db.events(Claimed)
    assert answer.status_code == 201
    assert (claimed.member_id, claimed.claimed_by) == (WANG, LI)
    assert mine(drop_app_any_db, WANG) == {ticket: "held"}
    assert mine(drop_app_any_db, LI) == {}
    listed = drop_app_any_db.as_member(LI, "GET", f"/members/{WANG}/tickets").get_json()["tickets"]
    assert [one["ticket"] for one in listed] == [ticket]
    code = drop_app_any_db.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code").get_json()
    assert code["code"].startswith("HK1:")
    assert drop_app_any_db.release(LI, ticket, member=WANG) == (200, "released")


def test_who_acts_no_longer_sees_nothing_more(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = drop_app.claim(LI, member=WANG).get_json()["ticket"]
    drop_app.services.ledger.officers.families.end_proxy(WANG, proxy_id=LI, by=OFFICER)

    assert status_and_reason(drop_app.as_member(LI, "GET", f"/members/{WANG}/tickets")) == (
        403,
        "not_a_proxy",
    )
    assert drop_app.release(LI, ticket, member=WANG) == (403, "not_a_proxy")
    assert status_and_reason(drop_app.claim(LI, "k2", member=WANG)) == (403, "not_a_proxy")


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
    drop_app_any_db: DropApp, method: str, path: str, body: object
) -> None:
    ticket = drop_app_any_db.ticket(WANG)
    with closing(Services(drop_app_any_db.services.settings)) as elsewhere:
        elsewhere.ledger.officers.families.end_member_key(WANG, key_id="phone", by=OFFICER)
    position = drop_app_any_db.position

    answer = drop_app_any_db.as_member(WANG, method, path.format(ticket=ticket), body)

    assert status_and_reason(answer) in {(401, "key_ended"), (401, "key_refused")}
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hongka"'
    assert drop_app_any_db.position == position


def test_a_new_key_goes_on_where_the_old_one_ended(drop_app: DropApp) -> None:
    first = drop_app.claim(WANG)
    drop_app.services.ledger.officers.families.end_member_key(WANG, key_id="phone", by=OFFICER)
    ended = drop_app.claim(WANG)

    drop_app.keys[WANG] = drop_app.member_key(WANG, "new-phone")
    again = drop_app.claim(WANG)

    assert status_and_reason(ended) == (401, "key_refused")
    assert (again.status_code, again.get_data()) == (200, first.get_data())


def test_the_code_of_a_ticket_lives_as_long_as_its_session(drop_app: DropApp) -> None:
    ticket = drop_app.ticket(WANG)
    ends_at = drop_app.opens_at + 4 * DAY

    code = drop_app.as_member(WANG, "GET", f"/tickets/{ticket}/code").get_json()

    assert code["expires_at"] == ends_at.isoformat().replace("+00:00", "Z")
    drop_app.pass_until(ends_at)
    answer = drop_app.as_member(WANG, "GET", f"/tickets/{ticket}/code")
    assert status_and_reason(answer) == (409, "ticket_over")
    assert mine(drop_app, WANG) == {ticket: "over"}


def test_what_is_given_back_or_called_off_has_no_code(drop_app: DropApp) -> None:
    released, called_off = drop_app.ticket(WANG), drop_app.ticket(LI)
    drop_app.release(WANG, released)
    first = drop_app.as_member(WANG, "GET", f"/tickets/{released}/code")

    drop_app.services.ledger.officers.drops.cancel_drop("may-day", reason="闭园")
    second = drop_app.as_member(LI, "GET", f"/tickets/{called_off}/code")

    assert status_and_reason(first) == (409, "ticket_released")
    assert status_and_reason(second) == (409, "drop_cancelled")
    assert mine(drop_app, LI) == {called_off: "cancelled"}


def test_a_ticket_stays_the_members_when_the_card_is_replaced(drop_app: DropApp) -> None:
    ticket = drop_app.ticket(CHEN)
    drop_app.services.ledger.officers.cards.replace_card(
        CHEN_CARD, new_card_id="e" * 24, by=OFFICER
    )

    assert mine(drop_app, CHEN) == {ticket: "held"}
    assert drop_app.as_member(CHEN, "GET", f"/tickets/{ticket}/code").status_code == 200


def test_an_entry_is_listed_until_its_sessions_are_over(drop_app: DropApp) -> None:
    day = (drop_app.opens_at + 3 * DAY).astimezone(CHINA).date()
    rule = SeedRule(statement="体彩排列五", source="pailie-5", day=day)
    drop_app.announce("lots", opens_at=drop_app.opens_at, mode=Mode.DRAW, seed_rule=rule)
    drop_app.claim(WANG, drop="lots")

    listed = drop_app.as_member(WANG, "GET", "/tickets").get_json()["entries"]
    drop_app.pass_until(drop_app.opens_at + 4 * DAY)
    over = drop_app.as_member(WANG, "GET", "/tickets").get_json()["entries"]

    assert [one["drop"] for one in listed] == ["lots"]
    assert over == []
