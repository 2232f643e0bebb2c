"""Errors of requests, of signing in, of codes, and of the gateway itself."""

from typing import Literal

from ledger.errors import HongkaError


class Fault(HongkaError):
    """The base of the gateway's own errors, which the ledger does not know."""


class RequestMalformed(Fault):
    """The request is not valid HTTP, form or JSON; `problem`, if any, says in English where."""


class PathUnknown(Fault):
    """The URL does not exist, or needs something that is not set up here."""


class MethodNotAllowed(Fault):
    """The URL exists, but not for this method; the header `Allow` names the allowed ones."""


class BodyTooLarge(Fault):
    """The request body exceeds the limit: 64 KiB, more for uploads."""


class BodyTooSlow(Fault):
    """The request body did not arrive in time: 10 seconds, and more for a long one."""


class ContentTypeWrong(Fault):
    """The request's `Content-Type` is not `application/json`."""


class ChallengeNeeded(Fault):
    """The claim needs a right, fresh proof of work first; `drop` is the id of the drop."""


class SignInNeeded(Fault):
    """The caller is not signed in, or the session ended."""


class RoleNeeded(Fault):
    """The signed-in person of staff has no role that allows this."""


class SignedInAsAnother(Fault):
    """The command names the officer `named`, but `signed_in` is signed in at this terminal."""


class SecretFileUnsafe(Fault):
    """Another account owns `file`, which holds a secret, or may read or change it."""


class SentFromElsewhere(Fault):
    """A request that changes something did not come from a page of this gateway."""


class TooManyRequests(Fault):
    """Too many requests or guesses: nothing was done; `retry_after_seconds` tells when to go on."""


class NotReady(Fault):
    """The readiness check failed: the text `failing` names the parts that do not work."""


class Unexpected(Fault):
    """An internal error; `incident` is the id under which it is in the log of the gateway."""


class SignInRefused(Fault):
    """The identity was not proven, is unknown or may not enter; the error does not tell which."""


class OneTimeCodeWrong(Fault):
    """The code sent to a phone is wrong, used, expired, tried too often, or was never sent."""


class SignInStale(Fault):
    """The person signed in too long ago to change how they sign in; they sign in again first."""


class StepOver(Fault):
    """The sign-in step expired or was used already; the person starts again."""


class InvitationOver(Fault):
    """The invitation was used, expired, or never existed."""


class PasswordWeak(Fault):
    """The password is easy to guess: `problem` says in which way: see `check_strength`."""


class HandleTaken(Fault):
    """Another person has this sign-in name."""


class PasskeyRefused(Fault):
    """The passkey is unknown or copied, or the browser's answer is invalid or comes too late."""


class TooManyPasskeys(Fault):
    """The person has as many passkeys as allowed."""


class LastWayIn(Fault):
    """The credential cannot be removed: without it the person could not sign in any more."""


class PairingRefused(Fault):
    """The pairing code of a till is wrong, used, expired or refused, or another officer's."""


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
    "not_live",
]


class InvalidCode(HongkaError):
    """The scanned text is no code of this federation, or not valid now: `problem` tells which."""

    def __init__(self, *, problem: Problem) -> None:
        super().__init__(problem=problem)
        self.problem = problem
