"""Errors of signing in; none reveals who is known here."""

from __future__ import annotations

from pos_gateway.errors.http import Fault


class SignInRefused(Fault):
    """The identity was not proven or is unknown; the error does not tell which."""


class OneTimeCodeWrong(Fault):
    """The code is wrong, used, expired, tried too often, or was never sent."""


class StepOver(Fault):
    """The sign-in step expired or was used already; the person starts again."""


class InvitationOver(Fault):
    """The invitation was used, expired, or never existed."""


class PasswordWeak(Fault):
    """The password is easy to guess: `problem` says why."""


class HandleTaken(Fault):
    """Another person has this sign-in name."""


class PasskeyRefused(Fault):
    """The passkey is unknown, or its answer does not match the challenge."""


class TooManyPasskeys(Fault):
    """The person has as many passkeys as allowed."""


class LastWayIn(Fault):
    """The credential cannot be removed: without it the person could not sign in any more."""


class PairingRefused(Fault):
    """The pairing code is wrong, used, expired, or was refused."""
