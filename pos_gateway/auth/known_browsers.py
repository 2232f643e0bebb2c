"""Browsers that signed in before: strangers' guesses do not count against them."""

import re
from datetime import timedelta
from typing import NamedTuple

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import SECRET_BYTES, SignInMethod
from pos_gateway.codes import base64url

KIND = "browser"

LASTS = timedelta(days=180)
BROWSERS_MAX = 10
"""The most browsers of a subject; one more takes the place of the one not used for longest."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class Asker(NamedTuple):
    """The client that signs in: its network `address`, and the secret in its browser's cookie."""

    address: str
    browser: str = ""


class KnownBrowsers(SignInMethod):
    """The browsers in which each subject signed in, stored as a keyed hash of a random secret."""

    def secret(self, cookie: str) -> str:
        """Return the secret in a browser's cookie, or a new one where it holds none."""
        return cookie if _SECRET.fullmatch(cookie) else base64url(self._random(SECRET_BYTES))

    def remember(self, subject: str, secret: str) -> None:
        """Store that a subject signed in by the browser with this secret, for 180 days."""
        name = self._sealing.blind(KIND, secret)
        known = Credential(KIND, subject, name, b"", self._now())
        while not self._credentials.put(known, most=BROWSERS_MAX):
            self._credentials.spend(self._credentials.of(subject, KIND)[0])

    def knows(self, subject: str, secret: str) -> bool:
        """Return whether a subject signed in by the browser with this secret before."""
        name, since = self._sealing.blind(KIND, secret), self._now() - LASTS
        stored = self._credentials.of(subject, KIND)
        return any(one.name == name and one.made_at > since for one in stored)

    def forget_others(self, subject: str, secret: str) -> None:
        """Remove the browsers of a subject, except the one with this secret."""
        name = self._sealing.blind(KIND, secret)
        stored = self._credentials.of(subject, KIND)
        kept = [one for one in stored if one.name == name]
        self._credentials.put_all(subject, KIND, kept)
