"""What can be wrong with a request, or with this gateway, beside what the ledger says."""

from __future__ import annotations

from ledger.errors import HongkaError


class Fault(HongkaError):
    """The request never reached the ledger."""


class RequestMalformed(Fault):
    """The request is not HTTP or JSON as it should be; `problem` says where, in English."""


class PathUnknown(Fault):
    """Nothing is at this address."""


class MethodNotAllowed(Fault):
    """The address takes other methods: `Allow` names them."""


class BodyTooLarge(Fault):
    """The body is longer than this gateway reads."""


class ContentTypeWrong(Fault):
    """The body must be `application/json`."""


class ChallengeNeeded(Fault):
    """The drop asks for a proof of work first: `challenge` names where to get one."""


class SignInNeeded(Fault):
    """Nobody is signed in, or no longer."""


class RoleNeeded(Fault):
    """Who is signed in has no role that covers this."""


class SentFromElsewhere(Fault):
    """What changes something was not sent by a page of ours."""


class TooManyRequests(Fault):
    """Who asks has asked too often; nothing was decided."""


class NotReady(Fault):
    """This gateway cannot do its work now: `failing` names what is missing."""


class Unexpected(Fault):
    """Our own mistake; `incident` finds it in the log of the gateway."""
