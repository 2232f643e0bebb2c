"""Officers' sign-in: password and second factor, passkey, or an identity provider."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from flask import Response, request

from pos_gateway.auth.oidc import LASTS, ExternalIdentity, Oidc
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.auth.rate_limit import STEPS_ADDRESS
from pos_gateway.auth.sign_in_context import SECRET_BYTES
from pos_gateway.errors import PathUnknown, SentFromElsewhere, SignInRefused, StepOver
from pos_gateway.pages.sign_in.forms import Act, SignInViews, answered, field, passkey_actions
from pos_gateway.pages.sign_in.session_cookie import (
    address,
    asker,
    check_fresh,
    cookie,
    current,
    note,
    start_session,
    with_cookie,
    without_cookie,
)
from pos_gateway.staff.sign_in_checks import SECOND, check_may_enter, check_password, guess
from pos_gateway.web.page_route import see
from pos_gateway.web.views import FORM, page

SECOND_LASTS = timedelta(minutes=10)
OUTSIDE = "outside"
"""The cookie of a browser that was sent to the provider."""

REALM = "desk"


class _Second(msgspec.Struct, frozen=True):
    """A person who typed the right password, and whose second factor is still missing."""

    subject: str


class OfficerSignIn(SignInViews):
    """The sign-in page of officers."""

    @page("desk_sign_in", "/desk/sign-in", Policy.PUBLIC, FORM)
    def sign_in(self) -> Response:
        """Show the sign-in page, or handle its form: password, second factor or passkey."""
        acts: dict[str, Act] = {
            "password": self._password,
            "totp": self._totp,
            "recovery": self._recovery,
            **passkey_actions(self._services, REALM),
        }
        return answered(acts, self._first, "sign_in/desk.html")

    @page("desk_sign_in_outside", "/desk/sign-in/outside", Policy.PUBLIC)
    def outside(self) -> Response:
        """Redirect to the identity provider to sign in; PathUnknown if none is configured."""
        browser = secrets.token_urlsafe(SECRET_BYTES)
        self._sign_in.limiter.hit(STEPS_ADDRESS, "steps", address())
        return self._sent_outside(self._provider().begin(browser=browser), browser)

    @page("desk_link", "/desk/account/outside", Policy.SEE_DESK)
    def link_outside(self, asking: StaffIdentity) -> Response:
        """Redirect a signed-in officer to the provider, to link their identity there.

        Raise SentFromElsewhere unless the request comes from a page of this gateway, and
        SignInStale without a fresh sign-in: a stolen cookie makes no way in.
        """
        provider, browser = self._provider(), secrets.token_urlsafe(SECRET_BYTES)
        # Another site could otherwise link its own identity to the officer.
        if request.headers.get("Sec-Fetch-Site") != "same-origin":
            raise SentFromElsewhere
        check_fresh(self._services, REALM)
        url = provider.begin(browser=browser, linking=f"staff-{asking.staff_id}")
        return self._sent_outside(url, browser)

    @page("desk_sign_in_outside_back", "/desk/sign-in/outside/back", Policy.PUBLIC)
    def back(self) -> Response:
        """Sign in, or link, the person whom the provider confirms when the browser returns.

        If the provider confirms nobody known here, redirect to the sign-in page.
        """
        try:
            identity = self._provider().identity(
                state=request.args.get("state", ""),
                code=request.args.get("code", ""),
                browser=cookie(self._services, OUTSIDE),
            )
            subject = self._meant(identity)
            if identity.linking:
                response = see("/desk/account")
            else:
                response = start_session(self._services, REALM, subject, "outside")
        except SignInRefused:
            note(self._services, "sign_in", "failed", about=f"{REALM} outside")
            return see("/desk/sign-in?outside=refused")
        return without_cookie(response, self._services, OUTSIDE)

    def _first(self) -> dict[str, Any]:
        return {
            "stage": "",
            "step": field("step"),
            "handle": field("handle")[:80],
            "passkeys": self._sign_in.passkeys.possible,
            "outside": self._sign_in.outside is not None,
            "outside_refused": request.args.get("outside") == "refused",
        }

    def _password(self) -> dict[str, Any]:
        by = asker(self._services)
        subject = check_password(
            self._services, field("handle"), field("password"), realm=REALM, asker=by
        )
        step = self._sign_in.steps.begin("second", _Second(subject), lasts=SECOND_LASTS)
        return {"stage": "second", "step": step}

    def _totp(self) -> Response:
        return self._after_password(self._sign_in.apps.check, "password+totp")

    def _recovery(self) -> Response:
        return self._after_password(self._sign_in.recovery.check, "password+recovery")

    def _after_password(self, check: Callable[[str, str], None], methods: str) -> Response:
        second = self._sign_in.steps.look("second", field("step"), _Second)
        if second is None:
            raise StepOver
        subject = second.subject
        with guess(self._services, REALM, SECOND, asker(self._services), subject=subject):
            check(subject, field("code"))
            if self._sign_in.steps.take("second", field("step"), _Second) is None:
                raise StepOver
        return start_session(self._services, REALM, subject, methods)

    def _provider(self) -> Oidc:
        if self._sign_in.outside is None:
            raise PathUnknown
        return self._sign_in.outside

    def _sent_outside(self, url: str, browser: str) -> Response:
        return with_cookie(see(url), self._services, OUTSIDE, browser, LASTS)

    def _meant(self, identity: ExternalIdentity) -> str:
        """Return the subject of a provider's identity; or SignInRefused.

        Link a new identity to the officer who asked for it, and is still signed in.
        """
        provider = self._provider()
        subject = provider.subject_of(identity)
        if subject is None:
            subject = identity.linking
            here = current(self._services, REALM)
            if here is None or here.subject != subject or provider.is_linked(subject):
                raise SignInRefused
            check_may_enter(self._services, REALM, subject)
            staff_id = subject.removeprefix("staff-")
            self._services.ledger.officers.staff.note_credentials(staff_id, what="outside")
            note(self._services, "credential_changed", subject=subject, about="outside")
            provider.link(subject, identity)
        elif identity.linking not in {"", subject}:
            raise SignInRefused
        return subject
