"""Errors as problem details (RFC 9457), with one table of statuses by error class."""

import logging
import secrets
import traceback
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from flask import Flask, Response, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from ledger import errors
from ledger.errors import HongkaError, Particular
from ledger.store import StoreFailure
from pos_gateway import errors as faults
from pos_gateway.auth.api_key import KeyRefused
from pos_gateway.errors import InvalidCode
from pos_gateway.i18n.messages import LANGUAGES, Language, message
from pos_gateway.web.answer import API, Answer

ACCEPTED_LENGTH_MAX = 200
"""The characters of an `Accept-Language` header that are read: parsing takes time on the loop."""

_KINDS: list[tuple[int, tuple[type[HongkaError], ...]]] = [
    (400, (faults.RequestMalformed,)),
    (401, (errors.TillUnknown, errors.TillRevoked, errors.KeyEnded)),
    (401, (KeyRefused, faults.SignInNeeded)),
    (403, (errors.Denied, faults.RoleNeeded, faults.SentFromElsewhere, faults.SignInRefused)),
    (403, (faults.OneTimeCodeWrong, faults.PasskeyRefused, faults.PairingRefused)),
    (403, (faults.SignInStale,)),
    (404, (errors.RedemptionUnknown, errors.DropUnknown, errors.TicketUnknown, errors.UseUnknown)),
    (404, (faults.PathUnknown,)),
    (405, (faults.MethodNotAllowed,)),
    (408, (faults.BodyTooSlow,)),
    (409, (errors.Refusal, faults.InvitationOver, faults.StepOver, faults.HandleTaken)),
    (409, (faults.TooManyPasskeys, faults.LastWayIn)),
    (413, (faults.BodyTooLarge,)),
    (415, (faults.ContentTypeWrong,)),
    (422, (errors.Unacceptable, InvalidCode, faults.PasswordWeak)),
    (428, (faults.ChallengeNeeded,)),
    (429, (faults.TooManyRequests,)),
    (500, (faults.Unexpected,)),
    (503, (errors.Busy, faults.NotReady)),
]
STATUSES = {kind: status for status, kinds in _KINDS for kind in kinds}
"""HTTP statuses by error class; a subclass without an entry has the status of its nearest base."""

CONTENT_TYPE = "application/problem+json"

DRAINED_BYTES_MAX = 16 * 2**20
READ_BYTES = 2**16

_FAULTS: dict[int | None, type[faults.Fault]] = {
    404: faults.PathUnknown,
    405: faults.MethodNotAllowed,
    413: faults.BodyTooLarge,
    415: faults.ContentTypeWrong,
}

_log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error: `reason` for programs, title and next step for people, details as `particulars`.

    `type` is the path of its reason in the page of the API; `status` is the HTTP status.
    """

    type: str
    title: str
    status: int
    reason: str
    next_step: str
    particulars: Mapping[str, Particular] = {}


def install(app: Flask) -> None:
    """Register the error handlers of an app: each error is answered with a JSON problem."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _other)


def language() -> Language:
    """Return the language that the current request accepts, English or Chinese (the default)."""
    return language_of(request.headers.get("Accept-Language", ""))


def language_of(accepted: str) -> Language:
    """Return the language that an `Accept-Language` header prefers; Chinese by default.

    Of a header longer than ACCEPTED_LENGTH_MAX only the beginning counts.
    """
    return _preferred(accepted[:ACCEPTED_LENGTH_MAX])


@lru_cache(maxsize=1_000)
def _preferred(accepted: str) -> Language:
    found = parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES)
    return "en" if found == "en" else "zh"


def answer_to(error: Exception, tongue: Language, where: str | None) -> Answer:
    """Return the response to any exception; `where` names the endpoint for the log, if known.

    A StoreFailure is answered with 503, and a HongkaError with its status. Any other exception, and
    a HongkaError of status 500, is logged under an incident id and answered with 500.
    """
    match error:
        case HongkaError() if status_of(type(error)) != 500:  # noqa: PLR2004 - a status
            return problem_answer(error, tongue)
        case StoreFailure():
            return problem_answer(errors.Busy(retry_after_seconds=1), tongue)
        case _:  # what nobody placed, a damaged vault say, is for those who run the gateway
            return problem_answer(_unexpected(error, where), tongue)


def problem_answer(error: HongkaError, tongue: Language) -> Answer:
    """Return the JSON response for an error, with its status and the headers that belong to it."""
    status = status_of(type(error))
    headers = [
        ("Content-Type", CONTENT_TYPE),
        ("Content-Language", tongue),
        ("Vary", "Accept-Language"),
    ]
    if error.replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if status == 401:  # noqa: PLR2004 - a status
        headers.append(("WWW-Authenticate", 'Bearer realm="hongka"'))
    if status in {429, 503}:
        seconds = error.particulars.get("retry_after_seconds", 1)
        headers.append(("Retry-After", str(seconds)))
    content = msgspec.json.encode(problem_of(type(error), error.particulars, tongue))
    return Answer(status, headers, content, error.reason)


def problem_of(
    kind: type[HongkaError], particulars: Mapping[str, Particular], tongue: Language
) -> Problem:
    """Build the problem of an error class and its particulars, with its texts, or general ones."""
    title, next_step = message(kind.reason, tongue, particulars.get("problem"))
    return Problem(
        type=f"{API}/#{kind.reason}",
        title=title,
        status=status_of(kind),
        reason=kind.reason,
        next_step=next_step,
        particulars=particulars,
    )


def status_of(kind: type[HongkaError]) -> int:
    """Return the HTTP status of an error class: that of its nearest base in STATUSES, else 500."""
    return next((STATUSES[cls] for cls in kind.__mro__ if cls in STATUSES), 500)


def _http(error: HTTPException) -> Response:
    if error.code is not None and error.code < 400:  # noqa: PLR2004 - a redirect is no error
        return error.get_response()  # type: ignore[return-value]  # werkzeug's is the sansio class
    if error.code == 413:  # noqa: PLR2004 - a status
        drain()
    fault = _FAULTS.get(error.code, faults.RequestMalformed)()
    response = problem_answer(fault, language()).response
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def drain() -> None:
    """Read and discard the rest of the request body, at most DRAINED_BYTES_MAX (16 MiB).

    A client that still sends when the connection closes would not see the response.
    """
    remaining = DRAINED_BYTES_MAX
    while remaining > 0 and (part := request.environ["wsgi.input"].read(READ_BYTES)):
        remaining -= len(part)


def _other(error: Exception) -> Response:
    return answer_to(error, language(), request.endpoint).response


def _unexpected(error: Exception, where: str | None) -> HongkaError:
    """Log the type and place of an error, and return an Unexpected with the incident id.

    The message of the error is not logged, since it could quote a person's name.
    """
    incident = secrets.token_hex(8)
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("incident %s: %s in %s\n%s", incident, type(error).__name__, where, frames)
    return faults.Unexpected(incident=incident)
