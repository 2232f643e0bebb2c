"""Errors of requests and of the gateway itself, beside those of the ledger."""

from __future__ import annotations

from ledger.errors import HongkaError


class Fault(HongkaError):
    """The request never reached the ledger."""


class RequestMalformed(Fault):
    """The request is not valid HTTP or JSON; `problem` says where, in English."""


class PathUnknown(Fault):
    """The URL does not exist."""


class MethodNotAllowed(Fault):
    """The URL takes other methods: `Allow` names them."""


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
    """The caller exceeded the rate limit; nothing was decided."""


class NotReady(Fault):
    """The gateway can't do its work now: `failing` names what is missing."""


class Unexpected(Fault):
    """An internal error; `incident` finds it in the log of the gateway."""
