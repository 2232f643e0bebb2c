"""Time-based codes of authenticator apps (TOTP, RFC 6238), each good once."""

import hmac
from base64 import b32decode, b32encode
from collections.abc import Callable
from datetime import datetime, timedelta

from pyotp import TOTP

from ledger.auth.credentials import Credential
from pos_gateway.auth.one_time_code import digits
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import SignInRefused

KIND = "totp"

SECRET_BYTES = 20
STEP_SECONDS = 30
ISSUER = "hongka"

DRIFT = 1
"""The steps by which a phone may be off from where its last code stood: half a minute."""

FAR = 10
"""The steps by which a phone may be off that shows two codes, one after the other."""

AGAIN_LASTS = timedelta(minutes=5)


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


def steps_of(secret: str, code: str, *, here: int, most: int) -> list[int]:
    """Return the 30-second time steps that have a typed code, at most `most` from the step `here`.

    The code is read as codes by message are: in full width, or with blanks and hyphens.
    """
    maker, typed = TOTP(secret), digits(code).encode()
    near = range(here - most, here + most + 1)
    return [step for step in near if hmac.compare_digest(maker.generate_otp(step).encode(), typed)]


def _here(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


class TotpApps(SignInMethod):
    """The authenticator apps of staff, at most one a person; secrets are stored encrypted.

    A code that is wrong or used, or of a person without an app, is rejected with SignInRefused. The
    clock of a phone is followed from code to code. One that is further off is believed after two
    codes, one after the other; the first is refused like any other wrong one.
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
        step = self._step(subject, secret, code, here=_here(now), last=0)
        if step is None:
            raise SignInRefused
        note()
        kept = self._sealing.seal(b32decode(secret), KIND, subject)
        self._credentials.put(Credential(KIND, subject, "", kept, now, counter=step))

    def check(self, subject: str, code: str) -> None:
        """Check a typed code; this code and earlier ones then stop working."""
        now, found = self._now(), self._credentials.of(subject, KIND)
        if found:
            app = found[0]
            secret = b32encode(self._sealing.unseal(app.kept, KIND, subject)).decode()
            off = app.counter - _here(app.used_at or app.made_at)
            step = self._step(subject, secret, code, here=_here(now) + off, last=app.counter)
            if step is not None and self._credentials.use(app, counter=step, at=now):
                return
        raise SignInRefused

    def _step(self, subject: str, secret: str, code: str, *, here: int, last: int) -> int | None:
        """Return the first unused step of a code near `here`, or that follows a code further off.

        Otherwise return None, and keep the step of a code that is further off for the next one.
        """
        for step in steps_of(secret, code, here=here, most=DRIFT):
            if step > last:
                return step
        now, about = self._now(), self._sealing.blind("app again", subject, secret)
        before = self._pending.look("app again", about, now=now)
        far = [step for step in steps_of(secret, code, here=here, most=FAR) if step > last]
        for step in far:
            if before == str(step - 1).encode():
                return step
        if far:
            self._pending.put("app again", about, str(far[0]).encode(), now=now, lasts=AGAIN_LASTS)
        return None
