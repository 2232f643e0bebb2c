"""Cashiers: added by the owner, signed in at a till by a PIN, let go; named nowhere else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.errors import InputInvalid, StaffUnknown
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.policies import AtTill
from pos_gateway.errors.http import TooManyRequests
from pos_gateway.errors.sign_in import SignInRefused
from pos_gateway.staff import cashiers
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD, Gateway
from tests.support.personal_data_canaries import forms

NAME = "陈金丝雀玲"
HERE, ELSEWHERE = AtTill("bakery", "main", "till-1"), AtTill("opera", "main", "till-9")


def add(gateway: Gateway, name: str = NAME, pin: str = "2468", merchant: str = "bakery") -> str:
    """The id of a cashier who was added."""
    count = len(gateway.house.ledger.officers.staff.staff_list())
    return cashiers.add_cashier(
        gateway.house,
        merchant,
        name,
        pin,
        by="owner-s-owner",
        now=gateway.now,
        random_bytes=bytes([count]) * 5,
    )


def enter(gateway: Gateway, staff_id: str, pin: str = "2468", till: AtTill = HERE) -> str:
    """What the till's browser gets."""
    return cashiers.sign_in_cashier(gateway.house, till, staff_id, pin, now=gateway.now)


def stands_there(gateway: Gateway, secret: str) -> bool:
    """Whether a session goes on."""
    return gateway.house.sessions.of("cashier", secret) is not None


def test_a_cashier_signs_in_at_a_till_of_their_merchant(gateway: Gateway) -> None:
    staff_id = add(gateway)

    secret = enter(gateway, staff_id)

    session = gateway.house.sessions.of("cashier", secret)
    assert session is not None
    assert session.subject == f"staff-{staff_id}"
    assert cashiers.cashiers_of(gateway.house, "bakery") == [(staff_id, NAME)]
    assert cashiers.cashiers_of(gateway.house, "opera") == []


def test_a_wrong_pin_an_unknown_cashier_and_anothers_are_one_answer(gateway: Gateway) -> None:
    ours, theirs = add(gateway), add(gateway, merchant="opera")
    gone = add(gateway, "Ma Jun")
    cashiers.end_cashier(gateway.house, "bakery", gone, by="owner-s-owner")

    for staff_id, pin in ((ours, "2469"), (theirs, "2468"), ("nobody", "2468"), (gone, "2468")):
        with pytest.raises(SignInRefused) as refused:
            enter(gateway, staff_id, pin)
        assert refused.value.particulars == {}


@pytest.mark.parametrize(
    "pin", ["", "123", "123456789", "12a4", "0000", "1234", "4321", "98765432", "１３５７", " 2468"]
)
def test_a_pin_that_is_none_or_everybodys_first_is_refused(gateway: Gateway, pin: str) -> None:
    position = gateway.position

    with pytest.raises(InputInvalid) as refused:
        add(gateway, pin=pin)

    assert refused.value.particulars["field"] == "pin"
    assert gateway.position == position


@pytest.mark.parametrize("name", ["", "  ", "x" * 31, "a\u200bb"])
def test_a_name_that_is_none_is_refused(gateway: Gateway, name: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        add(gateway, name)

    assert refused.value.particulars["field"] == "name"


def test_after_five_wrong_pins_even_the_right_one_waits(gateway: Gateway) -> None:
    staff_id, other = add(gateway), add(gateway, "Ma Jun")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            enter(gateway, staff_id, "1357")

    with pytest.raises(TooManyRequests) as refused:
        enter(gateway, staff_id)
    assert enter(gateway, other)
    gateway.now += timedelta(seconds=int(str(refused.value.particulars["retry_after_seconds"])))

    assert enter(gateway, staff_id)


def test_another_merchants_till_locks_nobody_out(gateway: Gateway) -> None:
    staff_id = add(gateway)

    for _ in range(5):
        with pytest.raises(SignInRefused):
            enter(gateway, staff_id, "1357", till=ELSEWHERE)

    assert enter(gateway, staff_id)


def test_a_till_where_pins_are_tried_on_everybody_is_locked(gateway: Gateway) -> None:
    mine = add(gateway)
    for number in range(29):
        with pytest.raises(SignInRefused):
            enter(gateway, f"guess-{number}", "1357")
    assert enter(gateway, mine)

    with pytest.raises(TooManyRequests):
        enter(gateway, mine)
    assert enter(gateway, mine, till=HERE._replace(till_id="till-2"))


def test_a_new_pin_ends_the_shift_and_the_old_one(gateway: Gateway) -> None:
    staff_id = add(gateway)
    secret = enter(gateway, staff_id)

    cashiers.set_pin(gateway.house, "bakery", staff_id, "135790", now=gateway.now)

    assert not stands_there(gateway, secret)
    with pytest.raises(SignInRefused):
        enter(gateway, staff_id)
    assert enter(gateway, staff_id, "135790")


def test_who_is_let_go_is_out_and_forgotten(gateway: Gateway) -> None:
    staff_id = add(gateway)
    secret = enter(gateway, staff_id)

    cashiers.end_cashier(gateway.house, "bakery", staff_id, by="owner-s-owner")

    credentials = gateway.house.reception.credentials
    assert not stands_there(gateway, secret)
    assert cashiers.cashiers_of(gateway.house, "bakery") == []
    assert credentials.of(f"staff-{staff_id}", cashiers.NAME) == []
    assert credentials.of(f"staff-{staff_id}", cashiers.PIN) == []


def test_another_merchants_cashier_is_none_to_an_owner(gateway: Gateway) -> None:
    theirs, house, now = add(gateway, merchant="opera"), gateway.house, gateway.now

    for ask in (
        lambda: cashiers.rename_cashier(house, "bakery", theirs, "X", now=now),
        lambda: cashiers.set_pin(house, "bakery", theirs, "1357", now=now),
        lambda: cashiers.end_cashier(house, "bakery", theirs, by="owner-s-owner"),
    ):
        with pytest.raises(StaffUnknown):
            ask()
    assert cashiers.cashier_name(house, "bakery", theirs) == theirs
    assert enter(gateway, theirs, till=ELSEWHERE)


def test_the_name_is_in_no_file_but_sealed_and_the_pin_in_none(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    staff_id = add(gateway, pin="86420975")
    cashiers.rename_cashier(gateway.house, "bakery", staff_id, f"{NAME}儿", now=gateway.now)
    enter(gateway, staff_id, "86420975")
    gateway.redeem("r1")
    catch_up(gateway.house.views, gateway.house.ledger.facts)

    written = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert any(path.name.startswith("vault.db") for path in written)
    marks = [*forms("金丝雀"), *forms("86420975")]
    found = {path.name for path in written for mark in marks if mark in path.read_bytes()}
    assert found == set()
    assert "金丝雀" not in caplog.text


def test_the_cashier_stands_on_what_they_redeem_and_undo(gateway: Gateway) -> None:
    staff_id = add(gateway)
    origin = gateway.house.settings.origin
    for door, secret in (("till", gateway.key), ("cashier", enter(gateway, staff_id))):
        gateway.client.set_cookie(cookie_name(door, origin), secret)
    here = {"Sec-Fetch-Site": "same-origin"}
    body = {"code": gateway.code(LI_CARD), "amount_minor": 6_800, "choices": ["tenth-off"]}

    made = gateway.client.put("/api/v1/redemptions/r1", json=body, headers=here)

    assert made.status_code == 201
    assert gateway.house.ledger.tills.redemptions.find("r1").made.cashier_id == staff_id
