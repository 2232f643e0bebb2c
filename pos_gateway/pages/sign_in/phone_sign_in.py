"""Sign-in by phone: members in the card realm, owners in the shop realm."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response

from ledger.errors import InputInvalid
from ledger.members import member
from ledger.vault import masked_name, normal_phone
from pos_gateway.auth.known_browsers import LASTS, Asker
from pos_gateway.auth.login_names import PHONE_DIGITS_LEAST, PHONE_DIGITS_MOST
from pos_gateway.auth.policies import Policy
from pos_gateway.errors import OneTimeCodeWrong, SignInRefused, StepOver
from pos_gateway.pages.sign_in.forms import SignInViews, answered, field, passkey_actions
from pos_gateway.pages.sign_in.session_cookie import (
    BROWSER,
    address,
    asker,
    cookie,
    start_session,
    with_cookie,
)
from pos_gateway.staff.sign_in_checks import guess
from pos_gateway.web.page_route import render, see
from pos_gateway.web.templating import t
from pos_gateway.web.views import FORM, page

TEMPLATE = "sign_in/phone.html"
CHOOSING_LASTS = timedelta(minutes=10)
FOUND_MAX = 20
"""The most members of one phone to choose from."""


class _Choosing(msgspec.Struct, frozen=True):
    """The subjects that share a proven phone; the person chooses one."""

    subjects: list[str]


class PhoneSignIn(SignInViews):
    """The sign-in page of two realms: `card` (members) and `shop` (owners)."""

    @page("card_sign_in", "/card/sign-in", Policy.PUBLIC, FORM)
    @page("shop_sign_in", "/shop/sign-in", Policy.PUBLIC, FORM)
    def sign_in(self) -> Response:
        """Show the sign-in page, or handle its form: phone, one-time code, choice or passkey."""
        acts = {
            "send": self._send,
            "check": self._check,
            "choose": self._choose,
            **passkey_actions(self._services, self._realm),
        }
        return answered(acts, self._first, TEMPLATE)

    def _first(self) -> dict[str, Any]:
        return {
            "realm": self._realm,
            "stage": "",
            "phone": field("phone")[:40],
            "passkeys": self._sign_in.passkeys.possible,
            "demonstration": self._services.settings.demonstration,
        }

    def _send(self) -> Response:
        phone, browsers = field("phone"), self._sign_in.browsers
        if not PHONE_DIGITS_LEAST <= len(normal_phone(phone)) <= PHONE_DIGITS_MOST:
            raise InputInvalid(field="phone")
        browser = browsers.secret(cookie(self._services, BROWSER))
        subjects = self._subjects(phone)
        known = any(browsers.knows(one, browser) for one in subjects)
        code = self._sign_in.codes.issue(self._realm, phone, Asker(address(), browser), known=known)
        if subjects:
            text = t(
                "【红卡】验证码 {code}，5 分钟内有效，请勿告诉任何人。",
                "hongka: your code is {code}, good for 5 minutes. Tell it to nobody.",
                code=code,
            )
            self._sign_in.sender.send(normal_phone(phone), text)
        response = render(TEMPLATE, **self._first() | {"stage": "code"})
        return with_cookie(response, self._services, BROWSER, browser, LASTS)

    def _check(self) -> Response | dict[str, Any]:
        phone, by = field("phone"), asker(self._services)
        subjects = self._subjects(phone)
        subject, of = (*subjects, "")[0], f"{normal_phone(phone)} {by.browser}"
        with guess(self._services, self._realm, "code", by, subject=subject, of=of):
            self._sign_in.codes.check(self._realm, phone, field("code"), browser=by.browser)
            if not subjects:
                raise OneTimeCodeWrong
        if len(subjects) == 1:
            return self._enter(subjects[0])
        step = self._sign_in.steps.begin("choosing", _Choosing(subjects), lasts=CHOOSING_LASTS)
        return {"stage": "choose", "step": step, "choices": self._masked(subjects)}

    def _choose(self) -> Response:
        choosing = self._sign_in.steps.take("choosing", field("step"), _Choosing)
        if choosing is None:
            raise StepOver
        if field("subject") not in choosing.subjects:
            raise SignInRefused
        return self._enter(field("subject"))

    def _enter(self, subject: str) -> Response:
        """Start a session, and redirect; a member without a passkey is offered one first."""
        response = start_session(self._services, self._realm, subject, "code")
        passkeys = self._sign_in.passkeys
        if self._realm == "card" and passkeys.possible and not passkeys.of(subject):
            onward = response.headers["Location"]  # checked already
            offer = see(f"/card/passkey?next={quote(onward)}")
            response.headers["Location"] = offer.headers["Location"]
        return response

    def _subjects(self, phone: str) -> list[str]:
        """Return the subjects with this phone: one owner, or at most FOUND_MAX members; or none."""
        if self._realm == "shop":
            owner = self._sign_in.names.by_phone(phone)
            return [owner] if owner else []
        return [member.stream(one) for one in self._services.vault.find(phone=phone)[:FOUND_MAX]]

    def _masked(self, subjects: list[str]) -> list[tuple[str, str]]:
        people = [(one, self._services.vault.get(one.removeprefix("member-"))) for one in subjects]
        return [(one, masked_name(person)) for one, person in people if person is not None]
