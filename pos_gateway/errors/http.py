"""Errors of requests and of the gateway itself, beside those of the ledger."""

from __future__ import annotations

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
