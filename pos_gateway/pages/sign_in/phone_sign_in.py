"""Signing in by phone: members at the card's door, owners at the shop's."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response

from ledger.errors import InputInvalid
from ledger.vault import masked_name, normal_phone
from pos_gateway.auth.login_names import PHONE_DIGITS_LEAST, PHONE_DIGITS_MOST
from pos_gateway.auth.pending_step import SECRET_BYTES
from pos_gateway.auth.shared_rate_limit import STEPS_ADDRESS
from pos_gateway.errors.sign_in import OneTimeCodeWrong, SignInRefused, StepOver
from pos_gateway.pages.sign_in.forms import answered, field, json_response
from pos_gateway.pages.sign_in.session_cookie import address, check_guesses, let_in
from pos_gateway.services import House
from pos_gateway.web.page_route import render, see
from pos_gateway.web.templating import t

CHOOSING_LASTS = timedelta(minutes=10)
FOUND_MAX = 20
"""The most members of one phone to choose from."""


class _Choosing(msgspec.Struct, frozen=True):
    """Who may be chosen: the phone was proven."""

    subjects: list[str]


class PhoneDoor:
    """The sign-in page of one door, `card` or `shop`."""

    def __init__(self, house: House, door: str) -> None:
        self._house = house
        self._reception = house.reception
        self._door = door

    def page(self) -> Response:
        """The page, and what comes of its forms."""
        acts = {
            "send": self._send,
            "check": self._check,
            "choose": self._choose,
            "passkey-ask": self._ask_passkey,
            "passkey": self._open_passkey,
        }
        return answered(acts, self._first, "sign_in/phone.html")

    def _first(self) -> dict[str, Any]:
        return {
            "door": self._door,
            "stage": "",
            "phone": field("phone")[:40],
            "passkeys": self._reception.passkeys.possible,
            "demonstration": self._house.settings.demonstration,
        }

    def _send(self) -> Response:
        phone, now = field("phone"), self._house.clock()
        if not PHONE_DIGITS_LEAST <= len(normal_phone(phone)) <= PHONE_DIGITS_MOST:
            raise InputInvalid(field="phone")
        code = self._reception.codes.issue(
            self._door, phone, address=address(), now=now, below=secrets.randbelow
        )
        if self._subjects(phone):
            text = t(
                "【红卡】验证码 {code}，5 分钟内有效，请勿告诉任何人。",
                "hongka: your code is {code}, good for 5 minutes. Tell it to nobody.",
                code=code,
            )
            self._reception.sender.send(normal_phone(phone), text)
        return render("sign_in/phone.html", **(self._first() | {"stage": "code"}))

    def _check(self) -> Response:
        phone, now = field("phone"), self._house.clock()
        check_guesses(self._house, "guesses-code", f"{self._door} {normal_phone(phone)}")
        self._reception.codes.check(self._door, phone, field("code"), now=now)
        subjects = self._subjects(phone)
        if not subjects:
            raise OneTimeCodeWrong
        self._reception.limits.forget("guesses-code", f"{self._door} {normal_phone(phone)}")
        if len(subjects) == 1:
            return self._enter(subjects[0])
        step = self._reception.steps.begin(
            "choosing",
            _Choosing(subjects),
            now=now,
            lasts=CHOOSING_LASTS,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
        )
        shown = {"stage": "choose", "step": step, "choices": self._masked(subjects)}
        return render("sign_in/phone.html", **(self._first() | shown))

    def _choose(self) -> Response:
        now = self._house.clock()
        choosing = self._reception.steps.take("choosing", field("step"), _Choosing, now=now)
        if choosing is None:
            raise StepOver
        if field("subject") not in choosing.subjects:
            raise SignInRefused
        return self._enter(field("subject"))

    def _enter(self, subject: str) -> Response:
        """Let somebody in; who could have a passkey and has none is offered one first."""
        response = let_in(self._house, self._door, subject, "code")
        passkeys = self._reception.passkeys
        if self._door == "card" and passkeys.possible and not passkeys.of(subject):
            onward = response.headers["Location"]  # checked already
            offer = see(f"/card/passkey?next={quote(onward)}")
            response.headers["Location"] = offer.headers["Location"]
        return response

    def _ask_passkey(self) -> Response:
        now = self._house.clock()
        self._reception.limits.check(STEPS_ADDRESS, "steps", address(), now=now)
        random_bytes = secrets.token_bytes(SECRET_BYTES)
        return json_response(
            self._reception.passkeys.ask_to_open(self._door, now=now, random_bytes=random_bytes)
        )

    def _open_passkey(self) -> Response:
        subject = self._reception.passkeys.subject_of(
            self._door, field("credential"), now=self._house.clock()
        )
        return let_in(self._house, self._door, subject, "passkey")

    def _subjects(self, phone: str) -> list[str]:
        """Whose phone it is."""
        if self._door == "shop":
            owner = self._reception.names.by_phone(phone)
            return [owner] if owner else []
        return [f"member-{one}" for one in self._house.vault.find(phone=phone)[:FOUND_MAX]]

    def _masked(self, subjects: list[str]) -> list[tuple[str, str]]:
        people = [(one, self._house.vault.get(one.removeprefix("member-"))) for one in subjects]
        return [(one, masked_name(person)) for one, person in people if person is not None]
