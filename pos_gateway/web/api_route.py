"""Route declarations of the API: request, response, and policy in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
from flask import Flask, Response, request

from ledger.application import Request
from ledger.benefits import Words
from pos_gateway.auth.authentication import Authenticator, RequestCredentials
from pos_gateway.auth.policies import Identity, Policy
from pos_gateway.i18n.messages import Language
from pos_gateway.web.answer import API, Answer
from pos_gateway.web.json_body import CONTENT_TYPE, NothingAsked, check_id, read_body, sent_body
from pos_gateway.web.problem_details import language

ASKING = "hongka.asking"
"""The key, in the environment of a WSGI request, of a caller whom `identified` has returned."""

_NAMED = {Policy.TILL: "till", Policy.MEMBER: "member"}
"""The view's parameter for the caller, by policy; in all other policies it is `asking`."""


Body = TypeVar("Body", bound=msgspec.Struct)


class Undeclared(RuntimeError):
    """A route lacks its policy or the description of a field, so the app does not start."""


class Reply(NamedTuple, Generic[Body]):
    """The outcome of an API view: a body and the facts for its HTTP headers.

    `replayed` marks an answer that was recorded before: it sets `Idempotency-Replayed: true`.
    `max_age_seconds` is the time for which public caches may keep the answer; None forbids caching.
    A `tagged` answer has an ETag, and only the caller's browser keeps it: the browser asks again
    each time, and gets 304 without a body where nothing changed. `headers` are further ones.
    """

    body: Body
    status: int = 200
    replayed: bool = False
    max_age_seconds: int | None = None
    tagged: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def recorded(cls, body: Body, *, replayed: bool) -> Reply[Body]:
        """Return the reply to a recording request: status 201, or 200 for one `replayed`."""
        return cls(body, 200 if replayed else 201, replayed)


class Waiting(NamedTuple, Generic[Body]):
    """The outcome of a `rushed` view that needs the ledger's writer, with nothing submitted yet.

    `then(request)` makes the reply once the request is done, and may raise as a view does.
    """

    request: Request
    then: Callable[[Request], Reply[Body]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one path of the API; `name` is its operation id.

    `path` is relative to `/api/v1`, and names its parameters: `/drops/<drop_id>`. `view` takes the
    path parameters; the caller, as `till`, `member` or `asking` (staff), unless the policy is
    PUBLIC; and the request body as `asked`, if `asks` has fields. `asks` is the type of the request
    body, None for none; `answers` is that of the response body. `field_words` describe those fields
    of `asks` that `openapi` does not describe already. `statuses` are the success statuses with
    their descriptions; `problems` are the error statuses beyond those that follow from the policy
    and the body. The examples are sample bodies for the document. A `rushed` route gets thousands
    of requests a second, and is answered on an event loop (`pos_gateway.app.front`): its view can't
    use `flask.request`, and returns Waiting where it would wait for the writer. Its reply is never
    `tagged`: the front sends no 304. A view that `speaks` takes the caller's language as `tongue`.
    """

    name: str
    method: Literal["GET", "POST", "PUT"]
    path: str
    policy: Policy
    title: Words
    view: Callable[..., Reply[Any] | Waiting[Any]]
    answers: type[msgspec.Struct]
    statuses: Mapping[int, Words]
    problems: tuple[int, ...] = ()
    asks: type[msgspec.Struct] | None = None
    field_words: Mapping[str, Words] = {}
    rushed: bool = False
    speaks: bool = False
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


def identified(
    route: Route, authenticator: Authenticator, named: Mapping[str, str], shown: RequestCredentials
) -> Identity | None:
    """Check the path parameters `named` of an API request, and return its caller, None if PUBLIC.

    Raise InputInvalid for a malformed parameter, and what `Authenticator.identify` raises.
    """
    for field, text in named.items():
        check_id(field, text)
    return authenticator.identify(route.policy, shown)


def called(
    route: Route,
    asking: Identity | None,
    named: Mapping[str, str],
    sent: Callable[[], bytes],
    tongue: Language,
) -> Reply[Any] | Waiting[Any]:
    """Read the body of an API request, and call the view for the caller `asking`.

    `sent` reads the request body, and is called only for a route that takes one; `tongue` is the
    language of the caller. What the view raises becomes a problem by `answer_to`.
    """
    arguments: dict[str, Any] = {**named}
    if asking is not None:
        arguments[_NAMED.get(route.policy, "asking")] = asking
    if route.asks is not None:
        asked = read_body(sent(), route.asks)
        if route.asks is not NothingAsked:
            arguments["asked"] = asked
    if route.speaks:
        arguments["tongue"] = tongue
    return route.view(**arguments)


def answer_of(reply: Reply[Any]) -> Answer:
    """Return the response of a view's reply."""
    headers = [("Content-Type", CONTENT_TYPE), *reply.headers]
    if reply.replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if reply.max_age_seconds is not None:
        headers.append(("Cache-Control", f"public, max-age={reply.max_age_seconds}"))
    content = msgspec.json.encode(reply.body)
    if reply.tagged:
        headers += [etag(content), ("Cache-Control", "private, no-cache")]
    return Answer(reply.status, headers, content)


def etag(content: bytes) -> tuple[str, str]:
    """Return the header `ETag` for a body of this content."""
    return "ETag", f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _view(route: Route, authenticator: Authenticator) -> Callable[..., Response]:
    def view(**named: str) -> Response:
        environ = request.environ
        # The front may have identified the caller already, and taken a token of the rate limit.
        asking = environ.get(ASKING) or identified(
            route, authenticator, named, RequestCredentials.of(environ)
        )
        reply = called(route, asking, named, sent_body, language())
        if isinstance(reply, Waiting):
            authenticator.ledger.finish(reply.request)
            reply = reply.then(reply.request)
        response = answer_of(reply).response
        if "ETag" in response.headers:
            response.make_conditional(request)
        return response

    return view
