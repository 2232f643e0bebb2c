"""An account: where somebody is signed in, and what they sign in with."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from flask import Response, request

from ledger.auth.credentials import Credential
from ledger.auth.sessions import session_id_of
from pos_gateway.auth import totp
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.pending_step import SECRET_BYTES
from pos_gateway.auth.policies import AtDesk, AtMember
from pos_gateway.errors.sign_in import LastWayIn, StepOver
from pos_gateway.pages.sign_in.forms import answered, field, json_response
from pos_gateway.pages.sign_in.session_cookie import HOMES, check_guesses, device, end_session
from pos_gateway.services import House
from pos_gateway.web.page_route import next_path, render, see

TEMPLATE = "sign_in/account.html"

APP_LASTS = timedelta(minutes=10)


def subject_of(asking: AtDesk | AtMember) -> str:
    """Under which subject the credentials of who asks are kept."""
    if isinstance(asking, AtMember):
        return f"member-{asking.member_id}"
    return f"staff-{asking.staff_id}"


class _App(msgspec.Struct, frozen=True):
    """An app that is to be enrolled: whose, and its sealed secret."""

    subject: str
    secret: bytes


class AccountPage:
    """The account pages of one door."""

    def __init__(self, house: House, door: str) -> None:
        self._house = house
        self._reception = house.reception
        self._door = door

    def page(self, **asked: Any) -> Response:
        """The page, and what comes of its forms."""
        acts = {
            "end": self._end,
            "end-others": self._end_others,
            "passkey-ask": self._ask_passkey,
            "passkey": self._keep_passkey,
            "passkey-remove": self._remove_passkey,
        }
        if self._door == "desk":
            acts |= {
                "password": self._password,
                "recovery": self._recovery,
                "app-ask": self._ask_app,
                "app": self._keep_app,
            }
        return answered(acts, self._first, TEMPLATE, subject=self._subject(asked))

    def offer(self, **asked: Any) -> Response:
        """The page that offers a passkey to somebody who signed in by a code."""
        acts = {"passkey-ask": self._ask_passkey, "passkey": self._keep_first}
        return answered(acts, self._offered, "sign_in/passkey.html", subject=self._subject(asked))

    def sign_out(self, **asked: Any) -> Response:
        """End this session."""
        del asked
        end_session(self._house, self._door)
        response = see(f"/{self._door}/sign-in")
        origin = self._house.settings.origin
        response.delete_cookie(
            cookie_name(self._door, origin),
            secure=origin.startswith("https:"),
            httponly=True,
            samesite="Lax",
        )
        return response

    def _first(self, subject: str) -> dict[str, Any]:
        at_desk = self._door == "desk"
        outside = self._reception.outside if at_desk else None
        return {
            "stage": "",
            "door": self._door,
            "home": HOMES[self._door],
            "sessions": self._house.sessions.listed(subject),
            "current": self._current(),
            "possible": self._reception.passkeys.possible,
            "passkeys": self._reception.passkeys.of(subject),
            "handle": self._reception.names.handle(subject) if at_desk else "",
            "codes_left": self._reception.recovery.left(subject) if at_desk else 0,
            "outside": outside is not None and not outside.is_linked(subject),
        }

    def _offered(self, subject: str) -> dict[str, Any]:
        del subject
        return {"stage": "", "onward": self._onward(), "door": self._door}

    def _end(self, subject: str) -> Response:
        self._house.sessions.end(subject, field("session")[:100])
        return see(request.path)

    def _end_others(self, subject: str) -> Response:
        self._house.sessions.end_all(subject, but=self._current())
        return see(request.path)

    def _ask_passkey(self, subject: str) -> Response:
        self._prove_again(subject)
        shown_name = self._reception.names.handle(subject) or "hongka"
        return json_response(
            self._reception.passkeys.ask_to_make(
                self._door,
                subject,
                shown_name,
                now=self._house.clock(),
                random_bytes=secrets.token_bytes(SECRET_BYTES),
            )
        )

    def _keep_passkey(self, subject: str) -> Response:
        self._reception.passkeys.keep(
            self._door,
            subject,
            field("credential"),
            label=field("label").strip() or device(),
            now=self._house.clock(),
        )
        return see(request.path)

    def _keep_first(self, subject: str) -> Response:
        self._keep_passkey(subject)
        return see(self._onward())

    def _remove_passkey(self, subject: str) -> Response:
        self._prove_again(subject)
        others = [one for one in self._reception.passkeys.of(subject) if not _is_meant(one)]
        if self._door == "desk" and not others and not self._reception.apps.has(subject):
            raise LastWayIn
        self._reception.passkeys.remove(subject, field("passkey")[:2_000])
        return see(request.path)

    def _password(self, subject: str) -> Response:
        self._prove_again(subject)
        handle, now = self._reception.names.handle(subject), self._house.clock()
        self._reception.passwords.set(subject, field("password"), handle=handle, now=now)
        self._house.sessions.end_all(subject, but=self._current())
        return see(request.path)

    def _recovery(self, subject: str) -> Response:
        self._prove_again(subject)
        codes = self._reception.recovery.make(
            subject, now=self._house.clock(), randomness=secrets.token_bytes
        )
        return render(TEMPLATE, **(self._first(subject) | {"stage": "codes", "codes": codes}))

    def _ask_app(self, subject: str) -> Response:
        """Show the secret of another app, which takes the place of the one before."""
        self._prove_again(subject)
        secret = totp.new_secret(secrets.token_bytes(totp.SECRET_BYTES))
        step = self._reception.steps.begin(
            "app",
            _App(subject, self._reception.keeping.close(secret.encode(), "app", subject)),
            now=self._house.clock(),
            lasts=APP_LASTS,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
        )
        shown = totp.shown(secret, self._reception.names.handle(subject))
        return render(TEMPLATE, **(self._first(subject) | shown | {"stage": "app", "step": step}))

    def _keep_app(self, subject: str) -> Response:
        now = self._house.clock()
        asked = self._reception.steps.take("app", field("step"), _App, now=now)
        if asked is None or asked.subject != subject:
            raise StepOver
        secret = self._reception.keeping.open(asked.secret, "app", subject).decode()
        self._reception.apps.enrol(subject, secret, field("code"), now=now)
        return see(request.path)

    def _prove_again(self, subject: str) -> None:
        """Check the password once more, where there is one: the desk may be left for a moment."""
        if self._door == "desk":
            check_guesses(self._house, "guesses-again", subject)
            now = self._house.clock()
            self._reception.passwords.check(subject, field("current"), now=now)
            self._reception.limits.forget("guesses-again", subject)

    def _current(self) -> str:
        secret = request.cookies.get(cookie_name(self._door, self._house.settings.origin), "")
        return session_id_of(secret)

    def _onward(self) -> str:
        return next_path() or HOMES[self._door]

    @staticmethod
    def _subject(asked: dict[str, Any]) -> str:
        return subject_of(asked["asking"])


def _is_meant(passkey: Credential) -> bool:
    return passkey.name == field("passkey")
