from contextlib import closing
from datetime import timedelta

import pytest

from ledger.redemptions.events import Redeemed
from pos_gateway.codes import make_printed_code
from pos_gateway.services import Services
from tests.support.app import LI_CARD, OFFICER, WANG_CARD, App


def test_a_redemption_is_recorded_and_its_shares_add_up(app_any_db: App) -> None:
    answer = app_any_db.redeem("cake-1")

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["merchant_share_minor"], body["union_share_minor"]) == (340, 340)
    assert body["member_share_minor"] + 340 + 340 == body["amount_minor"] == 6_800
    assert body["lines"][0]["choice"] == "tenth-off"
    assert "Idempotency-Replayed" not in answer.headers
    assert [one.redemption_id for one in app_any_db.events(Redeemed)] == ["cake-1"]


def test_the_same_again_is_answered_the_same_and_redeems_once(app_any_db: App) -> None:
    code = app_any_db.code()
    first = app_any_db.redeem("cake-1", code=code)
    position = app_any_db.position

    again = app_any_db.redeem("cake-1", code=code)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert app_any_db.position == position


def test_a_late_retry_gets_its_first_answer_though_the_code_is_dead(app: App) -> None:
    code = app.code()
    first = app.redeem("cake-1", code=code)
    app.now += timedelta(days=30)

    again = app.redeem("cake-1", code=code)
    other = app.redeem("cake-1", code=code, amount_minor=1)
    fresh = app.redeem("cake-2", code=code)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert (other.status_code, other.get_json()["reason"]) == (422, "request_reused")
    assert (fresh.status_code, fresh.get_json()["reason"]) == (422, "invalid_code")


def test_a_used_id_is_not_used_for_something_else(app: App) -> None:
    code = app.code()
    app.redeem("cake-1", code=code)
    position = app.position

    answer = app.redeem("cake-1", code=code, amount_minor=6_900)

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "request_reused")
    assert app.position == position


def test_another_merchant_does_not_get_the_answer(app: App) -> None:
    asked = {"code": app.code(), "amount_minor": 100}
    app.ask("PUT", "/redemptions/cake-1", asked)

    answer = app.ask("PUT", "/redemptions/cake-1", asked, key=app.other_key)

    assert answer.get_json()["reason"] == "request_reused"


def test_a_session_code_redeems_once(app: App) -> None:
    code = app.code()
    app.redeem("cake-1", code=code)

    answer = app.redeem("cake-2", code=code)

    assert (answer.status_code, answer.get_json()["reason"]) == (409, "code_already_used")


def test_a_refusal_has_a_next_step_and_is_kept(app: App) -> None:
    app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    code = app.code()
    position = app.position

    first = app.redeem("cake-1", code=code)
    app.services.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)
    again = app.redeem("cake-1", code=code)

    assert (first.status_code, first.get_json()["reason"]) == (409, "card_blocked")
    assert first.get_json()["next_step"]
    assert first.content_type == "application/problem+json"
    assert app.position == position + 3  # refused, the till was told, unblocked
    assert (again.status_code, again.get_json()) == (409, first.get_json())
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_validation_lists_the_best_first_and_why_others_are_refused(app: App) -> None:
    app.services.ledger.officers.offers.publish_offer(
        "half-off", title="五折", kind="percent_off", terms={"basis_points": 5_000}
    )
    asked = {"code": app.code(), "amount_minor": 1_000}
    position = app.position

    answer = app.ask("POST", "/validations", asked, headers={"Accept-Language": "en"})

    body = answer.get_json()
    assert answer.status_code == 200
    assert body["choices"][0]["choice"] == "half-off"
    assert body["choices"][0]["covered_minor"] == 500
    assert set(body["choices"][0]["words"]) == {"zh", "en"}
    assert [(one["choice"], one["reason"]) for one in body["refused"]] == [
        ("opera-only", "not_agreed_here")
    ]
    assert body["refused"][0]["next_step"] == "Choose another benefit."
    assert body["more"] == 0
    assert app.position == position


def test_a_validation_lists_no_more_than_its_bound(app: App) -> None:
    for number in range(210):
        app.services.ledger.officers.offers.publish_offer(
            f"more-{number}",
            title="减一元",
            kind="percent_off",
            terms={"basis_points": 1_100 + number},
        )

    body = app.ask("POST", "/validations", {"code": app.code(), "amount_minor": 10_000}).get_json()

    assert len(body["choices"]) == 200
    assert body["choices"][0]["choice"] == "more-209"
    assert body["more"] == 13


def test_plastic_shows_the_masked_holder_and_a_phone_nobody(app: App) -> None:
    plastic = app.ask("POST", "/validations", {"code": app.printed, "amount_minor": 100})
    phone = app.ask("POST", "/validations", {"code": app.code(), "amount_minor": 100})

    assert plastic.get_json()["card"] == {"status": "live", "holder": "王*明"}
    assert phone.get_json()["card"] == {"status": "live", "holder": None}


def test_a_card_nobody_issued_is_a_problem(app: App) -> None:
    unknown = make_printed_code(bytes(16))
    position = app.position

    answer = app.ask("POST", "/validations", {"code": unknown, "amount_minor": 100})

    assert (answer.status_code, answer.get_json()["reason"]) == (409, "card_unknown")
    assert app.position == position


def test_a_redemption_is_shown_to_its_own_merchant_alone(app: App) -> None:
    made = app.redeem("cake-1").get_json()

    own = app.ask("GET", "/redemptions/cake-1")
    other = app.ask("GET", "/redemptions/cake-1", key=app.other_key)
    none = app.ask("GET", "/redemptions/cake-2")

    assert (own.status_code, own.get_json()) == (200, made)
    assert (other.status_code, other.get_json()["reason"]) == (404, "redemption_unknown")
    assert (none.status_code, none.get_json()["reason"]) == (404, "redemption_unknown")


def test_a_redemption_is_undone_once_and_by_its_merchant(app: App) -> None:
    app.redeem("cake-1")
    asked = {"reason": "wrong_amount"}

    other = app.ask("POST", "/redemptions/cake-1/reversal", asked, key=app.other_key)
    first = app.ask("POST", "/redemptions/cake-1/reversal", asked)
    again = app.ask("POST", "/redemptions/cake-1/reversal", asked)

    assert (other.status_code, other.get_json()["reason"]) == (404, "redemption_unknown")
    assert first.status_code == 200
    assert first.get_json()["reversed"]["reason"] == "wrong_amount"
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert app.ask("GET", "/redemptions/cake-1").get_json() == first.get_json()


def test_a_repeat_tells_that_the_redemption_was_undone_since(app_any_db: App) -> None:
    code = app_any_db.code()
    made = app_any_db.redeem("cake-1", code=code).get_json()
    undone = app_any_db.ask("POST", "/redemptions/cake-1/reversal", {"reason": "wrong_amount"})

    again = app_any_db.redeem("cake-1", code=code)
    app_any_db.now += timedelta(days=30)
    late = app_any_db.redeem("cake-1", code=code)

    for answer in (again, late):
        assert (answer.status_code, answer.get_json()) == (200, undone.get_json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() | {"reversed": None} == made


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/redemptions/cake-1", None),
        ("POST", "/redemptions/cake-1/reversal", {"reason": "other"}),
    ],
)
def test_a_till_that_another_process_revoked_is_dead_at_once(
    app_any_db: App, method: str, path: str, body: object
) -> None:
    app_any_db.redeem("cake-1")
    with closing(Services(app_any_db.services.settings)) as elsewhere:
        elsewhere.ledger.officers.merchants.revoke_till("bakery", till_id="till-1", by=OFFICER)

    answer = app_any_db.ask(method, path, body)

    assert (answer.status_code, answer.get_json()["reason"]) == (401, "till_revoked")


def test_what_was_paid_for_is_not_undone(app: App) -> None:
    app.redeem("cake-1")
    app.services.ledger.officers.offers.pay_merchant("culture", merchant_id="bakery")

    answer = app.ask("POST", "/redemptions/cake-1/reversal", {"reason": "wrong_amount"})

    assert (answer.status_code, answer.get_json()["reason"]) == (409, "already_paid")


def test_a_limit_is_the_members_and_the_ledger_keeps_it(app: App) -> None:
    first = app.redeem("cake-1", choices=["once-only"])
    second = app.redeem("cake-2", choices=["once-only"])
    other = app.redeem("cake-3", choices=["once-only"], code=app.code(LI_CARD))

    assert [one.status_code for one in (first, second, other)] == [201, 409, 201]
    assert second.get_json()["reason"] == "limit_reached"


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        ("", "malformed"),
        ("hello", "malformed"),
        ("HK1:ABC", "malformed"),
        ("HK2:ABC", "unsupported"),
        ("HK3:ABC", "malformed"),
    ],
)
def test_what_is_no_code_of_ours_leaves_nothing_behind(app: App, spoilt: str, problem: str) -> None:
    position = app.position

    answer = app.redeem("cake-1", code=spoilt)

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "invalid_code")
    assert answer.get_json()["particulars"] == {"problem": problem}
    assert app.position == position


def test_an_expired_forged_cut_or_respelt_code_leaves_nothing_behind(app: App) -> None:
    old = app.code()
    app.now += timedelta(minutes=10)
    code = app.code()
    swapped = code[:-1] + ("0" if code[-1] != "0" else "1")
    spoilt = [old, code[:-3], swapped, code + "00"]
    position = app.position

    answers = [app.redeem("cake-1", code=one) for one in spoilt]

    assert [one.status_code for one in answers] == [422] * 4
    assert answers[0].get_json()["title"] == "会员码已过期"
    assert app.position == position
