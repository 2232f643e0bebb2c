"""Passwords, authenticator apps and recovery codes are set up, checked and used once."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from pyotp import TOTP

from ledger.vault import VaultUnreadable
from pos_gateway.auth import password, totp
from pos_gateway.errors import HandleTaken, InvitationOver, PasswordWeak, SignInRefused
from tests.support.sign_in_methods import (
    PASSWORD,
    ZHAO,
    SignInSetup,
    is_refused,
    sign_in,
    sign_in_any_db,
)

__all__ = ["sign_in", "sign_in_any_db"]

SECRET = totp.new_secret(bytes(range(20)))
STEP = timedelta(seconds=30)


def proves(sign_in: SignInSetup, typed: str, subject: str | None = ZHAO) -> bool:
    try:
        sign_in.methods.passwords.check(subject, typed)
    except SignInRefused:
        return False
    return True


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


def test_a_password_proves_its_subject_alone(sign_in_any_db: SignInSetup) -> None:
    sign_in_any_db.methods.passwords.set(ZHAO, PASSWORD, handle="zhao")

    assert proves(sign_in_any_db, PASSWORD)
    assert not proves(sign_in_any_db, PASSWORD + ".")
    assert not proves(sign_in_any_db, PASSWORD, "staff-qian")
    assert not proves(sign_in_any_db, "nobody's password", None)
    assert not proves(sign_in_any_db, "nobody's password", "staff-qian")


class CountingHasher(PasswordHasher):
    """A hasher that records the parameters of each hash compared with a password."""

    def __init__(self, real: PasswordHasher) -> None:
        super().__init__(real.time_cost, real.memory_cost, real.parallelism)
        self.compared: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.compared.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


def test_an_unknown_name_is_refused_after_the_same_hashing_as_a_known_one(
    sign_in: SignInSetup, production_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in.methods.passwords.set(ZHAO, PASSWORD, handle="zhao")
    hasher = CountingHasher(production_hasher)
    monkeypatch.setattr(password, "HASHER", hasher)

    assert not proves(sign_in, "wrong carp, wrong bridge", ZHAO)
    assert not proves(sign_in, "wrong carp, wrong bridge", None)
    assert not proves(sign_in, "wrong carp, wrong bridge", "staff-qian")

    assert len(hasher.compared) == 3
    assert len(set(map(repr, hasher.compared))) == 1


@pytest.mark.usefixtures("production_hasher")
def test_a_password_is_kept_as_an_argon2id_hash_of_its_own_salt(sign_in: SignInSetup) -> None:
    sign_in.methods.passwords.set(ZHAO, PASSWORD, handle="zhao")
    sign_in.methods.passwords.set("staff-qian", PASSWORD, handle="qian")
    zhao, qian = (
        sign_in.methods.credentials.of(subject, password.KIND)[0].kept
        for subject in (ZHAO, "staff-qian")
    )

    found = extract_parameters(zhao.decode())
    assert (found.type.name, found.memory_cost, found.time_cost) == ("ID", 47_104, 2)
    assert zhao != qian


@pytest.mark.usefixtures("production_hasher")
def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(sign_in: SignInSetup) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1_024).hash(PASSWORD)
    credentials = sign_in.methods.credentials
    old = password.Credential(password.KIND, ZHAO, "", weak.encode(), sign_in.now)
    credentials.put(old)

    assert proves(sign_in, PASSWORD)
    kept = credentials.of(ZHAO, password.KIND)[0].kept.decode()
    assert extract_parameters(kept).memory_cost == 47_104
    assert proves(sign_in, PASSWORD)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("short carp", "length"),
        ("carp " * 30, "length"),
        ("abababababab", "repeats"),
        ("xx123456yyzz", "run"),
        ("fedcba under", "run"),
        ("aaaaaabcdxyz", "run"),
        ("Zhao likes carp", "named"),
        ("my hongka card", "named"),
    ],
)
def test_what_is_easily_guessed_is_refused(sign_in: SignInSetup, typed: str, problem: str) -> None:
    with pytest.raises(PasswordWeak) as weak:
        sign_in.methods.passwords.set(ZHAO, typed, handle="zhao")

    assert weak.value.particulars["problem"] == problem


@pytest.mark.parametrize("typed", [PASSWORD, "红鲤鱼与绿鲤鱼在石桥下面", "7rT-k2Wq-9mZx"])
def test_what_is_hard_to_guess_is_taken(sign_in: SignInSetup, typed: str) -> None:
    sign_in.methods.passwords.set(ZHAO, typed, handle="zhao")

    assert proves(sign_in, typed)


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


def test_ten_codes_on_paper_each_work_once(sign_in_any_db: SignInSetup) -> None:
    recovery = sign_in_any_db.methods.recovery
    codes = recovery.make(ZHAO)

    assert len(set(codes)) == 10
    recovery.check(ZHAO, codes[3].lower().replace("-", " "))
    assert is_refused(SignInRefused, recovery.check, ZHAO, codes[3])
    assert is_refused(SignInRefused, recovery.check, "staff-qian", codes[4])
    assert recovery.left(ZHAO) == 9


def test_new_codes_on_paper_end_the_old(sign_in: SignInSetup) -> None:
    recovery = sign_in.methods.recovery
    old, new = recovery.make(ZHAO), recovery.make(ZHAO)

    assert is_refused(SignInRefused, recovery.check, ZHAO, old[0])
    recovery.check(ZHAO, new[0])


def test_an_invitation_works_once_within_seven_days(sign_in_any_db: SignInSetup) -> None:
    invitations = sign_in_any_db.methods.invitations
    code = invitations.make(ZHAO, "zhao")

    assert invitations.look(code) == (ZHAO, "zhao")
    sign_in_any_db.now += timedelta(days=7)
    assert is_refused(InvitationOver, invitations.spend, code)
    sign_in_any_db.now -= timedelta(days=7)
    assert invitations.spend(code.lower()).handle == "zhao"
    assert is_refused(InvitationOver, invitations.spend, code)


def test_a_new_invitation_ends_the_old(sign_in: SignInSetup) -> None:
    invitations = sign_in.methods.invitations
    old = invitations.make(ZHAO, "zhao")
    invitations.make(ZHAO, "zhao")

    assert is_refused(InvitationOver, invitations.spend, old)


def test_a_handle_and_a_phone_are_of_one_subject(sign_in_any_db: SignInSetup) -> None:
    names = sign_in_any_db.methods.names
    names.give_handle(ZHAO, "Zhao.Li")
    names.give_phone(ZHAO, "+86 138 0013 8000")

    assert names.by_handle(" ｚhao.li ") == ZHAO
    assert names.by_phone("13800138000") == ZHAO
    assert names.by_handle("qian") is None
    assert is_refused(HandleTaken, names.give_handle, "staff-qian", "ZHAO.LI")
    assert is_refused(HandleTaken, names.give_phone, "staff-qian", "13800138000")
    names.give_handle(ZHAO, "zhao")
    assert names.by_handle("zhao.li") is None


def test_who_leaves_has_no_way_in(sign_in: SignInSetup) -> None:
    methods = sign_in.methods
    methods.names.give_handle(ZHAO, "zhao")
    methods.passwords.set(ZHAO, PASSWORD, handle="zhao")
    enrol(sign_in)

    methods.forget(ZHAO)

    assert methods.names.by_handle("zhao") is None
    assert not proves(sign_in, PASSWORD)
    assert not methods.apps.has(ZHAO)
