"""Pages with forms: the field `act` names the action, and errors are shown in place."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request

from ledger.errors import HongkaError
from pos_gateway.auth.rate_limit import STEPS_ADDRESS
from pos_gateway.errors import PasskeyRefused, RequestMalformed, StepOver
from pos_gateway.pages.sign_in.session_cookie import address, note, start_session
from pos_gateway.services import Services
from pos_gateway.web.page_route import expected, render, see
from pos_gateway.web.views import Views

Act = Callable[..., Response | dict[str, Any] | None]
"""An action of a form; `answered` tells what its results mean."""


class SignInViews(Views[Services]):
    """Views of sign-in pages, which may serve several realms."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._sign_in = services.sign_in

    @property
    def _realm(self) -> str:
        """The realm of the request's URL: `card`, `desk` or `shop`."""
        return request.path.split("/")[1]


def field(name: str) -> str:
    """Return a field of the sent form, cut to 20,000 characters; empty if missing."""
    return request.form.get(name, "")[:20_000]


def answered(
    acts: Mapping[str, Act], first: Callable[..., dict[str, Any]], template: str, **known: Any
) -> Response:
    """Render the page for GET; for POST, run the action of `acts` that the form field `act` names.

    `first(**known)` gives the page's values, and `known` goes to the action. It returns a response,
    or values with which the page is shown again, or None: the browser loads the page anew. After a
    HongkaError the page is shown again with the error, at the form's step; after StepOver, at the
    first step. An error of status 500 is raised.
    """
    if request.method != "POST":
        return render(template, **first(**known))
    try:
        act = acts.get(field("act"))
        if act is None:
            raise RequestMalformed(problem="act")
        found = act(**known)
    except HongkaError as error:
        kept = {} if isinstance(error, StepOver) else {"stage": field("stage")}
        shown = first(**known) | kept
        return render(template, error=expected(error), **shown, reason=error.reason)
    if isinstance(found, Response):
        return found
    return see(request.path) if found is None else render(template, **(first(**known) | found))


def passkey_actions(services: Services, realm: str) -> dict[str, Act]:
    """Return the form actions for signing in to a realm by passkey, by the name in `act`."""

    def ask() -> Response:
        services.sign_in.limiter.hit(STEPS_ADDRESS, "steps", address())
        return jsonify(services.sign_in.passkeys.ask_to_open(realm))

    def opened() -> Response:
        try:
            subject = services.sign_in.passkeys.subject_of(realm, field("credential"))
        except PasskeyRefused:
            note(services, "sign_in", "failed", about=f"{realm} passkey")
            raise
        return start_session(services, realm, subject, "passkey")

    return {"passkey-ask": ask, "passkey": opened}
