"""Pages with forms: the field `act` names the action, and errors are shown in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.auth.rate_limit import STEPS_ADDRESS
from pos_gateway.errors import RequestMalformed, StepOver
from pos_gateway.pages.sign_in.session_cookie import address, start_session
from pos_gateway.services import Services
from pos_gateway.web.page_route import expected, render

Act = Callable[..., Response]


def field(name: str) -> str:
    """Return a field of the sent form, cut to 20,000 characters; empty if missing."""
    return request.form.get(name, "")[:20_000]


def answered(
    acts: Mapping[str, Act], first: Callable[..., dict[str, Any]], template: str, **known: Any
) -> Response:
    """Render the page for GET; for POST, run the action of `acts` that the form field `act` names.

    `first(**known)` gives the page's values, and `known` goes to the action. After a HongkaError
    the page is shown again with the error, at the form's step; after StepOver, at the first step.
    An error of status 500 is raised.
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
    """Return a value as a JSON response, for a script of a page."""
    return Response(msgspec.json.encode(value), content_type="application/json")


def passkey_actions(services: Services, realm: str) -> dict[str, Act]:
    """Return the form actions for signing in to a realm by passkey, by the name in `act`."""

    def ask() -> Response:
        services.sign_in.limiter.hit(STEPS_ADDRESS, "steps", address())
        return json_response(services.sign_in.passkeys.ask_to_open(realm))

    def opened() -> Response:
        subject = services.sign_in.passkeys.subject_of(realm, field("credential"))
        return start_session(services, realm, subject, "passkey")

    return {"passkey-ask": ask, "passkey": opened}
