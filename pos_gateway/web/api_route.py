"""Route declarations of the API: request, response, and policy in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
from flask import Flask, Response, request

from ledger.benefits import Words
from pos_gateway.auth.authentication import Authenticator, RequestCredentials
from pos_gateway.auth.policies import Policy
from pos_gateway.web.json_body import CONTENT_TYPE, NothingAsked, check_id, read_body, sent_body

API = "/api/v1"

_NAMED = {Policy.TILL: "till", Policy.MEMBER: "member"}
"""The view's parameter for the caller, by policy; in all other policies it is `asking`."""


Body = TypeVar("Body", bound=msgspec.Struct)
Headers = list[tuple[str, str]]
_LINES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class Undeclared(RuntimeError):
    """A route lacks its policy or the description of a field, so the app does not start."""


class Reply(NamedTuple, Generic[Body]):
    """The outcome of an API view: a body and the facts for its HTTP headers.

    `replayed` marks an answer that was recorded before: it sets `Idempotency-Replayed: true`.
    `max_age_seconds` is the time for which public caches may keep the answer; None forbids caching.
    A `tagged` answer has an ETag, and only the caller's browser keeps it: the browser asks again
    each time, and gets 304 without a body where nothing changed.
    """

    body: Body
    status: int = 200
    replayed: bool = False
    max_age_seconds: int | None = None
    tagged: bool = False

    @classmethod
    def recorded(cls, body: Body, *, replayed: bool) -> Reply[Body]:
        """Return the reply to a recording request: status 201, or 200 for one `replayed`."""
        return cls(body, 200 if replayed else 201, replayed)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one path of the API; `name` is its operation id.

    `path` is relative to `/api/v1`, and names its parameters: `/drops/<drop_id>`. `view` takes the
    path parameters; the caller, as `till`, `member` or `asking` (staff), unless the policy is
    PUBLIC; and the request body as `asked`, if `asks` has fields. `asks` is the type of the request
    body, None for none; `answers` is that of the response body. `field_words` describe those fields
    of `asks` that `openapi` does not describe already. `statuses` are the success statuses with
    their descriptions; `problems` are the error statuses beyond those that follow from the policy
    and the body. The examples are sample bodies for the document. A `rushed` route gets thousands
    of requests a second, and is answered before Flask (`fast_path`): its view cannot use
    `flask.request`.
    """

    name: str
    method: Literal["GET", "POST", "PUT"]
    path: str
    policy: Policy
    title: Words
    view: Callable[..., Reply[Any]]
    answers: type[msgspec.Struct]
    statuses: Mapping[int, Words]
    problems: tuple[int, ...] = ()
    asks: type[msgspec.Struct] | None = None
    field_words: Mapping[str, Words] = {}
    rushed: bool = False
    example_asked: Mapping[str, Any] = {}
    example_answer: Mapping[str, Any] = {}


def declare(policy: Policy, view: Callable[..., Any]) -> Callable[..., Any]:
    """Set the policy of a view for `check_policies`, and return it; nothing is enforced here."""
    view.policy = policy  # type: ignore[attr-defined]  # read by `check_policies`
    return view


def install(app: Flask, authenticator: Authenticator, routes: list[Route]) -> None:
    """Add the routes to the app, below `/api/v1`, each with the check of its policy."""
    for route in routes:
        app.add_url_rule(
            API + route.path,
            route.name,
            declare(route.policy, _view(route, authenticator)),
            methods=[route.method],
        )


def check_policies(app: Flask) -> None:
    """Check that every URL of the app declares its policy; Undeclared names one that does not."""
    for name, view in app.view_functions.items():
        if not isinstance(getattr(view, "policy", None), Policy):
            raise Undeclared(
                f"the address {name!r} does not declare who may ask: give its Route or Page a"
                " policy=Policy.…, or wrap its view in api_route.declare(Policy.…, view)"
            )


def answered(
    route: Route,
    authenticator: Authenticator,
    *,
    named: Mapping[str, str],
    shown: RequestCredentials,
    sent: Callable[[], bytes],
) -> Answer:
    """Check the caller and the input of an API request, call the view, and return the response.

    `named` are the path parameters, and `shown` the credentials; `sent` reads the request body, and
    is called only for a route that takes one.

    Raises:
        HongkaError: the request is refused or invalid; the caller renders it as a problem.
        StoreFailure: a database is out of reach.
    """
    arguments: dict[str, Any] = {**named}
    for field, text in named.items():
        check_id(field, text)
    asking = authenticator.identify(route.policy, shown)
    if asking is not None:
        arguments[_NAMED.get(route.policy, "asking")] = asking
    if route.asks is not None:
        asked = read_body(sent(), route.asks)
        if route.asks is not NothingAsked:
            arguments["asked"] = asked
    reply = route.view(**arguments)
    headers = [("Content-Type", CONTENT_TYPE)]
    if reply.replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if reply.max_age_seconds is not None:
        headers.append(("Cache-Control", f"public, max-age={reply.max_age_seconds}"))
    content = msgspec.json.encode(reply.body)
    if reply.tagged:
        tag = hashlib.sha256(content).hexdigest()[:32]
        headers += [("ETag", f'"{tag}"'), ("Cache-Control", "private, no-cache")]
    return Answer(reply.status, headers, content)


def _view(route: Route, authenticator: Authenticator) -> Callable[..., Response]:
    def view(**named: str) -> Response:
        shown = RequestCredentials.of(request.environ)
        found = answered(route, authenticator, named=named, shown=shown, sent=sent_body)
        response = found.response
        if "ETag" in response.headers:
            response.make_conditional(request)
        return response

    return view


class Answer(NamedTuple):
    """An HTTP response as plain values; `reason` is that of a problem, None for a success."""

    status: int
    headers: Headers
    content: bytes
    reason: str | None = None

    @property
    def line(self) -> str:
        """The status line for WSGI, such as `200 OK`."""
        return _LINES[self.status]

    @property
    def response(self) -> Response:
        """The same response as a Flask object, with `reason` for the metrics."""
        response = Response(self.content, self.status, self.headers)
        response.reason = self.reason  # type: ignore[attr-defined]  # for the gauges
        return response
