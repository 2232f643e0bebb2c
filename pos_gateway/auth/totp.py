"""Codes that an app on the phone makes from the time (TOTP, RFC 6238), each good once."""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from datetime import datetime

from pyotp import TOTP

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.auth.sealing import Keeping
from pos_gateway.codes.qr_image import svg
from pos_gateway.errors.sign_in import SignInRefused

KIND = "totp"

SECRET_BYTES = 20
STEP_SECONDS = 30
ISSUER = "hongka"

_DRIFT = (0, -1, 1)
"""The steps tried: a phone's clock may be half a minute off."""


def new_secret(random_bytes: bytes) -> str:
    """A secret as apps take it (base32), from 20 random bytes.

    Raises:
        ValueError: not 20 bytes.

    """
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("a secret takes 20 random bytes")
    return b32encode(random_bytes).decode()


def provisioning_url(secret: str, handle: str) -> str:
    """What the app reads from the QR picture."""
    return TOTP(secret).provisioning_uri(name=handle, issuer_name=ISSUER)


def shown(secret: str, handle: str) -> dict[str, str]:
    """A secret for the page: a `picture` (SVG) to scan, and the `secret` to type in fours."""
    fours = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"picture": svg(provisioning_url(secret, handle)), "secret": fours}


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step of time a code is of; None where it is of none nearby."""
    maker = TOTP(secret)
    here = int(now.timestamp()) // STEP_SECONDS
    typed = "".join(code.split())[:20].encode()
    found = None
    for drift in _DRIFT:
        if hmac.compare_digest(maker.generate_otp(here + drift).encode(), typed):
            found = here + drift
    return found


class TotpApps:
    """The apps of the staff, one each; secrets are sealed."""

    def __init__(self, credentials: Credentials, keeping: Keeping) -> None:
        self._credentials = credentials
        self._keeping = keeping

    def has(self, subject: str) -> bool:
        """Whether a subject has one.

        Raises:
            Busy: not now.

        """
        return bool(self._credentials.of(subject, KIND))

    def enrol(self, subject: str, secret: str, code: str, *, now: datetime) -> None:
        """Take an app on, once it has shown that it makes the codes; it takes an older one's place.

        Raises:
            SignInRefused: the code is not of this secret.
            Busy: not now.

        """
        step = step_of(secret, code, now=now)
        if step is None:
            raise SignInRefused
        kept = self._keeping.close(b32decode(secret), KIND, subject)
        self._credentials.put(Credential(KIND, subject, "", kept, now, counter=step))

    def check(self, subject: str, code: str, *, now: datetime) -> None:
        """Check a code; neither it nor one before it will do again.

        Raises:
            SignInRefused: it is wrong or used, or the subject has no app.
            VaultUnreadable: the secret was changed or moved.
            Busy: not now.

        """
        found = self._credentials.of(subject, KIND)
        if found:
            secret = b32encode(self._keeping.open(found[0].kept, KIND, subject)).decode()
            step = step_of(secret, code, now=now)
            if step is not None and self._credentials.use(found[0], counter=step, at=now):
                return
        raise SignInRefused
