"""Errors of requests, of signing in, of codes, and of the gateway itself."""

from __future__ import annotations

from typing import Literal

from ledger.errors import HongkaError


class Fault(HongkaError):
    """The base of errors in the request itself: it never reached the ledger."""


class RequestMalformed(Fault):
    """The request is not valid HTTP or JSON; `problem` says where, in English."""


class PathUnknown(Fault):
    """The URL does not exist."""


class MethodNotAllowed(Fault):
    """The URL exists, but not for this method; the header `Allow` names the allowed ones."""


class BodyTooLarge(Fault):
    """The body exceeds the limit of this gateway."""


class ContentTypeWrong(Fault):
    """The body must be `application/json`."""


class ChallengeNeeded(Fault):
    """The drop needs a proof of work first: `challenge` names where to get the challenge."""


class SignInNeeded(Fault):
    """The caller is not signed in, or the session ended."""


class RoleNeeded(Fault):
    """The caller has no role that allows this."""


class SentFromElsewhere(Fault):
    """A changing request did not come from a page of this gateway."""


class TooManyRequests(Fault):
    """The caller sent too many requests or guesses; nothing was done."""


class NotReady(Fault):
    """The readiness check failed: `failing` names the parts that do not work."""


class Unexpected(Fault):
    """An internal error; `incident` is the id under which it is in the log of the gateway."""


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


Problem = Literal[
    "malformed",
    "unknown_key",
    "forged",
    "expired",
    "not_yet_valid",
    "malleated",
    "check_character",
    "too_long",
    "unsupported",
    "is_a_ticket",
]


class InvalidCode(HongkaError):
    """The scanned text is not a code of this federation, or the code is not valid now."""

    def __init__(self, *, problem: Problem) -> None:
        super().__init__(problem=problem)
        self.problem = problem
