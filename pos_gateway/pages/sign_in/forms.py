"""A page with forms: each says what it does in a field `act`, and failures are told in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.errors.http import RequestMalformed
from pos_gateway.errors.sign_in import StepOver
from pos_gateway.web.page_route import render, told
from pos_gateway.web.problem_details import status_of

Act = Callable[..., Response]


def field(name: str) -> str:
    """What a form holds in a field; empty where it has none."""
    return request.form.get(name, "")[:20_000]


def answered(
    acts: Mapping[str, Act], first: Callable[..., dict[str, Any]], template: str, **known: Any
) -> Response:
    """The page, or what comes of the form that was sent.

    Where that fails, the page is shown again with `problem`: the step the form was of, unless that
    is over.
    """
    if request.method != "POST":
        return render(template, **first(**known))
    try:
        act = acts.get(field("act"))
        if act is None:
            raise RequestMalformed(problem="act")
        return act(**known)
    except HongkaError as error:
        if status_of(type(error)) == 500:  # noqa: PLR2004 - our own mistake is told elsewhere
            raise
        kept = {} if isinstance(error, StepOver) else {"stage": field("stage")}
        response = render(
            template,
            status_of(type(error)),
            **(first(**known) | kept),
            problem=told(error),
            reason=error.reason,
        )
        wait = error.particulars.get("retry_after_seconds")
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response


def json_response(value: Any) -> Response:
    """What a script of ours asked for."""
    return Response(msgspec.json.encode(value), content_type="application/json")
