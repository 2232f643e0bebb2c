"""Cashiers: added by the owner, signed in at a till by PIN, removed; named nowhere else."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.errors import InputInvalid, StaffUnknown
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.policies import TillIdentity
from pos_gateway.errors import SignInRefused, TooManyRequests
from pos_gateway.staff import cashiers
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD, App
from tests.support.personal_data_canaries import written_forms

NAME = "陈金丝雀玲"
HERE, ELSEWHERE = TillIdentity("bakery", "main", "till-1"), TillIdentity("opera", "main", "till-9")


def add(app: App, name: str = NAME, pin: str = "2468", merchant: str = "bakery") -> str:
    """Add a cashier. Return the id."""
    return cashiers.add_cashier(app.services, merchant, name, pin, by="owner-s-owner")


def enter(app: App, staff_id: str, pin: str = "2468", till: TillIdentity = HERE) -> str:
    """Sign a cashier in at the till. Return the session secret."""
    return cashiers.sign_in_cashier(app.services, till, staff_id, pin)


def stands_there(app: App, secret: str) -> bool:
    """Return whether a session continues."""
    return app.services.sessions.of("cashier", secret) is not None


def test_a_cashier_signs_in_at_a_till_of_their_merchant(app: App) -> None:
    staff_id = add(app)

    secret = enter(app, staff_id)

    session = app.services.sessions.of("cashier", secret)
    assert session is not None
    assert session.subject == f"staff-{staff_id}"
    assert cashiers.cashiers_of(app.services, "bakery") == [(staff_id, NAME)]
    assert cashiers.cashiers_of(app.services, "opera") == []


def test_a_wrong_pin_an_unknown_cashier_and_anothers_are_one_answer(app: App) -> None:
    ours, theirs = add(app), add(app, merchant="opera")
    gone = add(app, "Ma Jun")
    cashiers.end_cashier(app.services, "bakery", gone, by="owner-s-owner")

    for staff_id, pin in ((ours, "2469"), (theirs, "2468"), ("nobody", "2468"), (gone, "2468")):
        with pytest.raises(SignInRefused) as refused:
            enter(app, staff_id, pin)
        assert refused.value.particulars == {}


@pytest.mark.parametrize(
    "pin",
    [
        *("", "123", "123456789", "12a4", "0000", "1234", "4321", "98765432", "１３５７", " 2468"),
        *("2580", "1212", "1314", "5201314", "6969", "1988", "2026", "19880808"),
        *("123123", "112233", "147258"),
    ],
)
def test_a_pin_that_is_none_or_everybodys_first_is_refused(app: App, pin: str) -> None:
    position = app.position

    with pytest.raises(InputInvalid) as refused:
        add(app, pin=pin)

    assert refused.value.particulars["field"] == "pin"
    assert app.position == position


@pytest.mark.parametrize("name", ["", "  ", "x" * 31, "a\u200bb"])
def test_a_name_that_is_none_is_refused(app: App, name: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        add(app, name)

    assert refused.value.particulars["field"] == "name"


def test_after_five_wrong_pins_even_the_right_one_waits(app: App) -> None:
    staff_id, other = add(app), add(app, "Ma Jun")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            enter(app, staff_id, "1357")

    with pytest.raises(TooManyRequests) as refused:
        enter(app, staff_id)
    assert enter(app, other)
    app.now += timedelta(seconds=int(str(refused.value.particulars["retry_after_seconds"])))

    assert enter(app, staff_id)


def test_another_merchants_till_locks_nobody_out(app: App) -> None:
    staff_id = add(app)

    for _ in range(5):
        with pytest.raises(SignInRefused):
            enter(app, staff_id, "1357", till=ELSEWHERE)

    assert enter(app, staff_id)


def test_a_till_where_pins_are_tried_on_everybody_is_locked(app: App) -> None:
    mine = add(app)
    for number in range(29):
        with pytest.raises(SignInRefused):
            enter(app, f"guess-{number}", "1357")
    assert enter(app, mine)

    with pytest.raises(TooManyRequests):
        enter(app, mine)
    assert enter(app, mine, till=HERE._replace(till_id="till-2"))


def test_a_new_pin_ends_the_shift_and_the_old_one(app: App) -> None:
    staff_id = add(app)
    secret = enter(app, staff_id)

    cashiers.set_pin(app.services, "bakery", staff_id, "135790")

    assert not stands_there(app, secret)
    with pytest.raises(SignInRefused):
        enter(app, staff_id)
    assert enter(app, staff_id, "135790")


def test_who_is_let_go_is_out_and_forgotten(app: App) -> None:
    staff_id = add(app)
    secret = enter(app, staff_id)

    cashiers.end_cashier(app.services, "bakery", staff_id, by="owner-s-owner")

    credentials = app.services.sign_in.credentials
    assert not stands_there(app, secret)
    assert cashiers.cashiers_of(app.services, "bakery") == []
    assert credentials.of(f"staff-{staff_id}", cashiers.NAME) == []
    assert credentials.of(f"staff-{staff_id}", cashiers.PIN) == []


def test_another_merchants_cashier_is_none_to_an_owner(app: App) -> None:
    theirs, services = add(app, merchant="opera"), app.services

    for ask in (
        lambda: cashiers.rename_cashier(services, "bakery", theirs, "X"),
        lambda: cashiers.set_pin(services, "bakery", theirs, "1357"),
        lambda: cashiers.end_cashier(services, "bakery", theirs, by="owner-s-owner"),
    ):
        with pytest.raises(StaffUnknown):
            ask()
    assert cashiers.cashier_name(services, "bakery", theirs) == theirs
    assert enter(app, theirs, till=ELSEWHERE)


def test_the_name_is_in_no_file_but_sealed_and_the_pin_in_none(
    app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    staff_id = add(app, pin="86420975")
    cashiers.rename_cashier(app.services, "bakery", staff_id, f"{NAME}儿")
    enter(app, staff_id, "86420975")
    app.redeem("r1")
    catch_up(app.services.views, app.services.ledger.facts)

    written = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert any(path.name.startswith("vault.db") for path in written)
    marks = [*written_forms("金丝雀"), *written_forms("86420975")]
    found = {path.name for path in written for mark in marks if mark in path.read_bytes()}
    assert found == set()
    assert "金丝雀" not in caplog.text


def test_the_cashier_stands_on_what_they_redeem_and_undo(app: App) -> None:
    staff_id = add(app)
    origin = app.services.settings.origin
    for door, secret in (("till", app.key), ("cashier", enter(app, staff_id))):
        app.client.set_cookie(cookie_name(door, origin), secret)
    here = {"Sec-Fetch-Site": "same-origin"}
    body = {"code": app.code(LI_CARD), "amount_minor": 6_800, "choices": ["tenth-off"]}

    made = app.client.put("/api/v1/redemptions/r1", json=body, headers=here)

    assert made.status_code == 201
    assert app.services.ledger.tills.redemptions.find("r1").made.cashier_id == staff_id
