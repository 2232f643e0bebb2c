"""Pages with forms: the field `act` names the action, and errors are shown in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.auth.shared_rate_limit import STEPS_ADDRESS
from pos_gateway.errors.http import RequestMalformed
from pos_gateway.errors.sign_in import StepOver
from pos_gateway.pages.sign_in.session_cookie import address, start_session
from pos_gateway.services import Services
from pos_gateway.web.page_route import expected, render

Act = Callable[..., Response]


def field(name: str) -> str:
    """Return a field of the form, cut to 20000 characters; empty where it is missing."""
    return request.form.get(name, "")[:20_000]


def answered(
    acts: Mapping[str, Act], first: Callable[..., dict[str, Any]], template: str, **known: Any
) -> Response:
    """Return the page, or the response to its form.

    After an error, show the page again with `problem`, at the step of the form unless that is over.
    """
    if request.method != "POST":
        return render(template, **first(**known))
    try:
        act = acts.get(field("act"))
        if act is None:
            raise RequestMalformed(problem="act")
        return act(**known)
    except HongkaError as error:
        kept = {} if isinstance(error, StepOver) else {"stage": field("stage")}
        shown = first(**known) | kept
        return render(template, error=expected(error), **shown, reason=error.reason)


def json_response(value: Any) -> Response:
    """Return a value as JSON, for a script of ours."""
    return Response(msgspec.json.encode(value), content_type="application/json")


def passkey_actions(services: Services, realm: str) -> dict[str, Act]:
    """Return the actions with which a page lets people of one realm sign in by passkey."""

    def ask() -> Response:
        services.sign_in.limiter.hit(STEPS_ADDRESS, "steps", address())
        return json_response(services.sign_in.passkeys.ask_to_open(realm))

    def opened() -> Response:
        subject = services.sign_in.passkeys.subject_of(realm, field("credential"))
        return start_session(services, realm, subject, "passkey")

    return {"passkey-ask": ask, "passkey": opened}
