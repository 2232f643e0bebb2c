"""A one-time code: six digits sent to a phone, good for one answer, for some minutes."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from ledger.auth.pending import Pending
from ledger.vault import normal_phone
from pos_gateway.auth.sealing import Keeping
from pos_gateway.auth.shared_rate_limit import CODE_ADDRESS, CODE_LATER, CODE_SOON, Limits
from pos_gateway.errors.sign_in import OneTimeCodeWrong

DIGITS = 6
LASTS = timedelta(minutes=5)
WRONG_MAX = 5
"""A code that was tried wrongly so often is dead."""

Below = Callable[[int], int]
"""An unguessable whole number from 0 up to, and without, another: `secrets.randbelow`."""


class Sent(msgspec.Struct, frozen=True):
    """What is kept of a code: its blinded form, and how often it was tried wrongly."""

    code: str
    wrong: int = 0


def answered(sent: Sent | None, code: str) -> tuple[Sent | None, bool]:
    """What is left of a code after this answer (blinded), and whether the answer is right."""
    if sent is None:
        return None, False
    if hmac.compare_digest(sent.code, code):
        return None, True
    tried = msgspec.structs.replace(sent, wrong=sent.wrong + 1)
    return (tried if tried.wrong < WRONG_MAX else None), False


class OneTimeCodes:
    """Codes that were sent, kept under blinded phones."""

    def __init__(self, pending: Pending, keeping: Keeping, limits: Limits) -> None:
        self._pending = pending
        self._keeping = keeping
        self._limits = limits

    def issue(self, door: str, phone: str, *, address: str, now: datetime, below: Below) -> str:
        """A new code for a phone at one door, in the place of the one before.

        It is made for whatever is typed, so that an answer tells nobody who is known.

        Raises:
            TooManyRequests: for this phone or from this address codes are asked for too often.
            Busy: not now.

        """
        number = normal_phone(phone)
        self._limits.check(CODE_ADDRESS, "code-address", address, now=now)
        self._limits.check(CODE_SOON, "code-soon", f"{door} {number}", now=now)
        self._limits.check(CODE_LATER, "code-later", f"{door} {number}", now=now)
        code = f"{below(10**DIGITS):0{DIGITS}}"
        sent = msgspec.json.encode(Sent(self._blinded(door, number, code)))
        self._pending.put("one-time", self._about(door, number), sent, now=now, lasts=LASTS)
        return code

    def check(self, door: str, phone: str, code: str, *, now: datetime) -> None:
        """Check the code somebody typed; a right one is used with it.

        Raises:
            OneTimeCodeWrong: it is wrong, used, too old, or was tried too often.
            Busy: not now.

        """
        number = normal_phone(phone)
        typed = self._blinded(door, number, _digits(code))

        def change(kept: bytes | None) -> tuple[bytes | None, bool]:
            sent = None if kept is None else msgspec.json.decode(kept, type=Sent)
            left, right = answered(sent, typed)
            return (None if left is None else msgspec.json.encode(left)), right

        if not self._pending.decide("one-time", self._about(door, number), change, now=now):
            raise OneTimeCodeWrong

    def _about(self, door: str, number: str) -> str:
        return self._keeping.blind("one-time phone", door, number)

    def _blinded(self, door: str, number: str, code: str) -> str:
        return self._keeping.blind("one-time code", door, number, code)


def _digits(typed: str) -> str:
    """The digits of what was typed, full-width ones and spaces included."""
    return "".join(str(int(sign)) for sign in typed[:40] if sign.isdecimal())
