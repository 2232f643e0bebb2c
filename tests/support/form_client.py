"""A client that sends the forms of the pages it gets, as a browser without scripts would."""

import html
import re
import time
from datetime import datetime
from typing import Any, Protocol

from pyotp import TOTP
from werkzeug.test import TestResponse

from pos_gateway.auth.sms import Message
from pos_gateway.services import Services
from tests.support.app import App

HERE = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "three carp under a stone bridge"  # noqa: S105 - a made-up one


class AnyApp(Protocol):
    """An app with its services and its time."""

    services: Services

    @property
    def now(self) -> datetime: ...


class FormClient:
    """A browser without scripts: cookies, and the last page."""

    def __init__(self, app: App, *, language: str = "en", address: str = "") -> None:
        self.client = app.flask.test_client()
        self._language = language
        self._from = {"REMOTE_ADDR": address} if address else {}
        self.page = ""

    def see(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self._seen(
            self.client.get(path, environ_base=self._from, headers=self._said, **more)
        )

    def send(self, path: str, act: str, **fields: str) -> TestResponse:
        """Send a form of the page, with its hidden fields."""
        hidden = {name: self.hidden(name) for name in ("csrf", "step", "stage", "phone")}
        filled = {name: value for name, value in hidden.items() if value} | fields | {"act": act}
        return self._seen(
            self.client.post(path, data=filled, environ_base=self._from, headers=self._said | HERE)
        )

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field of the page."""
        found = re.search(f'name="{name}" value="([^"]*)"', self.page)
        return html.unescape(found[1]) if found else ""

    def is_in(self, door: str) -> bool:
        """Return whether the client is signed in to a realm."""
        return self.client.get(f"/{door}/account").status_code == 200

    @property
    def _said(self) -> dict[str, str]:
        return {"Accept-Language": self._language, "User-Agent": "Mozilla (Android 15) Firefox/140"}

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            self.page = answer.text
        return answer


def messages(app: AnyApp, many: int) -> list[Message]:
    """Wait for `many` sent messages. Return them, the newest first."""
    give_up = time.monotonic() + 5
    while len(found := app.services.sign_in.outbox.messages()) < many:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return found


def code_of(message: Message) -> str:
    """Return the one-time code of a message."""
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]


def sign_in_member(app: App, phone: str = "13800138000") -> FormClient:
    """Sign a member in by phone. Return the client."""
    visitor = FormClient(app)
    visitor.see("/card/sign-in")
    before = len(app.services.sign_in.outbox.messages())
    visitor.send("/card/sign-in", "send", phone=phone)
    code = code_of(messages(app, before + 1)[0])
    assert visitor.send("/card/sign-in", "check", code=code).status_code == 303
    return visitor


def appoint(app: AnyApp, staff_id: str = "chen", *, roles: tuple[str, ...] = ("clerk",)) -> str:
    """Appoint a person. Return the invitation."""
    app.services.ledger.officers.staff.appoint_staff(staff_id, roles=roles)
    return app.services.sign_in.invitations.make(f"staff-{staff_id}", staff_id)


def authenticator_of(visitor: FormClient) -> TOTP:
    """Return an authenticator app with the secret on the page."""
    found = re.search(r"Type this: <code>([A-Z2-7 ]+)</code>", visitor.page)
    assert found
    return TOTP(found[1].replace(" ", ""))


def sign_in_officer(app: App, staff_id: str = "chen") -> tuple[FormClient, TOTP, list[str]]:
    """Follow an invitation as an officer.

    Return the client, the authenticator and the recovery codes.
    """
    visitor, path = FormClient(app), "/desk/invitation"
    visitor.see(path)
    visitor.send(path, "code", code=appoint(app, staff_id))
    visitor.send(path, "password", password=PASSWORD)
    authenticator = authenticator_of(visitor)
    assert visitor.send(path, "totp", code=authenticator.at(app.now)).status_code == 200
    return (
        visitor,
        authenticator,
        re.findall(r"<li><code>([0-9A-Z-]{11})</code></li>", visitor.page),
    )
