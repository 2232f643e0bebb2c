"""Route declarations of the API: request, response, and policy in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
from flask import Flask, Response, request

from ledger.benefits import Words
from pos_gateway.auth.authentication import Authenticator, RequestCredentials
from pos_gateway.auth.policies import Policy
from pos_gateway.web.json_body import CONTENT_TYPE, check_id, read_body, sent_body
from pos_gateway.web.response import Answer

API = "/api/v1"

_NAMED = {Policy.TILL: "till", Policy.MEMBER: "member"}
"""The view's parameter for the caller; for staff it is `asking`."""


class Undeclared(RuntimeError):
    """A route lacks a declaration, so the app does not start."""


Body = TypeVar("Body", bound=msgspec.Struct)


class Reply(NamedTuple, Generic[Body]):
    """A body, its status, whether it was given before, and how long a cache may keep it.

    One that is `tagged` is kept by the browser of who asked alone, and asked for again each time:
    where nothing changed, the answer is 304.
    """

    body: Body
    status: int = 200
    replayed: bool = False
    max_age_seconds: int | None = None
    tagged: bool = False

    @classmethod
    def recorded(cls, body: Body, *, replayed: bool) -> Reply[Body]:
        """Return the answer to a request that records: 201, or 200 where it is replayed."""
        return cls(body, 200 if replayed else 201, replayed)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address of the API.

    `view` takes what the path names, who asks as `till`, `member` or `asking` (staff), and `asked`
    where there is a body.
    `field_words` describe the fields of `asks` that `openapi` has no words for yet.
    `statuses` are those of success, each with its words; `problems` those of failure. A route that
    is `rushed` is asked by thousands in one second, and answered before Flask (`front`): its view
    knows no request in hand.
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
    """The view of a page, with who may ask."""
    view.policy = policy  # type: ignore[attr-defined]  # read by `check_policies`
    return view


def install(app: Flask, authenticator: Authenticator, routes: list[Route]) -> None:
    """Serve these routes."""
    for route in routes:
        app.add_url_rule(
            API + route.path,
            route.name,
            declare(route.policy, _view(route, authenticator)),
            methods=[route.method],
        )


def check_policies(app: Flask) -> None:
    """Check that every address says who may ask.

    Raises:
        Undeclared: one does not.

    """
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
    """Return the response of a route to its path parameters, credentials and body.

    Raises:
        HongkaError: the response is a problem.
        StoreFailure: a database is out of reach.

    """
    arguments: dict[str, Any] = {**named}
    for field, text in named.items():
        check_id(field, text)
    asking = authenticator.identify(route.policy, shown)
    if asking is not None:
        arguments[_NAMED.get(route.policy, "asking")] = asking
    if route.asks is not None:
        arguments["asked"] = read_body(sent(), route.asks)
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
