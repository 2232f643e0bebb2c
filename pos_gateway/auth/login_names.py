"""The names staff sign in by: a handle for those of the federation, a phone for shop owners."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from ledger.auth.credentials import Credential, Credentials
from ledger.errors import InputInvalid
from ledger.vault import normal_phone
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.sign_in import HandleTaken

HANDLE = "handle"
PHONE = "phone"

HANDLE_LENGTH_MAX = 40
PHONE_DIGITS_LEAST = 5
PHONE_DIGITS_MOST = 20

_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def normal_handle(typed: str) -> str:
    """A handle as it is kept and compared."""
    return unicodedata.normalize("NFKC", typed[: 4 * HANDLE_LENGTH_MAX]).strip().casefold()


def checked_handle(typed: str) -> str:
    """A handle as it is kept.

    Raises:
        InputInvalid: a handle has 2 to 40 letters a–z, digits, dots, dashes.

    """
    name = normal_handle(typed)
    if not _HANDLE.fullmatch(name):
        raise InputInvalid(field="handle", most=HANDLE_LENGTH_MAX)
    return name


def checked_phone(typed: str) -> str:
    """The digits of a phone.

    Raises:
        InputInvalid: it is no phone number.

    """
    number = normal_phone(typed)
    if not PHONE_DIGITS_LEAST <= len(number) <= PHONE_DIGITS_MOST:
        raise InputInvalid(field="phone", most=PHONE_DIGITS_MOST)
    return number


class Names:
    """Which subject is meant by a name; phones are kept blinded."""

    def __init__(self, credentials: Credentials, keeping: Keeping) -> None:
        self._credentials = credentials
        self._keeping = keeping

    def give_handle(self, subject: str, handle: str, *, now: datetime) -> None:
        """Let a subject sign in by this handle, and by no other.

        Raises:
            InputInvalid: a handle has 2 to 40 letters a–z, digits, dots, dashes.
            HandleTaken: it is somebody else's.
            Busy: not now.

        """
        name = checked_handle(handle)
        self._give(Credential(HANDLE, subject, "", name.encode(), now, found_by=name))

    def give_phone(self, subject: str, phone: str, *, now: datetime) -> None:
        """Let a subject sign in by this phone, and by no other.

        Raises:
            InputInvalid: it is no phone number.
            HandleTaken: it is somebody else's.
            Busy: not now.

        """
        number = checked_phone(phone)
        found_by = self._keeping.blind("sign-in phone", number)
        self._give(Credential(PHONE, subject, "", b"", now, found_by=found_by))

    def by_handle(self, handle: str) -> str | None:
        """The subject of a handle, or None.

        Raises:
            Busy: not now.

        """
        return self._found(HANDLE, normal_handle(handle))

    def by_phone(self, phone: str) -> str | None:
        """The subject of a phone, or None.

        Raises:
            Busy: not now.

        """
        return self._found(PHONE, self._keeping.blind("sign-in phone", normal_phone(phone)))

    def handle(self, subject: str) -> str:
        """The handle of a subject; empty where there is none.

        Raises:
            Busy: not now.

        """
        found = self._credentials.of(subject, HANDLE)
        return found[0].kept.decode() if found else ""

    def _found(self, kind: str, found_by: str) -> str | None:
        found = self._credentials.find(kind, found_by)
        return None if found is None else found.subject

    def _give(self, credential: Credential) -> None:
        if not self._credentials.put(credential):
            raise HandleTaken
