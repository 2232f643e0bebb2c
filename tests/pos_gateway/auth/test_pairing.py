"""A till is paired by a code that works once, soon, and after both sides saw the same word."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

import pytest

from pos_gateway.auth.pairing import Claimed
from pos_gateway.auth.till_api_key import make_till_key
from pos_gateway.errors.http import TooManyRequests
from pos_gateway.errors.sign_in import PairingRefused
from tests.support.sign_in_methods import ADDRESS, MINUTE, Lobby, any_lobby, lobby, refused

__all__ = ["any_lobby", "lobby"]

OFFICER = "officer-zhao"


def offer(lobby: Lobby) -> str:
    return lobby.reception.pairings.offer(
        merchant_id="bakery",
        outlet_id="main",
        till_id="till-1",
        by=OFFICER,
        now=lobby.now,
        random_bytes=secrets.token_bytes(8),
    )


def claim(lobby: Lobby, code: str, address: str = ADDRESS) -> Claimed:
    return lobby.reception.pairings.claim(
        code, address=address, now=lobby.now, randomness=secrets.token_bytes
    )


def judge(lobby: Lobby, code: str, word: str, *, confirmed: bool = True, by: str = OFFICER) -> str:
    return lobby.reception.pairings.judge(
        code, check_word=word, confirmed=confirmed, by=by, now=lobby.now
    ).key_hash


def key_hash(key: str) -> str:
    secret = base64.urlsafe_b64decode(key.rpartition(".")[2] + "=")
    return make_till_key("bakery", "till-1", secret)[1]


def collect(lobby: Lobby, code: str, claimed: Claimed) -> str:
    return lobby.reception.pairings.collect(code, key_hash=key_hash(claimed.key), now=lobby.now)


def test_a_device_gets_its_key_once_the_officer_has_seen_the_same_word(any_lobby: Lobby) -> None:
    code = offer(any_lobby)

    claimed = claim(any_lobby, code.lower().replace("-", " "))
    assert collect(any_lobby, code, claimed) == "claimed"
    shown = any_lobby.reception.pairings.look(code, now=any_lobby.now)
    assert (shown.state, shown.check_word) == ("claimed", claimed.check_word)
    assert judge(any_lobby, code, shown.check_word) == key_hash(claimed.key)
    assert collect(any_lobby, code, claimed) == "confirmed"
    assert refused(PairingRefused, collect, any_lobby, code, claimed)


def test_a_code_is_taken_up_by_one_device(lobby: Lobby) -> None:
    code = offer(lobby)
    claim(lobby, code)

    assert refused(PairingRefused, claim, lobby, code)


def test_a_device_that_is_refused_is_told(lobby: Lobby) -> None:
    code = offer(lobby)
    claimed = claim(lobby, code)
    judge(lobby, code, claimed.check_word, confirmed=False)

    assert collect(lobby, code, claimed) == "refused"
    assert refused(PairingRefused, judge, lobby, code, claimed.check_word)


def test_the_officer_confirms_what_they_saw_and_nobody_else_does(lobby: Lobby) -> None:
    code = offer(lobby)
    assert refused(PairingRefused, judge, lobby, code, "")
    claimed = claim(lobby, code)

    assert refused(PairingRefused, judge, lobby, code, "竹子 BAMBOO xx")
    assert refused(PairingRefused, judge, lobby, code, claimed.check_word, by="officer-qian")
    assert judge(lobby, code, claimed.check_word)


def test_another_device_collects_nothing(lobby: Lobby) -> None:
    code = offer(lobby)
    claim(lobby, code)
    stranger = Claimed("hkt.bakery.till-1." + "A" * 43, "")

    assert refused(PairingRefused, collect, lobby, code, stranger)


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(days=1)])
def test_a_code_lasts_ten_minutes(lobby: Lobby, late: timedelta) -> None:
    code = offer(lobby)
    lobby.now += late

    assert refused(PairingRefused, claim, lobby, code)


def test_after_five_mistakes_an_address_is_locked_out(lobby: Lobby) -> None:
    code = offer(lobby)
    for _ in range(5):
        assert refused(PairingRefused, claim, lobby, "AAAA-AAAA")

    assert refused(TooManyRequests, claim, lobby, code)
    assert claim(lobby, code, address="192.0.2.8")


def test_after_twenty_tries_in_a_minute_everybody_waits(lobby: Lobby) -> None:
    code = offer(lobby)
    for number in range(20):
        assert refused(PairingRefused, claim, lobby, "AAAA-AAAA", f"192.0.2.{number}")

    assert refused(TooManyRequests, claim, lobby, code, "198.51.100.1")
    lobby.now += MINUTE
    assert claim(lobby, code, "198.51.100.1")
