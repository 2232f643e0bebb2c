"""A till reports offline redemptions over HTTP."""

from datetime import datetime, timedelta

import pytest

from ledger.offline.liability import LiabilityReason
from ledger.redemptions.events import Contested, Redeemed
from pos_gateway.codes import make_printed_code
from pos_gateway.i18n.words import LIABILITY_REASONS
from tests.support.app import LI_CARD, OFFICER, WANG_CARD, App
from tests.support.offline_till import Ed25519Key, OfflineTill, P256Key, scan_of, till

__all__ = ["till"]

ONCE = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]


@pytest.mark.parametrize("key", [Ed25519Key(), P256Key()])
def test_what_the_rules_give_too_is_a_redemption_with_both_its_times(
    app_any_db: App, key: Ed25519Key | P256Key
) -> None:
    till = OfflineTill(app_any_db, key)
    slip = till.slip("cake-1")

    answer = till.bring(slip)

    body = answer.get_json()
    assert (answer.status_code, body["outcome"], body["contested"]) == (201, "accepted", None)
    assert (body["merchant_share_minor"], body["union_share_minor"]) == (340, 340)
    assert datetime.fromisoformat(body["scanned_at"]) == scan_of(slip)
    made = app_any_db.events(Redeemed)[-1]
    assert made.at == scan_of(slip)
    assert made.late.arrived_at >= made.at
    assert body["arrived_at"] == made.late.arrived_at.isoformat().replace("+00:00", "Z")
    assert (made.late.number, made.cashier_id) == (1, "zhou")
    assert app_any_db.ask("GET", "/redemptions/cake-1").get_json()["union_share_minor"] == 340


def test_the_same_slip_again_is_answered_the_same_and_redeems_once(app_any_db: App) -> None:
    till = OfflineTill(app_any_db)
    slip = till.slip("cake-1")
    first = till.bring(slip)
    position = app_any_db.position

    again = till.bring(slip)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert app_any_db.position == position


def test_a_double_use_is_contested_and_the_union_bears_it(till: OfflineTill) -> None:
    app = till.app
    app.ask(
        "PUT",
        "/redemptions/elsewhere",
        {"code": app.code(), "amount_minor": 6_800, "choices": ["once-only"]},
        key=app.other_key,
    )

    answer = till.bring(till.slip("cake-1", given=ONCE), headers={"Accept-Language": "en"})

    contested = answer.get_json()["contested"]
    assert (answer.status_code, answer.get_json()["outcome"]) == (201, "contested")
    assert (contested["reason"], contested["borne_by"]) == ("limit_reached", "union")
    assert contested["because"] == "within_limits"
    assert contested["title"] == "Used as often as the terms allow"
    assert contested["next_step"].startswith("Nothing to do")
    assert contested["given"] == ONCE


def test_one_code_at_two_tills_is_found(till: OfflineTill) -> None:
    code = till.app.code()
    slip = till.slip("cake-1", code=code)
    asked = {"code": code, "amount_minor": 100, "choices": []}
    till.app.ask("PUT", "/redemptions/seat-1", asked, key=till.app.other_key)

    body = till.bring(slip).get_json()

    assert (body["contested"]["reason"], body["contested"]["borne_by"]) == (
        "code_already_used",
        "union",
    )
    assert body["union_share_minor"] == 340


def test_a_card_blocked_before_the_sync_is_the_merchants_loss_and_the_members_nothing(
    till: OfflineTill,
) -> None:
    till.app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    till.app.now += timedelta(minutes=1)
    till.sync()

    body = till.bring(till.slip("cake-1")).get_json()

    assert body["contested"]["reason"] == "card_blocked"
    assert (body["contested"]["borne_by"], body["contested"]["because"]) == (
        "merchant",
        "could_have_known",
    )
    shares = body["merchant_share_minor"], body["union_share_minor"], body["member_share_minor"]
    assert shares == (680, 0, 6_120)


def test_a_code_that_did_not_hold_at_the_scan_is_contested_and_keeps_no_text(
    till: OfflineTill,
) -> None:
    old = till.app.code()
    till.app.now += timedelta(minutes=10)

    answers = [
        till.bring(till.slip("cake-1", code=old)).get_json(),
        till.bring(till.slip("cake-2", code="王小明 13800138000")).get_json(),
    ]

    assert [one["contested"]["reason"] for one in answers] == ["code_not_verified"] * 2
    assert [one["contested"]["particulars"]["problem"] for one in answers] == [
        "expired",
        "malformed",
    ]
    assert {one["contested"]["borne_by"] for one in answers} == {"merchant"}
    assert till.app.events(Contested)[-1].made.member_id == ""


def test_a_code_is_read_as_of_the_scan(till: OfflineTill) -> None:
    slip = till.slip("cake-1")
    till.app.now += timedelta(days=1)

    body = till.bring(slip).get_json()

    assert body["outcome"] == "accepted"
    assert datetime.fromisoformat(body["scanned_at"]) == scan_of(slip)
    assert body["arrived_at"] > slip["scanned_at"]


def test_plastic_is_taken_within_the_limits_and_nobodys_is_contested(till: OfflineTill) -> None:
    ours = till.bring(till.slip("cake-1", code=till.app.printed)).get_json()
    nobodys = till.bring(till.slip("cake-2", code=make_printed_code(bytes(16)))).get_json()

    assert (ours["outcome"], ours["union_share_minor"]) == ("accepted", 340)
    assert nobodys["contested"]["reason"] == "card_unknown"


def test_what_had_come_in_live_is_answered_as_that(till: OfflineTill) -> None:
    app = till.app
    slip = till.slip("cake-1")
    live = app.redeem("cake-1", code=slip["code"]).get_json()

    answer = till.bring(slip)
    again = till.bring(slip)

    assert (answer.status_code, answer.get_json()["outcome"]) == (200, "accepted")
    assert answer.get_json()["union_share_minor"] == live["union_share_minor"]
    assert again.get_data() == answer.get_data()
    assert len(app.events(Redeemed)) == 1
    assert till.count(1).get_json() == {"series": 1, "highest": 1, "missing": []}


def test_what_came_in_live_with_other_particulars_is_not_taken_for_it(till: OfflineTill) -> None:
    till.app.redeem("cake-1")
    position = till.app.position

    answer = till.bring(till.slip("cake-1", amount_minor=6_900))

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "request_reused")
    assert till.app.position == position


def test_what_was_refused_live_without_the_till_hearing_is_decided_anew(till: OfflineTill) -> None:
    app = till.app
    app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    app.now += timedelta(minutes=1)
    slip = till.slip("cake-1")
    assert app.redeem("cake-1", code=slip["code"]).status_code == 409

    body = till.bring(slip).get_json()
    undone = app.ask("POST", "/redemptions/cake-1/reversal", {"reason": "other"})

    assert (body["contested"]["reason"], body["contested"]["borne_by"]) == ("card_blocked", "union")
    assert (undone.status_code, undone.get_json()["reversed"]["reason"]) == (200, "other")


def test_a_contested_redemption_is_undone_like_any_other(till: OfflineTill) -> None:
    app = till.app
    before = app.services.ledger.fund("culture").available_minor
    code = app.code()
    slip = till.slip("cake-1", code=code)
    asked = {"code": code, "amount_minor": 100, "choices": []}
    app.ask("PUT", "/redemptions/seat-1", asked, key=app.other_key)
    till.bring(slip)
    assert app.services.ledger.fund("culture").available_minor == before - 340

    undone = app.ask("POST", "/redemptions/cake-1/reversal", {"reason": "goods_returned"})

    assert undone.status_code == 200
    assert app.services.ledger.fund("culture").available_minor == before


def test_two_members_in_a_row_are_two_redemptions(till: OfflineTill) -> None:
    first = till.bring(till.slip("cake-1", given=ONCE))
    second = till.bring(till.slip("cake-2", given=ONCE, code=till.app.code(LI_CARD)))

    assert [one.get_json()["outcome"] for one in (first, second)] == ["accepted"] * 2


def test_every_row_of_the_table_has_words() -> None:
    assert LIABILITY_REASONS.keys() == set(LiabilityReason)
