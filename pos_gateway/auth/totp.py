"""Time-based codes of authenticator apps (TOTP, RFC 6238), each good once."""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from collections.abc import Callable
from datetime import datetime

from pyotp import TOTP

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import SignInRefused

KIND = "totp"

SECRET_BYTES = 20
STEP_SECONDS = 30
ISSUER = "hongka"

_DRIFT = (0, -1, 1)
"""The steps tried: a phone's clock may be half a minute off."""


def new_secret(random_bytes: bytes) -> str:
    """Return the secret of an authenticator app in base32, from 20 random bytes."""
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("a secret takes 20 random bytes")
    return b32encode(random_bytes).decode()


def provisioning_url(secret: str, handle: str) -> str:
    """Return the `otpauth:` URL that an app reads from a QR code; `handle` names the account."""
    return TOTP(secret).provisioning_uri(name=handle, issuer_name=ISSUER)


def shown(secret: str, handle: str) -> dict[str, str]:
    """Return `picture`, the secret's QR code as SVG, and `secret`, its text in groups of four."""
    from pos_gateway.codes.qr_image import svg  # noqa: PLC0415 - no command draws this

    fours = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"picture": svg(provisioning_url(secret, handle)), "secret": fours}


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the 30-second time step of a typed code; None if no step near `now` has it."""
    maker = TOTP(secret)
    here = int(now.timestamp()) // STEP_SECONDS
    typed = "".join(code.split())[:20].encode()
    found = None
    for drift in _DRIFT:
        if hmac.compare_digest(maker.generate_otp(here + drift).encode(), typed):
            found = here + drift
    return found


class TotpApps(SignInMethod):
    """The authenticator apps of staff, at most one a person; secrets are stored encrypted.

    A code that is wrong or used, or of a person without an app, is rejected with SignInRefused.
    """

    def has(self, subject: str) -> bool:
        """Return whether a subject has an authenticator app."""
        return bool(self._credentials.of(subject, KIND))

    def enrol(
        self, subject: str, secret: str, code: str, note: Callable[[], object] = lambda: None
    ) -> None:
        """Store the secret of an app that shows a right code; it replaces the earlier app.

        `note` is called before it is stored, but not for a wrong code.
        """
        now = self._now()
        step = step_of(secret, code, now=now)
        if step is None:
            raise SignInRefused
        note()
        kept = self._sealing.seal(b32decode(secret), KIND, subject)
        self._credentials.put(Credential(KIND, subject, "", kept, now, counter=step))

    def check(self, subject: str, code: str) -> None:
        """Check a typed code; this code and earlier ones then stop working."""
        now, found = self._now(), self._credentials.of(subject, KIND)
        if found:
            secret = b32encode(self._sealing.unseal(found[0].kept, KIND, subject)).decode()
            step = step_of(secret, code, now=now)
            if step is not None and self._credentials.use(found[0], counter=step, at=now):
                return
        raise SignInRefused
