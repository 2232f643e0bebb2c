"""A gateway counts the validations it refuses: one fact for each till and minute."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.redemptions.refusal import ValidationsRefused
from ledger.services import base, offline_till
from pos_gateway.codes import make_printed_code
from projections.engine.runner import catch_up
from projections.refusals import refusals
from tests.support.app import OFFICER, WANG_CARD, App
from tests.support.ledger_fixture import writer_held

MINUTE = timedelta(minutes=1)
VALID = {"amount_minor": 100}


def validate(app: App, **asked: Any) -> int:
    """Validate a purchase of the member Wang. Return the status."""
    body = {"code": app.code(), "amount_minor": 100} | asked
    return app.ask("POST", "/validations", body).status_code


def use_up(app: App) -> None:
    """Leave the member without any offer that they can use at the bakery."""
    app.services.ledger.officers.offers.end_offer("tenth-off", by=OFFICER)
    app.redeem("cake-1", choices=["once-only"])


def test_a_minute_of_refused_validations_is_one_fact(app_any_db: App) -> None:
    app = app_any_db
    minute = app.now.replace(second=0, microsecond=0)
    dead = app.code()
    assert validate(app) == 200
    app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    assert [validate(app), validate(app), validate(app, code="HK1:ABC")] == [409, 409, 422]
    app.services.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)
    app.redeem("cake-0", code=dead)
    assert validate(app, code=dead) == 409
    position = app.position

    app.services.refused_validations.record(minute)
    assert app.position == position
    app.services.refused_validations.record(minute + MINUTE)
    app.services.refused_validations.record(None)

    (fact,) = app.events(ValidationsRefused)
    assert (fact.merchant_id, fact.outlet_id, fact.till_id) == ("bakery", "main", "till-1")
    assert (fact.at, fact.day) == (minute, minute.astimezone(app.services.ledger.zone).date())
    assert fact.counts == {"card_blocked": 2, "invalid_code": 1, "code_already_used": 1}
    assert fact.stream == f"refusal-bakery-{fact.day}"


@pytest.mark.parametrize("kind", ["malformed", "printed"])
def test_a_till_guesses_codes_at_a_pace_and_no_other_till_waits(app: App, kind: str) -> None:
    now = 1_000.0
    app.services.wrong_codes._seconds = lambda: now

    def guess(number: int) -> TestResponse:
        code = "HK1:ABC" if kind == "malformed" else make_printed_code(number.to_bytes(16))
        return app.ask("POST", "/validations", {"code": code, "amount_minor": 100})

    tried = Counter(guess(number).status_code for number in range(1, 301))
    late = app.redeem("cake-1")
    other = app.ask("POST", "/validations", VALID | {"code": app.code()}, key=app.other_key)
    now += int(late.headers["Retry-After"])

    assert tried.pop(429) == 280
    assert sum(tried.values()) == 20
    assert (late.status_code, other.status_code) == (429, 200)
    assert app.redeem("cake-1").status_code == 201


def test_a_validation_without_a_usable_choice_is_counted_by_its_first_reason(app: App) -> None:
    use_up(app)

    assert validate(app) == 200
    app.services.refused_validations.record(None)

    (fact,) = app.events(ValidationsRefused)
    assert fact.counts == {"limit_reached": 1}


def test_a_caller_who_may_not_validate_is_not_counted(app: App) -> None:
    app.services.ledger.officers.merchants.revoke_till("bakery", till_id="till-1", by=OFFICER)

    assert validate(app) == 401
    app.services.refused_validations.record(None)

    assert app.events(ValidationsRefused) == []


def test_officers_see_the_refused_validations_beside_the_refused_redemptions(app: App) -> None:
    use_up(app)
    validate(app)
    validate(app)
    app.redeem("cake-2", choices=["once-only"])
    app.services.refused_validations.record(None)
    catch_up(app.services.views, app.services.ledger.facts)

    with app.services.views.reading() as connection:
        found = refusals(connection, ["request", "reason"])
        (whole,) = refusals(connection)

    assert found == [
        {"request": "redemption", "reason": "limit_reached", "refusals": 1},
        {"request": "validation", "reason": "limit_reached", "refusals": 2},
    ]
    assert whole == {"refusals": 3}


def test_no_answer_waits_until_it_is_counted(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "FRESH_SECONDS", 60)
    use_up(app)
    validate(app)

    with writer_held(app.services.ledger):
        status = validate(app)
    app.services.refused_validations.record(None)

    assert status == 200
    assert [one.counts for one in app.events(ValidationsRefused)] == [{"limit_reached": 2}]


def test_a_till_is_told_how_many_offers_it_does_not_know(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = app.ask("GET", "/till/offline").get_json()
    monkeypatch.setattr(offline_till, "OFFERS_MAX", 1)

    body = app.ask("GET", "/till/offline").get_json()

    assert ([one["choice"] for one in body["offers"]], body["more"]) == (["once-only"], 1)
    assert ([one["choice"] for one in whole["offers"]], whole["more"]) == (
        ["once-only", "tenth-off"],
        0,
    )
