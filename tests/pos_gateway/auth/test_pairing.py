"""A till is paired by a short-lived code that works once, after both sides compare a word."""

import base64
from datetime import timedelta

import pytest

from pos_gateway.auth.api_key import make_till_key
from pos_gateway.auth.pairing import Claimed
from pos_gateway.errors import PairingRefused, TooManyRequests
from tests.support.sign_in_methods import ADDRESS, SignInSetup, is_refused, sign_in, sign_in_any_db

__all__ = ["sign_in", "sign_in_any_db"]

OFFICER = "officer-zhao"


def offer(sign_in: SignInSetup) -> str:
    return sign_in.methods.pairings.offer(
        merchant_id="bakery", outlet_id="main", till_id="till-1", by=OFFICER
    )


def claim(sign_in: SignInSetup, code: str, address: str = ADDRESS) -> Claimed:
    return sign_in.methods.pairings.claim(code, address=address)


def judge(
    sign_in: SignInSetup, code: str, word: str, *, confirmed: bool = True, by: str = OFFICER
) -> str:
    return sign_in.methods.pairings.judge(
        code, check_word=word, confirmed=confirmed, by=by
    ).key_hash


def key_hash(key: str) -> str:
    secret = base64.urlsafe_b64decode(key.rpartition(".")[2] + "=")
    return make_till_key("bakery", "till-1", secret)[1]


def collect(sign_in: SignInSetup, code: str, claimed: Claimed) -> str:
    return sign_in.methods.pairings.collect(code, key_hash=key_hash(claimed.key))


def test_a_device_gets_its_key_once_the_officer_has_seen_the_same_word(
    sign_in_any_db: SignInSetup,
) -> None:
    code = offer(sign_in_any_db)

    claimed = claim(sign_in_any_db, code.lower().replace("-", " "))
    assert collect(sign_in_any_db, code, claimed) == "claimed"
    shown = sign_in_any_db.methods.pairings.look(code)
    assert (shown.state, shown.check_word) == ("claimed", claimed.check_word)
    assert judge(sign_in_any_db, code, shown.check_word) == key_hash(claimed.key)
    assert collect(sign_in_any_db, code, claimed) == "confirmed"
    assert is_refused(PairingRefused, collect, sign_in_any_db, code, claimed)


def test_a_code_is_taken_up_by_one_device(sign_in: SignInSetup) -> None:
    code = offer(sign_in)
    claim(sign_in, code)

    assert is_refused(PairingRefused, claim, sign_in, code)


def test_a_device_that_is_refused_is_told(sign_in: SignInSetup) -> None:
    code = offer(sign_in)
    claimed = claim(sign_in, code)
    judge(sign_in, code, claimed.check_word, confirmed=False)

    assert collect(sign_in, code, claimed) == "refused"
    assert is_refused(PairingRefused, judge, sign_in, code, claimed.check_word)


def test_the_officer_confirms_what_they_saw_and_nobody_else_does(sign_in: SignInSetup) -> None:
    code = offer(sign_in)
    assert is_refused(PairingRefused, judge, sign_in, code, "")
    claimed = claim(sign_in, code)

    assert is_refused(PairingRefused, judge, sign_in, code, "竹子 BAMBOO xx")
    assert is_refused(PairingRefused, judge, sign_in, code, claimed.check_word, by="officer-qian")
    assert judge(sign_in, code, claimed.check_word)


def test_another_device_collects_nothing(sign_in: SignInSetup) -> None:
    code = offer(sign_in)
    claim(sign_in, code)
    stranger = Claimed("hkt.bakery.till-1." + "A" * 43, "")

    assert is_refused(PairingRefused, collect, sign_in, code, stranger)


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(days=1)])
def test_a_code_lasts_ten_minutes(sign_in: SignInSetup, late: timedelta) -> None:
    code = offer(sign_in)
    sign_in.now += late

    assert is_refused(PairingRefused, claim, sign_in, code)


def test_after_five_mistakes_an_address_is_locked_out(sign_in: SignInSetup) -> None:
    code = offer(sign_in)
    for _ in range(5):
        assert is_refused(PairingRefused, claim, sign_in, "AAAA-AAAA")

    assert is_refused(TooManyRequests, claim, sign_in, code)
    assert claim(sign_in, code, address="192.0.2.8")


def test_many_wrong_codes_from_everywhere_stop_no_honest_till_and_alarm_once(
    sign_in: SignInSetup,
) -> None:
    code = offer(sign_in)
    for number in range(25):
        assert is_refused(PairingRefused, claim, sign_in, "AAAA-AAAA", f"192.0.2.{number}")

    assert claim(sign_in, code, "198.51.100.1")
    alarms = sign_in.methods.security.events(rows_max=9, outcome="alarm")
    assert [one.event for one in alarms] == ["till_pairing"]
