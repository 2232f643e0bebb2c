"""Passwords: kept as Argon2id hashes, checked in the same time whether there is one or not."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.errors.sign_in import PasswordWeak, SignInRefused

KIND = "password"

LENGTH_LEAST = 12
LENGTH_MOST = 128
DIFFERENT_LEAST = 6
"""Different characters a password has at least."""

RUN_MOST = 5
"""The longest run (12345, abcde, aaaaa) a password may hold."""

HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
"""46 MiB and two passes: above what OWASP asks of Argon2id; about 50 ms here."""

_AT_ONCE = BoundedSemaphore(4)
"""So many hashes at a time: their memory is bounded."""

_NOBODYS = HASHER.hash("nobody's password")


class Passwords:
    """The passwords of the staff, or what else of one kind is kept and checked like them."""

    def __init__(self, credentials: Credentials, *, kind: str = KIND) -> None:
        self._credentials = credentials
        self._kind = kind

    def set(self, subject: str, password: str, *, handle: str, now: datetime) -> None:
        """Give a subject a password, in the place of the one before.

        Raises:
            PasswordWeak: it is too short, too long, or easily guessed.
            Busy: not now.

        """
        self.keep(subject, hashed(password, handle=handle), now=now)

    def keep(self, subject: str, kept: str, *, now: datetime) -> None:
        """Give a subject a password that was `hashed` before.

        Raises:
            Busy: not now.

        """
        self._credentials.put(Credential(self._kind, subject, "", kept.encode(), now))

    def check(self, subject: str | None, password: str, *, now: datetime) -> None:
        """Check a password; where nobody is known by the name it takes as long.

        Raises:
            SignInRefused: it is wrong, or the subject has none.
            Busy: not now.

        """
        found = self._credentials.of(subject, self._kind) if subject else []
        kept = found[0].kept.decode() if found else _NOBODYS
        with _AT_ONCE:
            right = _verified(kept, password[: LENGTH_MOST + 1])
        if not (right and found and subject):
            raise SignInRefused
        if HASHER.check_needs_rehash(kept):
            self.keep(subject, hash_of(password), now=now)


def hashed(password: str, *, handle: str) -> str:
    """A password as it is kept.

    Raises:
        PasswordWeak: it is too short, too long, or easily guessed.

    """
    check_strength(password, handle=handle)
    return hash_of(password)


def check_strength(password: str, *, handle: str) -> None:
    """Check that a password is not easily guessed.

    Raises:
        PasswordWeak: `problem` is `length`, `repeats`, `run` or `named`.

    """
    if not LENGTH_LEAST <= len(password) <= LENGTH_MOST:
        raise PasswordWeak(problem="length", least=LENGTH_LEAST, most=LENGTH_MOST)
    if len(set(password)) < DIFFERENT_LEAST:
        raise PasswordWeak(problem="repeats")
    if _longest_run(password) > RUN_MOST:
        raise PasswordWeak(problem="run")
    lower = password.casefold()
    if any(name in lower for name in ("hongka", "password", handle.casefold()) if name):
        raise PasswordWeak(problem="named")


def hash_of(password: str) -> str:
    """A password as it is kept, whatever its strength."""
    with _AT_ONCE:
        return HASHER.hash(password)


def _verified(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _longest_run(password: str) -> int:
    """How many characters follow one another by the same step: down, none or up."""
    longest, run, before = 1, 1, 0
    for one, other in pairwise(password):
        step = ord(other) - ord(one)
        if abs(step) > 1:
            run = 1
        elif run > 1 and step == before:
            run += 1
        else:
            run = 2
        before = step
        longest = max(longest, run)
    return longest
