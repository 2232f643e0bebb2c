"""What can be wrong when somebody signs in; none of it tells who is known here."""

from __future__ import annotations

from pos_gateway.errors.http import Fault


class SignInRefused(Fault):
    """Who they say they are was not proven, or nobody is known by that name: one answer to both."""


class OneTimeCodeWrong(Fault):
    """The code is wrong, was used, is too old, or was tried too often; or none was sent."""


class StepOver(Fault):
    """The step before took place too long ago, or was used already."""


class InvitationOver(Fault):
    """The invitation was used, is too old, or never was."""


class PasswordWeak(Fault):
    """The password is easily guessed: `problem` says how."""


class HandleTaken(Fault):
    """The name to sign in by is somebody else's."""


class PasskeyRefused(Fault):
    """The passkey is not known here, or its answer is not to our question."""


class TooManyPasskeys(Fault):
    """There are as many passkeys as one may have."""


class LastWayIn(Fault):
    """Without it there would be no way left to sign in."""


class PairingRefused(Fault):
    """The code of pairing is wrong, was used, or is too old; or it was refused."""
