"""Passwords, apps and codes on paper: each is checked as it was set up, and used as it may be."""

from __future__ import annotations

import itertools
import secrets
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from pyotp import TOTP

from ledger.vault import VaultUnreadable
from pos_gateway.auth import password, totp
from pos_gateway.errors.sign_in import (
    HandleTaken,
    InvitationOver,
    PasswordWeak,
    SignInRefused,
)
from tests.support.sign_in_methods import PASSWORD, ZHAO, Lobby, any_lobby, lobby, refused

__all__ = ["any_lobby", "lobby"]

SECRET = totp.new_secret(bytes(range(20)))
STEP = timedelta(seconds=30)


def proves(lobby: Lobby, typed: str, subject: str | None = ZHAO) -> bool:
    try:
        lobby.reception.passwords.check(subject, typed, now=lobby.now)
    except SignInRefused:
        return False
    return True


def app_proves(lobby: Lobby, code: str) -> bool:
    try:
        lobby.reception.apps.check(ZHAO, code, now=lobby.now)
    except SignInRefused:
        return False
    return True


def phone_shows(lobby: Lobby, steps: int = 0) -> str:
    return TOTP(SECRET).at(lobby.now + steps * STEP)


def enrol(lobby: Lobby) -> None:
    lobby.reception.apps.enrol(ZHAO, SECRET, phone_shows(lobby), now=lobby.now)


def test_a_password_proves_its_subject_alone(any_lobby: Lobby) -> None:
    any_lobby.reception.passwords.set(ZHAO, PASSWORD, handle="zhao", now=any_lobby.now)

    assert proves(any_lobby, PASSWORD)
    assert not proves(any_lobby, PASSWORD + ".")
    assert not proves(any_lobby, PASSWORD, "staff-qian")
    assert not proves(any_lobby, "nobody's password", None)
    assert not proves(any_lobby, "nobody's password", "staff-qian")


class CountingHasher(PasswordHasher):
    """Note the parameters of each hash that a password is compared with."""

    def __init__(self, real: PasswordHasher) -> None:
        super().__init__(real.time_cost, real.memory_cost, real.parallelism)
        self.compared: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.compared.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


def test_an_unknown_name_is_refused_after_the_same_hashing_as_a_known_one(
    lobby: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby.reception.passwords.set(ZHAO, PASSWORD, handle="zhao", now=lobby.now)
    hasher = CountingHasher(password.HASHER)
    monkeypatch.setattr(password, "HASHER", hasher)

    assert not proves(lobby, "wrong carp, wrong bridge", ZHAO)
    assert not proves(lobby, "wrong carp, wrong bridge", None)
    assert not proves(lobby, "wrong carp, wrong bridge", "staff-qian")

    assert len(hasher.compared) == 3
    assert len(set(map(repr, hasher.compared))) == 1


def test_a_password_is_kept_as_an_argon2id_hash_of_its_own_salt(lobby: Lobby) -> None:
    lobby.reception.passwords.set(ZHAO, PASSWORD, handle="zhao", now=lobby.now)
    lobby.reception.passwords.set("staff-qian", PASSWORD, handle="qian", now=lobby.now)
    zhao, qian = (
        lobby.reception.credentials.of(subject, password.KIND)[0].kept
        for subject in (ZHAO, "staff-qian")
    )

    found = extract_parameters(zhao.decode())
    assert (found.type.name, found.memory_cost, found.time_cost) == ("ID", 47_104, 2)
    assert zhao != qian


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(lobby: Lobby) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1_024).hash(PASSWORD)
    credentials = lobby.reception.credentials
    old = password.Credential(password.KIND, ZHAO, "", weak.encode(), lobby.now)
    credentials.put(old)

    assert proves(lobby, PASSWORD)
    kept = credentials.of(ZHAO, password.KIND)[0].kept.decode()
    assert extract_parameters(kept).memory_cost == 47_104
    assert proves(lobby, PASSWORD)


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
def test_what_is_easily_guessed_is_refused(lobby: Lobby, typed: str, problem: str) -> None:
    with pytest.raises(PasswordWeak) as weak:
        lobby.reception.passwords.set(ZHAO, typed, handle="zhao", now=lobby.now)

    assert weak.value.particulars["problem"] == problem


@pytest.mark.parametrize("typed", [PASSWORD, "红鲤鱼与绿鲤鱼在石桥下面", "7rT-k2Wq-9mZx"])
def test_what_is_hard_to_guess_is_taken(lobby: Lobby, typed: str) -> None:
    lobby.reception.passwords.set(ZHAO, typed, handle="zhao", now=lobby.now)

    assert proves(lobby, typed)


def test_the_code_of_an_app_works_once(any_lobby: Lobby) -> None:
    enrol(any_lobby)
    any_lobby.now += STEP

    code = phone_shows(any_lobby)
    assert app_proves(any_lobby, code)
    assert not app_proves(any_lobby, code)


def test_the_code_that_enrolled_an_app_does_not_sign_in(lobby: Lobby) -> None:
    enrol(lobby)

    assert not app_proves(lobby, phone_shows(lobby))


def test_a_code_before_the_last_used_does_no_longer(lobby: Lobby) -> None:
    enrol(lobby)
    lobby.now += 3 * STEP
    earlier = phone_shows(lobby, -1)

    assert app_proves(lobby, phone_shows(lobby))
    assert not app_proves(lobby, earlier)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(lobby: Lobby, steps: int, taken: bool) -> None:  # noqa: FBT001
    enrol(lobby)
    lobby.now += 10 * STEP

    assert app_proves(lobby, phone_shows(lobby, steps)) == taken


def test_an_app_enrols_with_a_code_of_its_own(lobby: Lobby) -> None:
    other = TOTP(totp.new_secret(bytes(20))).at(lobby.now)

    assert refused(SignInRefused, lobby.reception.apps.enrol, ZHAO, SECRET, other, now=lobby.now)
    assert not lobby.reception.apps.has(ZHAO)


def test_an_app_reads_our_address() -> None:
    url = totp.provisioning_url(SECRET, "zhao")

    assert url.startswith("otpauth://totp/hongka:zhao?secret=")
    assert SECRET in url


def test_a_secret_is_sealed_for_its_subject_alone(lobby: Lobby) -> None:
    enrol(lobby)
    credentials = lobby.reception.credentials
    kept = credentials.of(ZHAO, totp.KIND)[0]
    assert SECRET.encode() not in kept.kept
    assert bytes(range(20)) not in kept.kept

    credentials.put(kept._replace(subject="staff-qian"))
    code = phone_shows(lobby)
    assert refused(VaultUnreadable, lobby.reception.apps.check, "staff-qian", code, now=lobby.now)


def test_ten_codes_on_paper_each_work_once(any_lobby: Lobby) -> None:
    recovery = any_lobby.reception.recovery
    codes = recovery.make(ZHAO, now=any_lobby.now, randomness=secrets.token_bytes)

    assert len(set(codes)) == 10
    recovery.check(ZHAO, codes[3].lower().replace("-", " "), now=any_lobby.now)
    assert refused(SignInRefused, recovery.check, ZHAO, codes[3], now=any_lobby.now)
    assert refused(SignInRefused, recovery.check, "staff-qian", codes[4], now=any_lobby.now)
    assert recovery.left(ZHAO) == 9


def test_new_codes_on_paper_end_the_old(lobby: Lobby) -> None:
    recovery = lobby.reception.recovery
    numbers = itertools.count()
    old, new = (
        recovery.make(ZHAO, now=lobby.now, randomness=lambda many: bytes([next(numbers)] * many))
        for _ in range(2)
    )

    assert refused(SignInRefused, recovery.check, ZHAO, old[0], now=lobby.now)
    recovery.check(ZHAO, new[0], now=lobby.now)


def test_an_invitation_works_once_within_seven_days(any_lobby: Lobby) -> None:
    invitations = any_lobby.reception.invitations
    code = invitations.make(ZHAO, "zhao", now=any_lobby.now, random_bytes=bytes(range(20)))

    assert invitations.look(code, now=any_lobby.now) == (ZHAO, "zhao")
    late = any_lobby.now + timedelta(days=7)
    assert refused(InvitationOver, invitations.spend, code, now=late)
    assert invitations.spend(code.lower(), now=any_lobby.now).handle == "zhao"
    assert refused(InvitationOver, invitations.spend, code, now=any_lobby.now)


def test_a_new_invitation_ends_the_old(lobby: Lobby) -> None:
    invitations = lobby.reception.invitations
    old = invitations.make(ZHAO, "zhao", now=lobby.now, random_bytes=bytes(range(20)))
    invitations.make(ZHAO, "zhao", now=lobby.now, random_bytes=bytes(range(1, 21)))

    assert refused(InvitationOver, invitations.spend, old, now=lobby.now)


def test_a_handle_and_a_phone_are_of_one_subject(any_lobby: Lobby) -> None:
    names = any_lobby.reception.names
    names.give_handle(ZHAO, "Zhao.Li", now=any_lobby.now)
    names.give_phone(ZHAO, "+86 138 0013 8000", now=any_lobby.now)

    assert names.by_handle(" ｚhao.li ") == ZHAO
    assert names.by_phone("13800138000") == ZHAO
    assert names.by_handle("qian") is None
    assert refused(HandleTaken, names.give_handle, "staff-qian", "ZHAO.LI", now=any_lobby.now)
    assert refused(HandleTaken, names.give_phone, "staff-qian", "13800138000", now=any_lobby.now)
    names.give_handle(ZHAO, "zhao", now=any_lobby.now)
    assert names.by_handle("zhao.li") is None


def test_who_leaves_has_no_way_in(lobby: Lobby) -> None:
    reception = lobby.reception
    reception.names.give_handle(ZHAO, "zhao", now=lobby.now)
    reception.passwords.set(ZHAO, PASSWORD, handle="zhao", now=lobby.now)
    enrol(lobby)

    reception.forget(ZHAO)

    assert reception.names.by_handle("zhao") is None
    assert not proves(lobby, PASSWORD)
    assert not reception.apps.has(ZHAO)
