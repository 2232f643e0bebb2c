"""The page of an invitation: a password, then an app or a passkey, then recovery codes."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from flask import Response, jsonify

from pos_gateway.auth import totp
from pos_gateway.auth.password import hashed
from pos_gateway.auth.policies import Policy
from pos_gateway.errors import StepOver
from pos_gateway.pages.sign_in.forms import Act, SignInViews, answered, field
from pos_gateway.pages.sign_in.session_cookie import asker, device, note, with_session
from pos_gateway.staff.sign_in_checks import check_may_enter, guess, personal_words
from pos_gateway.web.page_route import render
from pos_gateway.web.views import FORM, page

LASTS = timedelta(minutes=30)

REALM = "desk"
TEMPLATE = "sign_in/invitation.html"


class _Invited(msgspec.Struct, frozen=True):
    """An invitation in progress; nothing is stored for the person before the last step.

    `code` and `app`, the app's secret, are encrypted, and `password` is hashed; empty before its
    step.
    """

    code: bytes
    subject: str
    handle: str
    password: str = ""
    app: bytes = b""


class InvitationPage(SignInViews):
    """The page where an appointed person sets up their sign-in."""

    @page("desk_invitation", "/desk/invitation", Policy.PUBLIC, FORM)
    def set_up(self) -> Response:
        """Show the current step of setting up a sign-in, or handle its form."""
        acts: dict[str, Act] = {
            "code": self._code,
            "password": self._password,
            "totp": self._totp,
            "passkey-ask": self._ask_passkey,
            "passkey": self._keep_passkey,
        }
        return answered(acts, self._first, TEMPLATE)

    def _first(self) -> dict[str, Any]:
        """Return the template values, with those of the step in progress, if any."""
        shown: dict[str, Any] = {"stage": "", "passkeys": self._sign_in.passkeys.possible}
        step = field("step")
        invited = self._look(step) if step else None
        if invited is not None:
            shown |= self._shown(invited, step)
        return shown

    def _code(self) -> dict[str, Any]:
        by = asker(self._services)
        with guess(self._services, REALM, "invitation", by, subject=""):
            subject, handle = self._sign_in.invitations.look(field("code"))
            check_may_enter(self._services, REALM, subject)
        code = self._sign_in.sealing.seal(field("code").encode(), "invitation")
        return self._go_on(_Invited(code, subject, handle))

    def _password(self) -> dict[str, Any]:
        invited = self._invited()
        words = personal_words(self._services, invited.subject)
        kept = hashed(field("password"), handle=invited.handle, words=words)
        secret = totp.new_secret(secrets.token_bytes(totp.SECRET_BYTES))
        app = self._sign_in.sealing.seal(secret.encode(), "invited app", invited.subject)
        return self._go_on(msgspec.structs.replace(invited, password=kept, app=app))

    def _totp(self) -> Response:
        invited = self._invited()
        by, subject = asker(self._services), invited.subject
        note = partial(self._note, invited, "password+totp")
        with guess(self._services, REALM, "app", by, subject=subject):
            self._sign_in.apps.enrol(subject, self._secret(invited), field("code"), note)
        return self._finish(invited, "password+totp")

    def _ask_passkey(self) -> Response:
        invited = self._invited()
        options = self._sign_in.passkeys.ask_to_make(REALM, invited.subject, invited.handle)
        return jsonify(options)

    def _keep_passkey(self) -> Response:
        invited = self._invited()
        self._sign_in.passkeys.keep(
            REALM,
            invited.subject,
            field("credential"),
            label=device(),
            note=partial(self._note, invited, "passkey"),
        )
        return self._finish(invited, "passkey")

    def _note(self, invited: _Invited, methods: str) -> None:
        """Record how an invited person will sign in, and forget every earlier way.

        Nothing new is stored yet, and the invitation stays, so that all of it may be done again.
        """
        check_may_enter(self._services, REALM, invited.subject)
        staff_id = invited.subject.removeprefix("staff-")
        self._services.ledger.officers.staff.note_credentials(staff_id, what=methods)
        self._services.sessions.end_all(invited.subject)
        self._sign_in.forget(invited.subject, but="invitation")

    def _finish(self, invited: _Invited, methods: str) -> Response:
        """Store the handle and the password, use up the invitation, and sign the person in.

        Older sessions end, and new recovery codes are shown. `methods` names the ways of proof.
        """
        subject = invited.subject
        code = self._opened(invited)
        self._sign_in.names.give_handle(subject, invited.handle)
        self._sign_in.invitations.spend(code)
        self._sign_in.passwords.keep(subject, invited.password)
        self._services.sessions.end_all(subject)
        note(self._services, "invitation_used", subject=subject, about=methods)
        codes = self._sign_in.recovery.make(subject)
        shown = render(TEMPLATE, stage="done", codes=codes)
        return with_session(shown, self._services, REALM, subject, methods)

    def _go_on(self, invited: _Invited) -> dict[str, Any]:
        return self._shown(invited, self._sign_in.steps.begin("invited", invited, lasts=LASTS))

    def _invited(self) -> _Invited:
        """Return the invitation in progress; StepOver if it expired, InvitationOver if used."""
        invited = self._look(field("step"))
        if invited is None:
            raise StepOver
        self._sign_in.invitations.look(self._opened(invited))
        return invited

    def _opened(self, invited: _Invited) -> str:
        return self._sign_in.sealing.unseal(invited.code, "invitation").decode()

    def _look(self, step: str) -> _Invited | None:
        return self._sign_in.steps.look("invited", step, _Invited)

    def _shown(self, invited: _Invited, step: str) -> dict[str, Any]:
        shown = {"stage": "password", "step": step, "handle": invited.handle}
        if invited.password:
            shown |= {"stage": "factor", **totp.shown(self._secret(invited), invited.handle)}
        return shown

    def _secret(self, invited: _Invited) -> str:
        if not invited.app:
            raise StepOver
        opened = self._sign_in.sealing.unseal(invited.app, "invited app", invited.subject)
        return opened.decode()
