"""Account pages: sessions and credentials of the signed-in person."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from flask import Response, jsonify, request

from ledger.auth.sessions import session_id_of
from ledger.staff import Staff
from pos_gateway.auth import totp
from pos_gateway.auth.password import hashed
from pos_gateway.auth.policies import MemberIdentity, Policy, StaffIdentity
from pos_gateway.errors import LastWayIn, StepOver
from pos_gateway.pages.sign_in.forms import Act, SignInViews, answered, field
from pos_gateway.pages.sign_in.session_cookie import (
    BROWSER,
    HOMES,
    asker,
    check_fresh,
    cookie,
    device,
    end_session,
    note,
    without_cookie,
)
from pos_gateway.staff import appointment
from pos_gateway.staff.sign_in_checks import guess, personal_words
from pos_gateway.web.page_route import next_path, see
from pos_gateway.web.views import FORM, POST, page

APP_LASTS = timedelta(minutes=10)


def subject_of(asking: StaffIdentity | MemberIdentity) -> str:
    """Return the caller's subject in the credential tables: `member-` or `staff-`, and the id."""
    if isinstance(asking, MemberIdentity):
        return f"member-{asking.member_id}"
    return f"staff-{asking.staff_id}"


class _App(msgspec.Struct, frozen=True):
    """An authenticator app that is being enrolled: its owner, and its encrypted secret."""

    subject: str
    secret: bytes


class AccountPages(SignInViews):
    """The account pages of the realms: `card` (members), `shop` (owners) and `desk` (officers)."""

    @page("card_account", "/card/account", Policy.MEMBER, FORM)
    @page("desk_account", "/desk/account", Policy.SEE_DESK, FORM)
    @page("shop_account", "/shop/account", Policy.OWNER, FORM)
    def account(self, asking: StaffIdentity | MemberIdentity) -> Response:
        """Show a person's sessions and credentials; a form ends, adds, replaces or removes one."""
        acts: dict[str, Act] = {
            "end": self._end,
            "end-others": self._end_others,
            "passkey-ask": self._ask_passkey,
            "passkey": self._keep_passkey,
            "passkey-remove": self._remove_passkey,
        }
        if self._realm == "desk":
            acts |= {
                "password": self._password,
                "recovery": self._recovery,
                "app-ask": self._ask_app,
                "app": self._keep_app,
                "tie": self._tie,
            }
        return answered(acts, self._first, "sign_in/account.html", subject=subject_of(asking))

    @page("card_passkey", "/card/passkey", Policy.MEMBER, FORM)
    def offer(self, asking: MemberIdentity) -> Response:
        """Offer a passkey to a person who has just signed in by a one-time code, and store it."""
        acts = {"passkey-ask": self._ask_passkey, "passkey": self._keep_first}
        return answered(acts, self._offered, "sign_in/passkey.html", subject=subject_of(asking))

    @page("card_sign_out", "/card/sign-out", Policy.MEMBER, POST)
    @page("desk_sign_out", "/desk/sign-out", Policy.SEE_DESK, POST)
    @page("shop_sign_out", "/shop/sign-out", Policy.OWNER, POST)
    def sign_out(self, asking: StaffIdentity | MemberIdentity) -> Response:  # noqa: ARG002 - told to all
        """End the browser's session in this realm, and redirect to the sign-in page.

        The browser drops what it cached. It keeps cookies and storage, where a till of this origin
        holds its key and sales that it has not sent yet; our scripts clear what is a member's.
        """
        end_session(self._services, self._realm)
        response = see(f"/{self._realm}/sign-in")
        response.headers["Clear-Site-Data"] = '"cache"'
        return without_cookie(response, self._services, self._realm)

    def _first(self, subject: str) -> dict[str, Any]:
        at_desk = self._realm == "desk"
        outside = self._sign_in.outside if at_desk else None
        passkeys = self._sign_in.passkeys.of(subject)
        return {
            "stage": "",
            "realm": self._realm,
            "home": HOMES[self._realm],
            "sessions": self._services.sessions.listed(subject),
            "current": self._current(),
            "possible": self._sign_in.passkeys.possible,
            "passkeys": passkeys,
            "passkey_choices": [
                (one.name, one.label or str(n)) for n, one in enumerate(passkeys, start=1)
            ],
            "handle": self._sign_in.names.handle(subject) if at_desk else "",
            "codes_left": self._sign_in.recovery.left(subject) if at_desk else 0,
            "outside": outside is not None and not outside.is_linked(subject),
            "tied_to": self._person(subject).member_id if at_desk else "",
        }

    def _offered(self, subject: str) -> dict[str, Any]:
        del subject
        return {"stage": "", "onward": self._onward(), "realm": self._realm}

    def _end(self, subject: str) -> None:
        self._services.sessions.end(subject, field("session")[:100])
        note(self._services, "sessions_ended", subject=subject, about=self._realm)

    def _end_others(self, subject: str) -> None:
        """End all other sessions, forget all other browsers, and remove the ticked passkeys."""
        self._prove_again(subject)
        self._services.sessions.end_all(subject, but=self._current())
        self._sign_in.browsers.forget_others(subject, cookie(self._services, BROWSER))
        note(self._services, "sessions_ended", subject=subject, about=f"{self._realm} all")
        for one in self._sign_in.passkeys.of(subject):
            if one.name in request.form.getlist("passkey"):
                self._remove(subject, one.name)

    def _ask_passkey(self, subject: str) -> Response:
        check_fresh(self._services, self._realm)
        self._prove_again(subject)
        shown_name = self._sign_in.names.handle(subject) or "hongka"
        return jsonify(self._sign_in.passkeys.ask_to_make(self._realm, subject, shown_name))

    def _keep_passkey(self, subject: str) -> None:
        check_fresh(self._services, self._realm)
        label = field("label").strip() or device()
        note = partial(self._note, subject, "passkey")
        self._sign_in.passkeys.keep(
            self._realm, subject, field("credential"), label=label, note=note
        )

    def _keep_first(self, subject: str) -> Response:
        self._keep_passkey(subject)
        return see(self._onward())

    def _remove_passkey(self, subject: str) -> None:
        self._prove_again(subject)
        self._remove(subject, field("passkey"))

    def _remove(self, subject: str, meant: str) -> None:
        others = [one for one in self._sign_in.passkeys.of(subject) if one.name != meant]
        if self._realm == "desk" and not others and not self._sign_in.apps.has(subject):
            raise LastWayIn
        self._note(subject, "passkey")
        self._sign_in.passkeys.remove(subject, meant[:2_000])

    def _password(self, subject: str) -> None:
        self._prove_again(subject)
        handle, words = self._sign_in.names.handle(subject), personal_words(self._services, subject)
        kept = hashed(field("password"), handle=handle, words=words)
        self._note(subject, "password")
        self._sign_in.passwords.keep(subject, kept)
        self._services.sessions.end_all(subject, but=self._current())

    def _recovery(self, subject: str) -> dict[str, Any]:
        self._prove_again(subject)
        self._note(subject, "recovery")
        return {"stage": "codes", "codes": self._sign_in.recovery.make(subject)}

    def _ask_app(self, subject: str) -> dict[str, Any]:
        """Show the secret of a new app; it replaces the earlier app once a right code is typed."""
        self._prove_again(subject)
        secret = totp.new_secret(secrets.token_bytes(totp.SECRET_BYTES))
        sealed = self._sign_in.sealing.seal(secret.encode(), "app", subject)
        step = self._sign_in.steps.begin("app", _App(subject, sealed), lasts=APP_LASTS)
        shown = totp.shown(secret, self._sign_in.names.handle(subject))
        return shown | {"stage": "app", "step": step}

    def _keep_app(self, subject: str) -> None:
        asked = self._sign_in.steps.take("app", field("step"), _App)
        if asked is None or asked.subject != subject:
            raise StepOver
        secret = self._sign_in.sealing.unseal(asked.secret, "app", subject).decode()
        note = partial(self._note, subject, "totp")
        self._sign_in.apps.enrol(subject, secret, field("code"), note)

    def _tie(self, subject: str) -> None:
        """Tie an officer to the member whose phone shows the typed code."""
        self._prove_again(subject)
        appointment.tie(self._services, self._person(subject).staff_id, field("card_code"))

    def _note(self, subject: str, what: str) -> None:
        """Note, before it is stored, how a person will sign in; of officers the desk tells."""
        note(self._services, "credential_changed", subject=subject, about=what)
        if self._realm == "desk":
            staff_id = self._person(subject).staff_id
            self._services.ledger.officers.staff.note_credentials(staff_id, what=what)

    def _person(self, subject: str) -> Staff:
        return self._services.ledger.appointed(subject.removeprefix("staff-"))

    def _prove_again(self, subject: str) -> None:
        """Check the password again at the desk, as another may sit there; else a fresh sign-in."""
        if self._realm != "desk":
            check_fresh(self._services, self._realm)
            return
        with guess(self._services, "desk", "again", asker(self._services), subject=subject):
            self._sign_in.passwords.check(subject, field("current"))

    def _current(self) -> str:
        return session_id_of(cookie(self._services, self._realm))

    def _onward(self) -> str:
        return next_path() or HOMES[self._realm]
