"""Codes of authenticator apps: each good once, by clocks that may be off."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from pyotp import TOTP

from ledger.vault import VaultUnreadable
from pos_gateway.auth import totp
from pos_gateway.errors import SignInRefused
from tests.support.sign_in_methods import ZHAO, SignInSetup, is_refused, sign_in, sign_in_any_db

__all__ = ["sign_in", "sign_in_any_db"]

SECRET = totp.new_secret(bytes(range(20)))
STEP = timedelta(seconds=30)


def app_proves(sign_in: SignInSetup, code: str) -> bool:
    try:
        sign_in.methods.apps.check(ZHAO, code)
    except SignInRefused:
        return False
    return True


def phone_shows(sign_in: SignInSetup, steps: int = 0) -> str:
    return TOTP(SECRET).at(sign_in.now + steps * STEP)


def enrol(sign_in: SignInSetup) -> None:
    sign_in.methods.apps.enrol(ZHAO, SECRET, phone_shows(sign_in))


def test_the_code_of_an_app_works_once(sign_in_any_db: SignInSetup) -> None:
    enrol(sign_in_any_db)
    sign_in_any_db.now += STEP

    code = phone_shows(sign_in_any_db)
    assert app_proves(sign_in_any_db, code)
    assert not app_proves(sign_in_any_db, code)


def test_the_code_that_enrolled_an_app_does_not_sign_in(sign_in: SignInSetup) -> None:
    enrol(sign_in)

    assert not app_proves(sign_in, phone_shows(sign_in))


def test_a_code_before_the_last_used_does_no_longer(sign_in: SignInSetup) -> None:
    enrol(sign_in)
    sign_in.now += 3 * STEP
    earlier = phone_shows(sign_in, -1)

    assert app_proves(sign_in, phone_shows(sign_in))
    assert not app_proves(sign_in, earlier)


@pytest.mark.parametrize("between", ["　", "-", " - ", "wide"])
def test_the_code_of_an_app_is_read_however_it_is_typed(sign_in: SignInSetup, between: str) -> None:
    enrol(sign_in)
    sign_in.now += STEP
    code = phone_shows(sign_in)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert app_proves(sign_in, wide if between == "wide" else f"{code[:3]}{between}{code[3:]}")


def test_the_second_of_two_steps_with_one_code_is_taken_for_its_own_step(
    sign_in: SignInSetup,
) -> None:
    """The steps 56188870 and 56188871 of the RFC's secret share the code 617002."""
    secret = b32encode(b"12345678901234567890").decode()
    sign_in.now = datetime.fromtimestamp(56_188_867 * 30, UTC)
    sign_in.methods.apps.enrol(ZHAO, secret, TOTP(secret).at(sign_in.now))

    for step in (56_188_870, 56_188_871):
        sign_in.now = datetime.fromtimestamp(step * 30, UTC)
        assert app_proves(sign_in, "617002")
    assert not app_proves(sign_in, "617002")


@pytest.mark.parametrize("off", [-10, -2, 2, 10])
def test_a_phone_that_is_far_off_is_believed_after_two_codes_in_a_row(
    sign_in: SignInSetup, off: int
) -> None:
    enrol(sign_in)
    sign_in.now += 30 * STEP

    for later in (0, 0, 2):  # a code, the same again, and not the next one
        sign_in.now += later * STEP
        assert not app_proves(sign_in, phone_shows(sign_in, off))
    sign_in.now += STEP
    assert app_proves(sign_in, phone_shows(sign_in, off))
    sign_in.now += 3 * STEP
    assert app_proves(sign_in, phone_shows(sign_in, off)), "its clock is known from then on"


@pytest.mark.parametrize("off", [-12, 12])
def test_a_phone_that_is_off_by_six_minutes_is_not(sign_in: SignInSetup, off: int) -> None:
    enrol(sign_in)
    sign_in.now += 30 * STEP

    for _ in range(3):
        sign_in.now += STEP
        assert not app_proves(sign_in, phone_shows(sign_in, off))


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(sign_in: SignInSetup, steps: int, taken: bool) -> None:  # noqa: FBT001
    enrol(sign_in)
    sign_in.now += 10 * STEP

    assert app_proves(sign_in, phone_shows(sign_in, steps)) == taken


def test_an_app_enrols_with_a_code_of_its_own(sign_in: SignInSetup) -> None:
    other = TOTP(totp.new_secret(bytes(20))).at(sign_in.now)

    assert is_refused(SignInRefused, sign_in.methods.apps.enrol, ZHAO, SECRET, other)
    assert not sign_in.methods.apps.has(ZHAO)


def test_an_app_reads_our_address() -> None:
    url = totp.provisioning_url(SECRET, "zhao")

    assert url.startswith("otpauth://totp/hongka:zhao?secret=")
    assert SECRET in url


def test_a_secret_is_sealed_for_its_subject_alone(sign_in: SignInSetup) -> None:
    enrol(sign_in)
    credentials = sign_in.methods.credentials
    kept = credentials.of(ZHAO, totp.KIND)[0]
    assert SECRET.encode() not in kept.kept
    assert bytes(range(20)) not in kept.kept

    credentials.put(kept._replace(subject="staff-qian"))
    code = phone_shows(sign_in)
    assert is_refused(VaultUnreadable, sign_in.methods.apps.check, "staff-qian", code)
