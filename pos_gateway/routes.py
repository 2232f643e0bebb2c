"""How an address is declared, once: what it asks, what it answers, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import msgspec
from flask import Flask, Response, request

from ledger.benefits import Words
from ledger.book import Ledger
from pos_gateway.body import check_id, read_body
from pos_gateway.member_key import member_of
from pos_gateway.pace import Pace
from pos_gateway.till_key import till_of

API = "/api/v1"


class Policy(StrEnum):
    """Who may ask."""

    PUBLIC = "public"
    TILL = "till"
    MEMBER = "member"


class Undeclared(RuntimeError):
    """An address says not who may ask: the app does not start."""


class Reply(NamedTuple):
    """A body, its status, whether it was given before, and how long a cache may keep it."""

    body: msgspec.Struct
    status: int = 200
    replayed: bool = False
    max_age_seconds: int | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address of the API.

    `view` takes what the path names, `till` or `member` where one asks, and `asked` where there is
    a body.
    `statuses` are those of success, each with its words; `problems` those of failure.
    """

    name: str
    method: Literal["GET", "POST", "PUT"]
    path: str
    policy: Policy
    title: Words
    view: Callable[..., Reply]
    answers: type[msgspec.Struct]
    statuses: Mapping[int, Words]
    problems: tuple[int, ...] = ()
    asks: type[msgspec.Struct] | None = None
    example_asked: Mapping[str, Any] = {}
    example_answer: Mapping[str, Any] = {}


def declare(policy: Policy, view: Callable[..., Any]) -> Callable[..., Any]:
    """The view of a page, with who may ask."""
    view.policy = policy  # type: ignore[attr-defined]  # read by `check_policies`
    return view


def install(app: Flask, ledger: Ledger, routes: list[Route]) -> None:
    """Serve these routes."""
    pace = Pace()
    for route in routes:
        app.add_url_rule(
            API + route.path,
            route.name,
            declare(route.policy, _view(route, ledger, pace)),
            methods=[route.method],
        )


def check_policies(app: Flask) -> None:
    """Check that every address says who may ask.

    Raises:
        Undeclared: one does not.

    """
    for name, view in app.view_functions.items():
        if not isinstance(getattr(view, "policy", None), Policy):
            raise Undeclared(name)


def _view(route: Route, ledger: Ledger, pace: Pace) -> Callable[..., Response]:
    def view(**arguments: Any) -> Response:
        for field, text in arguments.items():
            check_id(field, text)
        if route.policy is Policy.TILL:
            arguments["till"] = till_of(request.headers.get("Authorization", ""), ledger)
        if route.policy is Policy.MEMBER:
            arguments["member"] = member_of(request.headers.get("Authorization", ""), ledger)
            pace.check(arguments["member"].member_id)
        if route.asks is not None:
            arguments["asked"] = read_body(route.asks)
        reply = route.view(**arguments)
        content = msgspec.json.encode(reply.body)
        response = Response(content, reply.status, content_type="application/json")
        if reply.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        if reply.max_age_seconds is not None:
            response.headers["Cache-Control"] = f"public, max-age={reply.max_age_seconds}"
        return response

    return view
