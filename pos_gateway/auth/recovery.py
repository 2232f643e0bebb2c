"""Recovery codes: ten to keep on paper for the day the phone is lost, each good once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.sign_in import SignInRefused

KIND = "recovery"

CODES = 10
CHARACTERS = 10
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def crockford(random_bytes: bytes) -> str:
    """As many letters and digits as there are bytes; none looks like another."""
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in random_bytes)


def normal(typed: str) -> str:
    """A code as it is compared, however it was typed."""
    return "".join(filter(str.isalnum, typed[:40].upper())).translate(_READ_AS)


class RecoveryCodes:
    """The recovery codes of the staff, kept blinded."""

    def __init__(self, credentials: Credentials, keeping: Keeping) -> None:
        self._credentials = credentials
        self._keeping = keeping

    def left(self, subject: str) -> int:
        """How many a subject has not used.

        Raises:
            Busy: not now.

        """
        return len(self._credentials.of(subject, KIND))

    def make(self, subject: str, *, now: datetime, randomness: Callable[[int], bytes]) -> list[str]:
        """New codes to show once; those before do no longer.

        Raises:
            Busy: not now.

        """
        codes = [crockford(randomness(CHARACTERS)) for _ in range(CODES)]
        kept = [Credential(KIND, subject, self._blinded(subject, code), b"", now) for code in codes]
        self._credentials.put_all(subject, KIND, kept)
        return [f"{code[:5]}-{code[5:]}" for code in codes]

    def check(self, subject: str, typed: str, *, now: datetime) -> None:
        """Check a code, and use it up.

        Raises:
            SignInRefused: it is wrong, or was used.
            Busy: not now.

        """
        code = Credential(KIND, subject, self._blinded(subject, normal(typed)), b"", now)
        if not self._credentials.spend(code):
            raise SignInRefused

    def _blinded(self, subject: str, code: str) -> str:
        return self._keeping.blind("recovery", subject, code)
