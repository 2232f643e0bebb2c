"""Signing in at the desk: a password and a second factor, a passkey, or a federation's provider."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from flask import Response, request
from werkzeug.utils import redirect

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.login_names import normal_handle
from pos_gateway.auth.oidc import Identity, Oidc
from pos_gateway.auth.pending_step import SECRET_BYTES
from pos_gateway.auth.shared_rate_limit import STEPS_ADDRESS
from pos_gateway.errors.http import PathUnknown, SentFromElsewhere
from pos_gateway.errors.sign_in import SignInRefused, StepOver
from pos_gateway.pages.sign_in.forms import answered, field, json_response
from pos_gateway.pages.sign_in.session_cookie import address, check_guesses, check_may_enter, let_in
from pos_gateway.services import House
from pos_gateway.web.page_route import render, see

SECOND_LASTS = timedelta(minutes=10)
OUTSIDE = "outside"
"""Names the cookie of a browser that was sent to the provider."""

OUTSIDE_RANDOM_BYTES = 96

DOOR = "desk"


class _Second(msgspec.Struct, frozen=True):
    """Whose password was right; the second factor is to come."""

    subject: str


class DeskDoor:
    """The sign-in page of the desk."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reception = house.reception
        origin = house.settings.origin
        self._secure, self._outside = origin.startswith("https:"), cookie_name(OUTSIDE, origin)

    def page(self) -> Response:
        """The page, and what comes of its forms."""
        acts = {
            "password": self._password,
            "totp": self._totp,
            "recovery": self._recovery,
            "passkey-ask": self._ask_passkey,
            "passkey": self._open_passkey,
        }
        return answered(acts, self._first, "sign_in/desk.html")

    def outside(self) -> Response:
        """Send the browser to the provider."""
        browser = secrets.token_urlsafe(SECRET_BYTES)
        now = self._house.clock()
        self._reception.limits.check(STEPS_ADDRESS, "steps", address(), now=now)
        url = self._provider().begin(
            browser=browser, now=now, random_bytes=secrets.token_bytes(OUTSIDE_RANDOM_BYTES)
        )
        return self._sent_outside(url, browser)

    def link_outside(self, asking: Any) -> Response:
        """Send somebody who is signed in to the provider, to link themselves.

        Only from a page of ours: else a stranger's page could link them to the stranger.
        """
        provider, browser = self._provider(), secrets.token_urlsafe(SECRET_BYTES)
        if request.headers.get("Sec-Fetch-Site") != "same-origin":
            raise SentFromElsewhere
        url = provider.begin(
            browser=browser,
            now=self._house.clock(),
            random_bytes=secrets.token_bytes(OUTSIDE_RANDOM_BYTES),
            linking=f"staff-{asking.staff_id}",
        )
        return self._sent_outside(url, browser)

    def back(self) -> Response:
        """The browser comes back from the provider."""
        now = self._house.clock()
        try:
            identity = self._provider().identity(
                state=request.args.get("state", ""),
                code=request.args.get("code", ""),
                browser=request.cookies.get(self._outside, ""),
                now=now,
            )
            subject = self._meant(identity)
            if identity.linking:
                response = see("/desk/account")
            else:
                response = let_in(self._house, DOOR, subject, "outside")
        except SignInRefused:
            return see("/desk/sign-in?outside=refused")
        response.delete_cookie(self._outside, secure=self._secure, httponly=True, samesite="Lax")
        return response

    def _first(self) -> dict[str, Any]:
        return {
            "stage": "",
            "step": field("step"),
            "handle": field("handle")[:80],
            "passkeys": self._reception.passkeys.possible,
            "outside": self._reception.outside is not None,
            "outside_refused": request.args.get("outside") == "refused",
        }

    def _password(self) -> Response:
        handle, now = normal_handle(field("handle")), self._house.clock()
        check_guesses(self._house, "guesses-handle", handle)
        subject = self._reception.names.by_handle(handle)
        self._reception.passwords.check(subject, field("password"), now=now)
        check_may_enter(self._house, DOOR, subject or "")
        self._reception.limits.forget("guesses-handle", handle)
        step = self._reception.steps.begin(
            "second",
            _Second(subject or ""),
            now=now,
            lasts=SECOND_LASTS,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
        )
        shown = {"stage": "second", "step": step}
        return render("sign_in/desk.html", **(self._first() | shown))

    def _totp(self) -> Response:
        subject = self._after_password()
        self._reception.apps.check(subject, field("code"), now=self._house.clock())
        return self._both(subject, "password+totp")

    def _recovery(self) -> Response:
        subject = self._after_password()
        self._reception.recovery.check(subject, field("code"), now=self._house.clock())
        return self._both(subject, "password+recovery")

    def _after_password(self) -> str:
        now = self._house.clock()
        second = self._reception.steps.look("second", field("step"), _Second, now=now)
        if second is None:
            raise StepOver
        check_guesses(self._house, "guesses-second", second.subject)
        return second.subject

    def _both(self, subject: str, methods: str) -> Response:
        now = self._house.clock()
        if self._reception.steps.take("second", field("step"), _Second, now=now) is None:
            raise StepOver
        self._reception.limits.forget("guesses-second", subject)
        return let_in(self._house, DOOR, subject, methods)

    def _ask_passkey(self) -> Response:
        now = self._house.clock()
        self._reception.limits.check(STEPS_ADDRESS, "steps", address(), now=now)
        random_bytes = secrets.token_bytes(SECRET_BYTES)
        return json_response(
            self._reception.passkeys.ask_to_open(DOOR, now=now, random_bytes=random_bytes)
        )

    def _open_passkey(self) -> Response:
        subject = self._reception.passkeys.subject_of(
            DOOR, field("credential"), now=self._house.clock()
        )
        return let_in(self._house, DOOR, subject, "passkey")

    def _provider(self) -> Oidc:
        if self._reception.outside is None:
            raise PathUnknown
        return self._reception.outside

    def _sent_outside(self, url: str, browser: str) -> Response:
        response: Any = redirect(url, 303, Response)
        response.set_cookie(
            self._outside,
            browser,
            max_age=600,
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )
        sent: Response = response
        return sent

    def _meant(self, identity: Identity) -> str:
        """Who here is meant by whom the provider vouches for; linked, where they were not."""
        provider = self._provider()
        subject = provider.subject_of(identity)
        if subject is None:
            subject = identity.linking or self._reception.names.by_handle(identity.handle)
            if not subject:
                raise SignInRefused
            check_may_enter(self._house, DOOR, subject)
            provider.link(subject, identity, now=self._house.clock())
        elif identity.linking not in {"", subject}:
            raise SignInRefused
        return subject
