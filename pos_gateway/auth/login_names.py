"""Sign-in names of staff: a handle for the federation's people, a phone for merchants' owners."""

import re
import unicodedata

from ledger.auth.credentials import Credential
from ledger.errors import InputInvalid
from ledger.vault import normal_phone
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import HandleTaken

HANDLE = "handle"
PHONE = "phone"

HANDLE_LENGTH_MAX = 40
PHONE_DIGITS_LEAST = 5
PHONE_DIGITS_MOST = 20

_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def normal_handle(typed: str) -> str:
    """Return a typed handle in its stored form: trimmed, NFKC, lower case; it is not checked."""
    return unicodedata.normalize("NFKC", typed[: 4 * HANDLE_LENGTH_MAX]).strip().casefold()


def checked_handle(typed: str) -> str:
    """Return a handle as stored, 2 to 40 of a–z, 0–9 and (not first) `._-`; else InputInvalid."""
    name = normal_handle(typed)
    if not _HANDLE.fullmatch(name):
        raise InputInvalid(field="handle", most=HANDLE_LENGTH_MAX)
    return name


def checked_phone(typed: str) -> str:
    """Return a typed phone as digits without China's 86; raise InputInvalid unless 5 to 20."""
    number = normal_phone(typed)
    if not PHONE_DIGITS_LEAST <= len(number) <= PHONE_DIGITS_MOST:
        raise InputInvalid(field="phone", most=PHONE_DIGITS_MOST)
    return number


class LoginNames(SignInMethod):
    """The sign-in names of staff, with the subject of each; phones are stored blinded.

    A name that another subject has is not given (HandleTaken), nor a malformed one (InputInvalid).
    """

    def give_handle(self, subject: str, handle: str) -> None:
        """Set the handle of a subject; it replaces their earlier one."""
        name = checked_handle(handle)
        self._give(HANDLE, subject, name, name.encode())

    def give_phone(self, subject: str, phone: str) -> None:
        """Set the sign-in phone of a subject; it replaces their earlier one."""
        self._give(PHONE, subject, self._blinded(checked_phone(phone)))

    def by_handle(self, handle: str) -> str | None:
        """Return the subject with a typed handle; None if nobody has it."""
        return self._found(HANDLE, normal_handle(handle))

    def by_phone(self, phone: str) -> str | None:
        """Return the subject with a typed phone number; None if nobody has it."""
        return self._found(PHONE, self._blinded(normal_phone(phone)))

    def handle(self, subject: str) -> str:
        """Return the handle of a subject; empty if they have none."""
        found = self._credentials.of(subject, HANDLE)
        return found[0].kept.decode() if found else ""

    def _found(self, kind: str, found_by: str) -> str | None:
        found = self._credentials.find(kind, found_by)
        return None if found is None else found.subject

    def _give(self, kind: str, subject: str, found_by: str, kept: bytes = b"") -> None:
        name = Credential(kind, subject, "", kept, self._now(), found_by=found_by)
        if not self._credentials.put(name):
            raise HandleTaken

    def _blinded(self, number: str) -> str:
        return self._sealing.blind("sign-in phone", number)
