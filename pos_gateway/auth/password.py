"""Passwords, stored as Argon2id hashes; an unknown name costs as much as a known one."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import SignInContext, SignInMethod
from pos_gateway.errors import PasswordWeak, SignInRefused

KIND = "password"

LENGTH_LEAST = 12
LENGTH_MOST = 128
DIFFERENT_LEAST = 6
"""Different characters a password has at least."""

RUN_MOST = 5
"""The longest run (12345, abcde, aaaaa) a password may hold."""

SCORE_LEAST = 3
READ_MOST = 72
"""The least strength that zxcvbn sees, of 0 to 4, and the characters that it reads."""

_CHINESE = (
    *("woaini", "woaini1314", "woaini1314520", "1314520", "5201314", "520520", "aini1314"),
    *("qazwsx", "qazwsxedc", "qazwsxedcrfv", "zaqwsx", "qweasdzxc", "asdfghjkl", "zxcvbnm"),
    *("wodemima", "mima", "zhongguo", "beijing", "miyun", "gonghui", "yonghu", "guanliyuan"),
    *("admin", "laoshi", "baobao", "nihao", "aa123456", "a123456", "qq123456", "abc123"),
)
"""Passwords common in China that the lists of zxcvbn lack."""

HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
"""46 MiB and two passes: above what OWASP asks of Argon2id; about 50 ms here."""

_AT_ONCE = BoundedSemaphore(4)
"""The limit of concurrent hashes, which bounds their memory."""

_NOBODYS = (
    "$argon2id$v=19$m=47104,t=2,p=1$MBEhhgRxhOeLXmwXjzGpYA"
    "$Xne0ePWk725UUJUyOwJds7RldHsdVjGqMSSXBkfgPJU"
)
"""The hash of a password that nobody knows, made with these parameters."""


class Passwords(SignInMethod):
    """The passwords of staff as hashes, or other secrets of one `kind`, such as PINs."""

    def __init__(self, context: SignInContext, *, kind: str = KIND) -> None:
        super().__init__(context)
        self._kind = kind

    def set(self, subject: str, password: str, *, handle: str, words: Sequence[str] = ()) -> None:
        """Replace a subject's password; raise PasswordWeak as `check_strength` does."""
        self.keep(subject, hashed(password, handle=handle, words=words))

    def keep(self, subject: str, kept: str) -> None:
        """Store a hash as the password of a subject; it replaces the earlier one."""
        self._credentials.put(Credential(self._kind, subject, "", kept.encode(), self._now()))

    def check(self, subject: str | None, password: str) -> None:
        """Check a password; an unknown subject, None or empty, takes the same time as a known one.

        Raises:
            SignInRefused: the password is wrong, or the subject is unknown or has none.
        """
        found = self._credentials.of(subject, self._kind) if subject else []
        kept = found[0].kept.decode() if found else _NOBODYS
        with _AT_ONCE:
            right = _verified(kept, password[: LENGTH_MOST + 1])
        if not (right and found and subject):
            raise SignInRefused
        if HASHER.check_needs_rehash(kept):
            self.keep(subject, hash_of(password))


def hashed(password: str, *, handle: str, words: Sequence[str] = ()) -> str:
    """Return the Argon2id hash of a password; raise PasswordWeak as `check_strength` does."""
    check_strength(password, handle=handle, words=words)
    return hash_of(password)


def check_strength(password: str, *, handle: str, words: Sequence[str] = ()) -> None:
    """Check the length, the variety and the contents of a password.

    `words` are what others know of the person, such as a name and a phone number.

    Raises:
        PasswordWeak: `problem` is `length` (not 12 to 128 characters), `repeats` (too few different
            ones), `run` (such as 123456), `named` (it contains the handle, one of `words` or ours)
            or `common` (it is made of what many people choose).
    """
    if not LENGTH_LEAST <= len(password) <= LENGTH_MOST:
        raise PasswordWeak(problem="length", least=LENGTH_LEAST, most=LENGTH_MOST)
    if len(set(password)) < DIFFERENT_LEAST:
        raise PasswordWeak(problem="repeats")
    if _longest_run(password) > RUN_MOST:
        raise PasswordWeak(problem="run")
    lower = password.casefold()
    known = [word.casefold() for word in (handle, *words) if word]
    if any(name in lower for name in ("hongka", "password", *known)):
        raise PasswordWeak(problem="named")
    from zxcvbn import zxcvbn  # noqa: PLC0415 - lists of words, which no command needs

    read = zxcvbn(password[:READ_MOST], [*known, *_CHINESE], max_length=READ_MOST)
    if read["score"] < SCORE_LEAST:
        raise PasswordWeak(problem="common")


def hash_of(password: str) -> str:
    """Return the Argon2id hash of a secret without any check of its strength."""
    with _AT_ONCE:
        return HASHER.hash(password)


def _verified(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _longest_run(password: str) -> int:
    """Return the length of the longest run of equal, rising or falling characters: 123, aaa."""
    steps = (ord(other) - ord(one) for one, other in pairwise(password))
    runs = (1 + len(list(run)) for step, run in groupby(steps) if abs(step) <= 1)
    return max(runs, default=1)
