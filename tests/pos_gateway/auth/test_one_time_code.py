"""A one-time code works once, within its time, and at most five wrong guesses are allowed."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_gateway.auth.one_time_code import WRONG_MAX, Sent, answered
from pos_gateway.errors import OneTimeCodeWrong, TooManyRequests
from tests.support.sign_in_methods import (
    MINUTE,
    WANG_PHONE,
    SignInSetup,
    is_refused,
    sign_in,
    sign_in_any_db,
)

__all__ = ["sign_in", "sign_in_any_db"]

LI_PHONE = "13900139000"


def takes(
    sign_in: SignInSetup, code: str, phone: str = WANG_PHONE, door: str = "card", browser: str = "b"
) -> bool:
    try:
        sign_in.methods.codes.check(door, phone, code, browser=browser)
    except OneTimeCodeWrong:
        return False
    return True


def wrong_codes(code: str, many: int) -> list[str]:
    return [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, many + 1)]


def test_a_code_works_once(sign_in_any_db: SignInSetup) -> None:
    code = sign_in_any_db.send()

    assert (len(code), code.isdecimal()) == (6, True)
    assert takes(sign_in_any_db, code)
    assert not takes(sign_in_any_db, code)


def test_a_code_is_read_however_it_is_typed(sign_in: SignInSetup) -> None:
    code = sign_in.send("+86 138-0013-8000")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert takes(sign_in, f" {wide[:3]} {wide[3:]} ")


def test_a_code_is_of_one_phone_and_one_door(sign_in: SignInSetup) -> None:
    code = sign_in.send()

    assert not takes(sign_in, code, phone=LI_PHONE)
    assert not takes(sign_in, code, door="shop")
    assert takes(sign_in, code)


def test_a_code_lasts_five_minutes(sign_in: SignInSetup) -> None:
    code = sign_in.send()
    sign_in.now += 5 * MINUTE

    assert not takes(sign_in, code)


def test_a_code_still_works_a_second_before(sign_in: SignInSetup) -> None:
    code = sign_in.send()
    sign_in.now += 5 * MINUTE - timedelta(seconds=1)

    assert takes(sign_in, code)


def test_after_five_mistakes_the_right_code_is_dead(sign_in: SignInSetup) -> None:
    code = sign_in.send()

    assert not any(takes(sign_in, wrong) for wrong in wrong_codes(code, 5))
    assert not takes(sign_in, code)


def test_after_four_mistakes_the_right_code_works(sign_in: SignInSetup) -> None:
    code = sign_in.send()

    assert not any(takes(sign_in, wrong) for wrong in wrong_codes(code, 4))
    assert takes(sign_in, code)


def test_a_new_code_takes_the_place_of_the_old(sign_in: SignInSetup) -> None:
    old = sign_in.send()
    sign_in.now += MINUTE
    new = sign_in.send()

    assert old == new or not takes(sign_in, old)
    assert takes(sign_in, new)


def test_a_phone_gets_one_code_a_minute_and_five_an_hour(sign_in: SignInSetup) -> None:
    sign_in.send()
    assert is_refused(TooManyRequests, sign_in.send)
    for _ in range(4):
        sign_in.now += MINUTE
        sign_in.send()

    sign_in.now += MINUTE
    assert is_refused(TooManyRequests, sign_in.send)
    assert sign_in.send(LI_PHONE)
    sign_in.now += 60 * MINUTE
    assert sign_in.send()


def test_a_strangers_send_neither_replaces_a_code_nor_makes_its_phone_wait(
    sign_in: SignInSetup,
) -> None:
    code = sign_in.send()
    for number in range(5):
        sign_in.send(address="198.51.100.9", browser=f"stranger-{number}")
    assert is_refused(TooManyRequests, sign_in.send, address="198.51.100.9", browser="stranger-6")
    assert not any(takes(sign_in, one, browser="stranger-0") for one in wrong_codes(code, 12))

    assert not takes(sign_in, code, browser="stranger-0")
    sign_in.now += MINUTE
    again = sign_in.send()
    assert takes(sign_in, again)


def test_strangers_everywhere_send_twenty_codes_a_day_and_stop_no_browser_known(
    sign_in: SignInSetup,
) -> None:
    for number in range(20):
        sign_in.send(address=f"192.0.2.{number}", browser=f"stranger-{number}")

    assert is_refused(TooManyRequests, sign_in.send, address="198.51.100.9", browser="another")
    assert takes(sign_in, sign_in.send(known=True))


def test_an_address_gets_no_more_than_three_hundred_codes_an_hour(sign_in: SignInSetup) -> None:
    for number in range(300):
        sign_in.send(f"138{number:08}")

    assert is_refused(TooManyRequests, sign_in.send, LI_PHONE)
    assert sign_in.send(LI_PHONE, address="192.0.2.8")


def test_of_many_at_once_one_is_let_in(sign_in_any_db: SignInSetup) -> None:
    code = sign_in_any_db.send()
    let_in: list[bool] = []

    def enter() -> None:
        let_in.append(takes(sign_in_any_db, code))

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(let_in) == [False] * 7 + [True]


@given(st.lists(st.sampled_from(["right", "wrong"]), max_size=12))
def test_whatever_is_typed_a_code_lets_in_once_and_before_the_fifth_mistake(
    typed: list[str],
) -> None:
    sent: Sent | None = Sent("right")
    let_in = []
    for one in typed:
        sent, right = answered(sent, one)
        let_in.append(right)

    first = typed.index("right") if "right" in typed else len(typed)
    expected = [at == first and first < WRONG_MAX for at in range(len(typed))]
    assert let_in == expected


def test_neither_code_nor_phone_stands_in_any_file(sign_in: SignInSetup, tmp_path: Path) -> None:
    code = sign_in.send()

    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert WANG_PHONE.encode() not in written
    assert f'"{code}"'.encode() not in written


@pytest.mark.parametrize("typed", ["", "x", "12345", "1234567", "9" * 1_000, "²²²²²²"])
def test_what_is_no_code_is_wrong(sign_in: SignInSetup, typed: str) -> None:
    sign_in.send()

    assert not takes(sign_in, typed)
