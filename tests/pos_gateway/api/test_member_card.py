from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.members.card import DeviceCertified, DeviceRevoked
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_with_drop import CHEN, LI, PILLOW, WANG, DropApp, status_and_reason
from tests.support.signing_phone import ALGORITHMS, Phone

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def certified(drop_app: DropApp, phone: Phone | None = None, member_id: str = WANG) -> Phone:
    """Certify a phone for a member."""
    phone = phone or Phone()
    answer = drop_app.as_member(member_id, "PUT", "/card/device", phone.asked)
    assert answer.status_code == 200
    phone.keep(answer.get_json()["certificate"])
    return phone


def shown(drop_app: DropApp, phone: Phone, number: int = 1) -> str:
    """Return a code that the phone shows now."""
    return phone.code(drop_app.now, number.to_bytes(8))


def card_of(drop_app: DropApp, member_id: str = WANG) -> dict[str, Any]:
    card: dict[str, Any] = drop_app.as_member(member_id, "GET", "/card").get_json()
    return card


def redeem(drop_app: DropApp, code: str, redemption_id: str = "cake-1") -> TestResponse:
    return drop_app.redeem(redemption_id, code=code)


def validated(drop_app: DropApp, code: str) -> TestResponse:
    return drop_app.ask("POST", "/validations", {"code": code, "amount_minor": 6_800})


def test_a_card_to_the_last_day_there_is_has_a_phone_like_any(drop_app: DropApp) -> None:
    ledger = drop_app.services.ledger
    ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    ledger.officers.cards.issue_card(
        "cd" * 12, member_id="member-zhou", last_day=date.max, by=OFFICER
    )
    drop_app.keys["member-zhou"] = drop_app.member_key("member-zhou")

    phone = certified(drop_app, member_id="member-zhou")

    assert redeem(drop_app, shown(drop_app, phone)).status_code == 201


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_phone_without_a_line_shows_a_code_that_redeems_once(
    drop_app_any_db: DropApp, algorithm: Any
) -> None:
    phone = certified(drop_app_any_db, Phone(algorithm))
    code = shown(drop_app_any_db, phone)

    looked = validated(drop_app_any_db, code)
    first = redeem(drop_app_any_db, code)
    again = redeem(drop_app_any_db, code)
    other = redeem(drop_app_any_db, code, "cake-2")

    assert (looked.status_code, looked.get_json()["card"]["status"]) == (200, "live")
    assert [one.status_code for one in (first, again)] == [201, 200]
    assert status_and_reason(other) == (409, "code_already_used")


def test_what_a_phone_is_answered_is_what_it_signs_with(drop_app: DropApp) -> None:
    phone = Phone()

    answer = drop_app.as_member(WANG, "PUT", "/card/device", phone.asked).get_json()

    in_a_week = drop_app.now.replace(microsecond=0) + 7 * DAY
    assert answer["card"] == WANG_CARD
    assert datetime.fromisoformat(answer["expires_at"]) == in_a_week
    assert card_of(drop_app)["device"] == {
        "device": answer["device"],
        "algorithm": "Ed25519",
        "expires_at": answer["expires_at"],
    }


def test_a_second_phone_takes_the_place_of_the_first_at_once(drop_app_any_db: DropApp) -> None:
    old = certified(drop_app_any_db)
    new = certified(drop_app_any_db, Phone("P-256", seed=2))

    refused = redeem(drop_app_any_db, shown(drop_app_any_db, old))
    taken = redeem(drop_app_any_db, shown(drop_app_any_db, new), "cake-2")

    assert status_and_reason(refused) == (409, "device_revoked")
    assert status_and_reason(validated(drop_app_any_db, shown(drop_app_any_db, old))) == (
        409,
        "device_revoked",
    )
    assert taken.status_code == 201


def test_a_phone_that_is_revoked_is_dead_at_once(drop_app_any_db: DropApp) -> None:
    phone = certified(drop_app_any_db)

    answer = drop_app_any_db.as_member(WANG, "POST", "/card/device/revocation", {})
    again = drop_app_any_db.as_member(WANG, "POST", "/card/device/revocation", {})

    assert (answer.status_code, answer.get_json()["device"]) == (200, None)
    assert again.status_code == 200
    assert status_and_reason(redeem(drop_app_any_db, shown(drop_app_any_db, phone))) == (
        409,
        "device_revoked",
    )


def test_a_member_reports_their_own_card_lost_and_it_is_dead_at_once(
    drop_app_any_db: DropApp,
) -> None:
    phone = certified(drop_app_any_db)

    answer = drop_app_any_db.as_member(WANG, "POST", "/card/block", {})
    again = drop_app_any_db.as_member(WANG, "POST", "/card/block", {})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "blocked")
    assert again.get_json()["status"] == "blocked"
    assert status_and_reason(redeem(drop_app_any_db, shown(drop_app_any_db, phone))) == (
        409,
        "card_blocked",
    )
    assert status_and_reason(redeem(drop_app_any_db, drop_app_any_db.code(), "cake-2")) == (
        409,
        "card_blocked",
    )
    assert (
        status_and_reason(drop_app_any_db.as_member(WANG, "POST", "/card/session-codes", {}))[1]
        == "card_blocked"
    )
    assert (
        status_and_reason(drop_app_any_db.as_member(WANG, "PUT", "/card/device", phone.asked))[1]
        == "card_blocked"
    )
    blocked = [
        fact for fact in drop_app_any_db.services.ledger.facts(0, 1_000) if "blocked" in fact.topic
    ]
    assert [(fact.topic, fact.by) for fact in blocked] == [("card.blocked", f"member-{WANG}")]


def test_a_card_found_again_has_its_phone_still(drop_app: DropApp) -> None:
    phone = certified(drop_app)
    drop_app.as_member(WANG, "POST", "/card/block", {})

    drop_app.services.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)

    assert redeem(drop_app, shown(drop_app, phone)).status_code == 201


def test_the_phone_of_a_replaced_card_is_dead_and_signs_for_the_new_one_once_certified(
    drop_app: DropApp,
) -> None:
    phone = certified(drop_app)
    drop_app.services.ledger.officers.cards.replace_card(
        WANG_CARD, new_card_id="ab" * 12, by=OFFICER
    )
    old = shown(drop_app, phone)
    assert card_of(drop_app)["device"] is None

    again = certified(drop_app, Phone())

    assert status_and_reason(redeem(drop_app, old)) == (409, "card_replaced")
    assert redeem(drop_app, shown(drop_app, again, 2), "cake-2").status_code == 201


def test_a_phone_serves_where_tickets_are_shown_until_it_is_revoked(
    drop_app_any_db: DropApp,
) -> None:
    ticket = drop_app_any_db.ticket(WANG, **PILLOW)
    phone = certified(drop_app_any_db)
    given = drop_app_any_db.use("u1", code=shown(drop_app_any_db, phone), ticket=ticket)
    undone = drop_app_any_db.ask("POST", "/uses/u1/undoing", {}, key=drop_app_any_db.gate_key)
    drop_app_any_db.as_member(WANG, "POST", "/card/device/revocation", {})
    dead = shown(drop_app_any_db, phone)

    refused = drop_app_any_db.use("u2", code=dead, ticket=ticket)
    collected = drop_app_any_db.use(
        "u3", code=drop_app_any_db.code(), ticket=ticket, collector_code=dead
    )

    assert [one.status_code for one in (given, undone)] == [201, 200]
    assert status_and_reason(refused) == (409, "device_revoked")
    assert status_and_reason(collected) == (409, "device_revoked")


def test_the_same_phone_is_renewed_and_its_facts_are_few(drop_app: DropApp) -> None:
    phone = certified(drop_app)
    certified(drop_app, phone)
    drop_app.now += 2 * DAY

    answer = drop_app.as_member(WANG, "PUT", "/card/device", phone.asked).get_json()

    in_a_week = drop_app.now.replace(microsecond=0) + 7 * DAY
    assert datetime.fromisoformat(answer["expires_at"]) == in_a_week
    assert len(drop_app.events(DeviceCertified)) == 2
    assert not drop_app.events(DeviceRevoked)


def test_a_phone_left_in_a_drawer_signs_no_more_after_a_week(drop_app: DropApp) -> None:
    phone = certified(drop_app)
    drop_app.now += 7 * DAY + SECOND

    refused = redeem(drop_app, shown(drop_app, phone))

    assert refused.get_json()["particulars"] == {"problem": "expired"}
    assert card_of(drop_app)["device"] is None


def test_no_phone_signs_longer_than_the_card_lives(drop_app: DropApp) -> None:
    ledger = drop_app.services.ledger
    last_day = ledger.day(drop_app.now) + 2 * DAY
    ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    ledger.officers.cards.issue_card(
        "cd" * 12, member_id="member-zhou", last_day=last_day, by=OFFICER
    )
    drop_app.keys["member-zhou"] = drop_app.member_key("member-zhou")

    answer = drop_app.as_member("member-zhou", "PUT", "/card/device", Phone().asked).get_json()

    midnight = datetime.combine(last_day + DAY, time(), ledger.zone)
    assert datetime.fromisoformat(answer["expires_at"]) == midnight
    assert card_of(drop_app, "member-zhou")["last_day"] == last_day.isoformat()


def test_a_member_sees_their_own_card_and_name_alone(drop_app: DropApp) -> None:
    wang, li = card_of(drop_app), card_of(drop_app, LI)

    assert (wang["status"], wang["name"], wang["masked_name"]) == ("live", "王小明", "王*明")
    assert (li["name"], li["device"]) == (None, None)
    assert datetime.fromisoformat(wang["server_time"]) == drop_app.now


def test_who_has_no_card_is_told_so(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.cards.register_member(
        "member-zhou", branch="miyun-1", by=OFFICER
    )
    drop_app.keys["member-zhou"] = drop_app.member_key("member-zhou")

    assert card_of(drop_app, "member-zhou")["status"] == "none"
    for method, path, asked in (
        ("PUT", "/card/device", Phone().asked),
        ("POST", "/card/device/revocation", {}),
        ("POST", "/card/session-codes", {}),
        ("POST", "/card/block", {}),
    ):
        answer = drop_app.as_member("member-zhou", method, path, asked)
        assert status_and_reason(answer) == (409, "card_unknown")


def test_a_phone_of_one_member_shows_no_code_of_another(drop_app: DropApp) -> None:
    phone = certified(drop_app)
    certified(drop_app, Phone(), CHEN)

    redeem(drop_app, shown(drop_app, phone))

    made = drop_app.services.ledger.tills.redemptions.find("cake-1").made
    assert (made.card_id, made.member_id) == (WANG_CARD, WANG)
