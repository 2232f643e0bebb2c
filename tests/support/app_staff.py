"""An app with a person of each role, who signs in and sends forms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app import OFFICER, App

HERE = {"Sec-Fetch-Site": "same-origin"}
_TOLD = re.compile(r'<div class="notice bad".*?<strong>(.*?)</strong>', re.DOTALL)


class StaffApp(App):
    """An app with a person of each role (`s-clerk` and so on), one of them signed in."""

    def __init__(self, database_url: str, var: Path) -> None:
        super().__init__(database_url, var)
        self.secret = ""
        for role in Role:
            merchant = "bakery" if role in OF_MERCHANTS else ""
            self.services.ledger.officers.staff.appoint_staff(
                f"s-{role}", roles=[role], merchant_id=merchant, by=OFFICER
            )

    def start(self, *placed: Any, **changed: Any) -> None:
        """Open the databases, and keep the views up to date."""
        super().start(*placed, **changed)
        self.services.follow()

    def sign_in(self, role: str) -> StaffApp:
        """Sign in the person of a role."""
        self.secret = self.session(f"staff-s-{role}", "shop" if role == "owner" else "desk")
        return self

    def session(self, subject: str, door: str) -> str:
        """Start a session and keep it in the client's cookie. Return its secret."""
        secret = self.services.sessions.begin(door, subject, device="test", methods="test")
        self.client.set_cookie(cookie_name(door, self.services.settings.origin), secret)
        return secret

    def see(self, path: str, **headers: str) -> TestResponse:
        """Bring the projections up to date and get a page."""
        catch_up(self.services.views, self.services.ledger.facts)
        return self.client.get(path, headers=headers)

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form as one of our pages does."""
        catch_up(self.services.views, self.services.ledger.facts)
        data = {"csrf": csrf_of(self.secret)} | fields
        return self.client.post(path, headers=HERE, data=data)

    def told(self, path: str, **fields: Any) -> str | None:
        """Send a form. Return the title of the error, or None if the form was accepted."""
        answer = self.send(path, **fields)
        found = _TOLD.search(answer.text)
        assert (answer.status_code >= 400) == (found is not None)
        return found[1] if found else None
