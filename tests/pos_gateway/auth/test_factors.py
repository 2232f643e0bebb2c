"""Passwords, recovery codes and invitations are set up, checked and used once."""

import time
from contextlib import suppress
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from pyotp import TOTP

from pos_gateway.auth import password, totp
from pos_gateway.errors import HandleTaken, InvitationOver, PasswordWeak, SignInRefused
from tests.support.sign_in_methods import (
    MINUTE,
    PASSWORD,
    ZHAO,
    SignInSetup,
    is_refused,
    sign_in,
    sign_in_any_db,
)

__all__ = ["sign_in", "sign_in_any_db"]


def proves(sign_in: SignInSetup, typed: str, subject: str | None = ZHAO) -> bool:
    try:
        sign_in.methods.passwords.check(subject, typed)
    except SignInRefused:
        return False
    return True


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
        ("li xiaoming 88!", "named"),
        ("call 13800138000 now", "named"),
        ("1q2w3e4r5t6y", "common"),
        ("qwertyuiop12", "common"),
        ("football1234", "common"),
        ("iloveyou1234", "common"),
        ("woaini1314520", "common"),
        ("qazwsxedcrfv", "common"),
    ],
)
def test_what_is_easily_guessed_is_refused(sign_in: SignInSetup, typed: str, problem: str) -> None:
    known = ["Li Xiaoming", "13800138000", ""]
    with pytest.raises(PasswordWeak) as weak:
        sign_in.methods.passwords.set(ZHAO, typed, handle="zhao", words=known)

    assert weak.value.particulars["problem"] == problem


def test_the_longest_password_is_judged_in_time(sign_in: SignInSetup) -> None:
    begun = time.process_time()
    for typed in ("aA1!" * 32, "a4@" * 42, "1q2w3e4r5t6y7u8i9o0p" * 6, "é" * 120 + "abcdefg"):
        with suppress(PasswordWeak):
            sign_in.methods.passwords.set(ZHAO, typed, handle="zhao")

    assert time.process_time() - begun < 2


@pytest.mark.parametrize("typed", [PASSWORD, "红鲤鱼与绿鲤鱼在石桥下面", "7rT-k2Wq-9mZx"])
def test_what_is_hard_to_guess_is_taken(sign_in: SignInSetup, typed: str) -> None:
    sign_in.methods.passwords.set(ZHAO, typed, handle="zhao")

    assert proves(sign_in, typed)


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
    methods.browsers.remember(ZHAO, "b")
    secret = totp.new_secret(bytes(range(20)))
    methods.apps.enrol(ZHAO, secret, TOTP(secret).at(sign_in.now))

    methods.forget(ZHAO)

    assert methods.names.by_handle("zhao") is None
    assert not proves(sign_in, PASSWORD)
    assert not methods.apps.has(ZHAO)
    assert not methods.browsers.knows(ZHAO, "b")


def test_ten_browsers_are_known_for_half_a_year_and_the_oldest_gives_way(
    sign_in: SignInSetup,
) -> None:
    browsers = sign_in.methods.browsers
    for number in range(11):
        sign_in.now += MINUTE
        browsers.remember(ZHAO, f"b{number}")

    known = [browsers.knows(ZHAO, f"b{number}") for number in range(11)]
    assert known == [False] + [True] * 10
    assert not browsers.knows("staff-qian", "b1")
    sign_in.now += timedelta(days=180)
    assert not browsers.knows(ZHAO, "b10")
