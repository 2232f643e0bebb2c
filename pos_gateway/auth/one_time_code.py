"""One-time codes: six digits sent to a phone, good for one sign-in within five minutes."""

import hmac
import secrets
from datetime import timedelta

import msgspec

from ledger.vault import normal_phone
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.auth.rate_limit import CODE_ADDRESS, CODE_LATER, CODE_SOON, CODE_STRANGERS
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import OneTimeCodeWrong

DIGITS = 6
LASTS = timedelta(minutes=5)
WRONG_MAX = 5
"""So many wrong answers end a code."""


class Sent(msgspec.Struct, frozen=True):
    """The record of a sent code: its blinded form, and the number of wrong answers so far."""

    code: str
    wrong: int = 0


def answered(sent: Sent | None, code: str) -> tuple[Sent | None, bool]:
    """Return the record after a blinded answer, and whether the answer is right.

    The new record is None where the code is used up: by a right answer, or by WRONG_MAX wrong ones.
    Without a record every answer is wrong.
    """
    if sent is None:
        return None, False
    if hmac.compare_digest(sent.code, code):
        return None, True
    tried = msgspec.structs.replace(sent, wrong=sent.wrong + 1)
    return (tried if tried.wrong < WRONG_MAX else None), False


class OneTimeCodes(SignInMethod):
    """The one-time codes sent, each for the browser that asked; all is stored blinded.

    A code is one of a realm, a phone and a browser, which a secret in a cookie of it names.
    """

    def issue(self, realm: str, phone: str, asker: Asker, *, known: bool) -> str:
        """Store and return a new code of six digits for a phone in a realm, good for five minutes.

        The caller sends it; an earlier code of this browser stops working. A phone that nobody has
        gets a code too, so that the response does not reveal who is known. `known` tells that the
        phone's owner signed in by this browser: then others' requests do not count against it.

        Raises:
            TooManyRequests: the browser or its network asked for too many codes.
        """
        number, browser = normal_phone(phone), asker.browser
        where = browser if known else asker.address
        if not known:
            self._limiter.hit(CODE_ADDRESS, "code-address", asker.address)
        self._limiter.hit(CODE_SOON, "code-soon", f"{realm} {number} {browser}")
        self._limiter.hit(CODE_LATER, "code-later", f"{realm} {number} {where}")
        if not known:
            self._limiter.hit(CODE_STRANGERS, "code-strangers", f"{realm} {number}")
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        sent = msgspec.json.encode(Sent(self._blinded(realm, number, code)))
        about = self._about(realm, number, browser)
        self._pending.put("one-time", about, sent, now=self._now(), lasts=LASTS)
        return code

    def check(self, realm: str, phone: str, code: str, *, browser: str) -> None:
        """Check a typed code; a right code works once, and WRONG_MAX wrong answers end the code.

        Any other code raises OneTimeCodeWrong, also one that expired, was never sent, or was sent
        for another browser.
        """
        number = normal_phone(phone)
        typed = self._blinded(realm, number, digits(code))

        def change(kept: bytes | None) -> tuple[bytes | None, bool]:
            sent = None if kept is None else msgspec.json.decode(kept, type=Sent)
            left, right = answered(sent, typed)
            return (None if left is None else msgspec.json.encode(left)), right

        about = self._about(realm, number, browser)
        if not self._pending.decide("one-time", about, change, now=self._now()):
            raise OneTimeCodeWrong

    def _about(self, realm: str, number: str, browser: str) -> str:
        return self._sealing.blind("one-time phone", realm, number, browser)

    def _blinded(self, realm: str, number: str, code: str) -> str:
        return self._sealing.blind("one-time code", realm, number, code)


def digits(typed: str) -> str:
    """Return the digits of a typed text as ASCII, full-width ones too; drop the rest."""
    return "".join(str(int(sign)) for sign in typed[:40] if sign.isdecimal())
