"""A one-time code works once, never after its time, never after five mistakes."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_gateway.auth.one_time_code import WRONG_MAX, Sent, answered
from pos_gateway.errors.http import TooManyRequests
from pos_gateway.errors.sign_in import OneTimeCodeWrong
from tests.support.sign_in_methods import MINUTE, WANG_PHONE, Lobby, any_lobby, lobby, refused

__all__ = ["any_lobby", "lobby"]

LI_PHONE = "13900139000"


def takes(lobby: Lobby, code: str, phone: str = WANG_PHONE, door: str = "card") -> bool:
    try:
        lobby.reception.codes.check(door, phone, code, now=lobby.now)
    except OneTimeCodeWrong:
        return False
    return True


def wrong_codes(code: str, many: int) -> list[str]:
    return [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, many + 1)]


def test_a_code_works_once(any_lobby: Lobby) -> None:
    code = any_lobby.send()

    assert (len(code), code.isdecimal()) == (6, True)
    assert takes(any_lobby, code)
    assert not takes(any_lobby, code)


def test_a_code_is_read_however_it_is_typed(lobby: Lobby) -> None:
    code = lobby.send("+86 138-0013-8000")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert takes(lobby, f" {wide[:3]} {wide[3:]} ")


def test_a_code_is_of_one_phone_and_one_door(lobby: Lobby) -> None:
    code = lobby.send()

    assert not takes(lobby, code, phone=LI_PHONE)
    assert not takes(lobby, code, door="shop")
    assert takes(lobby, code)


def test_a_code_lasts_five_minutes(lobby: Lobby) -> None:
    code = lobby.send()
    lobby.now += 5 * MINUTE

    assert not takes(lobby, code)


def test_a_code_still_works_a_second_before(lobby: Lobby) -> None:
    code = lobby.send()
    lobby.now += 5 * MINUTE - timedelta(seconds=1)

    assert takes(lobby, code)


def test_after_five_mistakes_the_right_code_is_dead(lobby: Lobby) -> None:
    code = lobby.send()

    assert not any(takes(lobby, wrong) for wrong in wrong_codes(code, 5))
    assert not takes(lobby, code)


def test_after_four_mistakes_the_right_code_works(lobby: Lobby) -> None:
    code = lobby.send()

    assert not any(takes(lobby, wrong) for wrong in wrong_codes(code, 4))
    assert takes(lobby, code)


def test_a_new_code_takes_the_place_of_the_old(lobby: Lobby) -> None:
    old = lobby.send()
    lobby.now += MINUTE
    new = lobby.send()

    assert old == new or not takes(lobby, old)
    assert takes(lobby, new)


def test_a_phone_gets_one_code_a_minute_and_five_an_hour(lobby: Lobby) -> None:
    lobby.send()
    assert refused(TooManyRequests, lobby.send)
    for _ in range(4):
        lobby.now += MINUTE
        lobby.send()

    lobby.now += MINUTE
    assert refused(TooManyRequests, lobby.send)
    assert lobby.send(LI_PHONE)
    lobby.now += 60 * MINUTE
    assert lobby.send()


def test_an_address_gets_no_more_than_three_hundred_codes_an_hour(lobby: Lobby) -> None:
    for number in range(300):
        lobby.send(f"138{number:08}")

    assert refused(TooManyRequests, lobby.send, LI_PHONE)
    assert lobby.send(LI_PHONE, address="192.0.2.8")


def test_of_many_at_once_one_is_let_in(any_lobby: Lobby) -> None:
    code = any_lobby.send()
    let_in: list[bool] = []

    def enter() -> None:
        let_in.append(takes(any_lobby, code))

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


def test_neither_code_nor_phone_stands_in_any_file(lobby: Lobby, tmp_path: Path) -> None:
    code = lobby.send()

    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert WANG_PHONE.encode() not in written
    assert f'"{code}"'.encode() not in written


@pytest.mark.parametrize("typed", ["", "x", "12345", "1234567", "9" * 1_000, "²²²²²²"])
def test_what_is_no_code_is_wrong(lobby: Lobby, typed: str) -> None:
    lobby.send()

    assert not takes(lobby, typed)
