"""A till signs slips, numbers, marks, and its own key."""

from typing import Any

import pytest

from tests.support.offline_till import TENTH_OFF, Ed25519Key, OfflineTill, till

__all__ = ["till"]

ONCE = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]


def test_what_the_tills_key_did_not_sign_leaves_nothing_behind(till: OfflineTill) -> None:
    app = till.app
    slip = till.slip("cake-1")
    signed = till.signed("late", slip)
    stranger = Ed25519Key(2).sign("late", signed["slip"])
    spoilt = [
        signed | {"signature": stranger},
        signed | {"signature": "A" * 86},
        signed | {"slip": signed["slip"].replace("6800", "6900")},
        till.signed("count", slip),
    ]
    position = app.position

    answers = [app.ask("PUT", "/late-redemptions/cake-1", one) for one in spoilt]

    assert {(one.status_code, one.get_json()["reason"]) for one in answers} == {
        (422, "slip_forged")
    }
    assert {one.get_json()["particulars"]["problem"] for one in answers} == {"signature"}
    assert app.position == position


def test_a_mark_we_never_gave_this_till_leaves_nothing_behind(till: OfflineTill) -> None:
    app, mark = till.app, till.mark
    begun, milliseconds, seal = mark.split(".")
    later = f"{begun}.{int(milliseconds) + 1}.{seal}"
    position = app.position

    answers = [till.bring(till.slip("cake-1", mark=one)) for one in (later, mark[:-1], "", "m1..")]

    assert {one.get_json()["reason"] for one in answers} == {"slip_forged"}
    assert {one.get_json()["particulars"]["problem"] for one in answers} == {"mark"}
    assert app.position == position


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"merchant_id": "opera"}, "till_id"),
        ({"till_id": "till-2"}, "till_id"),
        ({"number": 0}, "number"),
        ({"scanned_at": "2026-11-21T10:00:00"}, "scanned_at"),
        ({"scanned_at": "0001-01-01T00:00:00+14:00"}, "scanned_at"),
        ({"cashier_id": "13800138000"}, "cashier_id"),
        ({"cashier_id": "王"}, "cashier_id"),
        ({"surprise": 1}, None),
        ({"given": TENTH_OFF * 2}, "given"),
        ({"amount_minor": 679}, "given"),
    ],
)
def test_a_slip_that_cannot_be_leaves_nothing_behind(
    till: OfflineTill, changed: dict[str, Any], field: str | None
) -> None:
    position = till.app.position

    answer = till.bring(till.slip("cake-1", **changed))

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "input_invalid")
    assert answer.get_json()["particulars"]["field"] == field
    assert till.app.position == position


def test_a_slip_is_for_the_redemption_it_names(till: OfflineTill) -> None:
    signed = till.signed("late", till.slip("cake-1"))

    answer = till.app.ask("PUT", "/late-redemptions/cake-2", signed)

    assert answer.get_json()["particulars"] == {"field": "redemption_id"}


def test_another_till_cannot_bring_what_this_one_signed(till: OfflineTill) -> None:
    till.shows = till.app.other_key

    answer = till.bring(till.slip("cake-1"))

    assert answer.get_json()["reason"] == "device_key_missing"


def test_a_number_is_used_once(till: OfflineTill) -> None:
    till.bring(till.slip("cake-1", number=1))
    position = till.app.position

    answer = till.bring(till.slip("cake-2", number=1))

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "number_reused")
    assert till.app.position == position


def test_gaps_show_in_the_middle_and_at_the_end(till: OfflineTill) -> None:
    till.bring(till.slip("cake-1", number=1))
    till.bring(till.slip("cake-4", number=4))

    counted = till.count(5)
    again = till.count(5)
    till.bring(till.slip("cake-3", number=3))

    assert counted.get_json() == {"series": 1, "highest": 5, "missing": [2, 3, 5]}
    assert again.get_data() == counted.get_data()
    assert till.count(2).get_json() == {"series": 1, "highest": 5, "missing": [2, 5]}


def test_more_missing_numbers_than_are_kept_are_refused(till: OfflineTill) -> None:
    far = till.bring(till.slip("cake-1", number=502))
    near = till.bring(till.slip("cake-1", number=501))

    assert (far.status_code, far.get_json()["reason"]) == (422, "number_too_far")
    assert near.status_code == 201
    assert till.count(10_000).get_json()["reason"] == "number_too_far"


def test_another_key_begins_another_series_and_the_old_one_is_dead(till: OfflineTill) -> None:
    till.bring(till.slip("cake-1"))
    old, slip = till.key, till.slip("cake-2", number=2)
    till.key = Ed25519Key(3)

    given = till.give_key()
    again = till.give_key()
    first = till.bring(till.slip("cake-3", number=1))
    till.key = old

    assert given.get_json() == again.get_json() == {"series": 2, "highest": 0, "missing": []}
    assert first.status_code == 201
    assert till.bring(slip).get_json()["reason"] == "slip_forged"


@pytest.mark.parametrize("key", ["00" * 32, "04" + "00" * 64, "ff" * 32])
def test_a_key_that_could_sign_anything_is_none(till: OfflineTill, key: str) -> None:
    body = {"key": key, "signature": "A" * 86}

    answer = till.app.ask("PUT", "/till/device-key", body)

    assert answer.status_code == 422


def test_a_key_is_taken_of_who_has_it(till: OfflineTill) -> None:
    body = {"key": Ed25519Key(7).public, "signature": Ed25519Key(8).sign("till key", "bakery")}

    answer = till.app.ask("PUT", "/till/device-key", body)

    assert answer.get_json()["reason"] == "slip_forged"


def test_a_till_without_a_key_brings_nothing(till: OfflineTill) -> None:
    till.shows = till.app.pair("mill", "till-1")

    answer = till.count(1)

    assert answer.get_json()["reason"] == "device_key_missing"
