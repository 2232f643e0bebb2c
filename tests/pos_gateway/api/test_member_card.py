from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.members.card_events import DeviceCertified, DeviceRevoked
from pos_gateway.codes import Session, read
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_with_drop import CHEN, LI, PILLOW, WANG, Hall, told
from tests.support.signing_phone import ALGORITHMS, Phone

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def certified(hall: Hall, phone: Phone | None = None, member_id: str = WANG) -> Phone:
    """A phone that a member had certified."""
    phone = phone or Phone()
    answer = hall.as_member(member_id, "PUT", "/card/device", phone.asked)
    assert answer.status_code == 200
    phone.keep(answer.get_json()["certificate"])
    return phone


def shown(hall: Hall, phone: Phone, number: int = 1) -> str:
    """A code the phone shows now."""
    return phone.code(hall.now, number.to_bytes(8))


def card_of(hall: Hall, member_id: str = WANG) -> dict[str, Any]:
    card: dict[str, Any] = hall.as_member(member_id, "GET", "/card").get_json()
    return card


def redeem(hall: Hall, code: str, redemption_id: str = "cake-1") -> TestResponse:
    return hall.redeem(redemption_id, code=code)


def validated(hall: Hall, code: str) -> TestResponse:
    return hall.ask("POST", "/validations", {"code": code, "amount_minor": 6_800})


def test_a_card_to_the_last_day_there_is_has_a_phone_like_any(hall: Hall) -> None:
    ledger = hall.house.ledger
    ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    ledger.officers.cards.issue_card(
        "cd" * 12, member_id="member-zhou", last_day=date.max, by=OFFICER
    )
    hall.keys["member-zhou"] = hall.member_key("member-zhou")

    phone = certified(hall, member_id="member-zhou")

    assert redeem(hall, shown(hall, phone)).status_code == 201


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_phone_without_a_line_shows_a_code_that_redeems_once(
    any_hall: Hall, algorithm: Any
) -> None:
    phone = certified(any_hall, Phone(algorithm))
    code = shown(any_hall, phone)

    looked = validated(any_hall, code)
    first = redeem(any_hall, code)
    again = redeem(any_hall, code)
    other = redeem(any_hall, code, "cake-2")

    assert (looked.status_code, looked.get_json()["card"]["status"]) == (200, "live")
    assert [one.status_code for one in (first, again)] == [201, 200]
    assert told(other) == (409, "code_already_used")


def test_what_a_phone_is_answered_is_what_it_signs_with(hall: Hall) -> None:
    phone = Phone()

    answer = hall.as_member(WANG, "PUT", "/card/device", phone.asked).get_json()

    in_a_week = hall.now.replace(microsecond=0) + 7 * DAY
    assert answer["card"] == WANG_CARD
    assert datetime.fromisoformat(answer["expires_at"]) == in_a_week
    assert card_of(hall)["device"] == {
        "device": answer["device"],
        "algorithm": "Ed25519",
        "expires_at": answer["expires_at"],
    }


def test_a_second_phone_takes_the_place_of_the_first_at_once(any_hall: Hall) -> None:
    old = certified(any_hall)
    new = certified(any_hall, Phone("P-256", seed=2))

    refused = redeem(any_hall, shown(any_hall, old))
    taken = redeem(any_hall, shown(any_hall, new), "cake-2")

    assert told(refused) == (409, "device_revoked")
    assert told(validated(any_hall, shown(any_hall, old))) == (409, "device_revoked")
    assert taken.status_code == 201


def test_a_phone_that_is_revoked_is_dead_at_once(any_hall: Hall) -> None:
    phone = certified(any_hall)

    answer = any_hall.as_member(WANG, "POST", "/card/device/revocation", {})
    again = any_hall.as_member(WANG, "POST", "/card/device/revocation", {})

    assert (answer.status_code, answer.get_json()["device"]) == (200, None)
    assert again.status_code == 200
    assert told(redeem(any_hall, shown(any_hall, phone))) == (409, "device_revoked")


def test_a_member_reports_their_own_card_lost_and_it_is_dead_at_once(any_hall: Hall) -> None:
    phone = certified(any_hall)

    answer = any_hall.as_member(WANG, "POST", "/card/block", {})
    again = any_hall.as_member(WANG, "POST", "/card/block", {})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "blocked")
    assert again.get_json()["status"] == "blocked"
    assert told(redeem(any_hall, shown(any_hall, phone))) == (409, "card_blocked")
    assert told(redeem(any_hall, any_hall.code(), "cake-2")) == (409, "card_blocked")
    assert told(any_hall.as_member(WANG, "POST", "/card/session-codes", {}))[1] == "card_blocked"
    assert told(any_hall.as_member(WANG, "PUT", "/card/device", phone.asked))[1] == "card_blocked"
    blocked = [fact for fact in any_hall.house.ledger.facts(0, 1_000) if "blocked" in fact.topic]
    assert [(fact.topic, fact.by) for fact in blocked] == [("card.blocked", f"member-{WANG}")]


def test_a_card_found_again_has_its_phone_still(hall: Hall) -> None:
    phone = certified(hall)
    hall.as_member(WANG, "POST", "/card/block", {})

    hall.house.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)

    assert redeem(hall, shown(hall, phone)).status_code == 201


def test_the_phone_of_a_replaced_card_is_dead_and_signs_for_the_new_one_once_certified(
    hall: Hall,
) -> None:
    phone = certified(hall)
    hall.house.ledger.officers.cards.replace_card(WANG_CARD, new_card_id="ab" * 12, by=OFFICER)
    old = shown(hall, phone)
    assert card_of(hall)["device"] is None

    again = certified(hall, Phone())

    assert told(redeem(hall, old)) == (409, "card_replaced")
    assert redeem(hall, shown(hall, again, 2), "cake-2").status_code == 201


def test_a_phone_serves_where_tickets_are_shown_until_it_is_revoked(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG, **PILLOW)
    phone = certified(any_hall)
    given = any_hall.use("u1", code=shown(any_hall, phone), ticket=ticket)
    undone = any_hall.ask("POST", "/uses/u1/undoing", {}, key=any_hall.gate_key)
    any_hall.as_member(WANG, "POST", "/card/device/revocation", {})
    dead = shown(any_hall, phone)

    refused = any_hall.use("u2", code=dead, ticket=ticket)
    collected = any_hall.use("u3", code=any_hall.code(), ticket=ticket, collector_code=dead)

    assert [one.status_code for one in (given, undone)] == [201, 200]
    assert told(refused) == (409, "device_revoked")
    assert told(collected) == (409, "device_revoked")


def test_the_same_phone_is_renewed_and_its_facts_are_few(hall: Hall) -> None:
    phone = certified(hall)
    certified(hall, phone)
    hall.now += 2 * DAY

    answer = hall.as_member(WANG, "PUT", "/card/device", phone.asked).get_json()

    in_a_week = hall.now.replace(microsecond=0) + 7 * DAY
    assert datetime.fromisoformat(answer["expires_at"]) == in_a_week
    facts = [fact.event for fact in hall.house.ledger.facts(0, 1_000)]
    assert len([one for one in facts if isinstance(one, DeviceCertified)]) == 2
    assert not [one for one in facts if isinstance(one, DeviceRevoked)]


def test_a_phone_left_in_a_drawer_signs_no_more_after_a_week(hall: Hall) -> None:
    phone = certified(hall)
    hall.now += 7 * DAY + SECOND

    refused = redeem(hall, shown(hall, phone))

    assert refused.get_json()["particulars"] == {"problem": "expired"}
    assert card_of(hall)["device"] is None


def test_no_phone_signs_longer_than_the_card_lives(hall: Hall) -> None:
    ledger = hall.house.ledger
    last_day = ledger.day(hall.now) + 2 * DAY
    ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    ledger.officers.cards.issue_card(
        "cd" * 12, member_id="member-zhou", last_day=last_day, by=OFFICER
    )
    hall.keys["member-zhou"] = hall.member_key("member-zhou")

    answer = hall.as_member("member-zhou", "PUT", "/card/device", Phone().asked).get_json()

    midnight = datetime.combine(last_day + DAY, time(), ledger.zone)
    assert datetime.fromisoformat(answer["expires_at"]) == midnight
    assert card_of(hall, "member-zhou")["last_day"] == last_day.isoformat()


def test_a_member_sees_their_own_card_and_name_alone(hall: Hall) -> None:
    wang, li = card_of(hall), card_of(hall, LI)

    assert (wang["status"], wang["name"], wang["masked_name"]) == ("live", "王小明", "王*明")
    assert (li["name"], li["device"]) == (None, None)
    assert datetime.fromisoformat(wang["server_time"]) == hall.now


def test_who_has_no_card_is_told_so(hall: Hall) -> None:
    hall.house.ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    hall.keys["member-zhou"] = hall.member_key("member-zhou")

    assert card_of(hall, "member-zhou")["status"] == "none"
    for method, path, asked in (
        ("PUT", "/card/device", Phone().asked),
        ("POST", "/card/device/revocation", {}),
        ("POST", "/card/session-codes", {}),
        ("POST", "/card/block", {}),
    ):
        answer = hall.as_member("member-zhou", method, path, asked)
        assert told(answer) == (409, "card_unknown")


@pytest.mark.parametrize("count", [1, 20])
def test_codes_fetched_ahead_follow_each_other(hall: Hall, count: int) -> None:
    answer = hall.as_member(WANG, "POST", "/card/session-codes", {"count": count}).get_json()

    codes = answer["codes"]
    starts = [datetime.fromisoformat(one["issued_at"]) for one in codes]
    assert starts == [hall.now.replace(microsecond=0) + n * 15 * SECOND for n in range(count)]
    for one, start in zip(codes, starts, strict=True):
        session = read(one["code"], hall.house.keys, now=start)
        assert isinstance(session, Session)
        assert (session.card_id, session.expires_at) == (WANG_CARD, start + MINUTE)
        assert one["expires_at"] == session.expires_at.isoformat().replace("+00:00", "Z")
    assert len({one["code"] for one in codes}) == count


def test_a_code_of_a_time_to_come_is_refused_until_then(hall: Hall) -> None:
    codes = hall.as_member(WANG, "POST", "/card/session-codes", {}).get_json()["codes"]

    early = redeem(hall, codes[-1]["code"])
    hall.now += 7 * 15 * SECOND

    assert len(codes) == 8
    assert early.get_json()["particulars"] == {"problem": "not_yet_valid"}
    assert redeem(hall, codes[-1]["code"], "cake-2").status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("POST", "/card/session-codes", {"count": 21}),
        ("POST", "/card/session-codes", {"count": 0}),
        ("PUT", "/card/device", {"algorithm": "RSA", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 45}),
        ("PUT", "/card/device", {"algorithm": "P-256", "public_key": "=" * 43}),
        ("PUT", "/card/device", Phone().asked | {"algorithm": "P-256"}),
        ("POST", "/card/block", {"card": WANG_CARD}),
    ],
)
def test_what_cannot_be_is_refused(
    hall: Hall, method: str, path: str, asked: dict[str, Any]
) -> None:
    position = hall.position

    answer = hall.as_member(WANG, method, path, asked)

    assert told(answer) == (422, "input_invalid")
    assert hall.position == position


def test_a_phone_of_one_member_shows_no_code_of_another(hall: Hall) -> None:
    phone = certified(hall)
    certified(hall, Phone(), CHEN)

    redeem(hall, shown(hall, phone))

    made = hall.house.ledger.tills.redemptions.find("cake-1").made
    assert (made.card_id, made.member_id) == (WANG_CARD, WANG)
