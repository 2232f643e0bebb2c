"""An app with a person of each role, who signs in and sends forms."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app import App

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
                f"s-{role}", roles=[role], merchant_id=merchant
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

    def words(self, path: str) -> str:
        """Return the English text of a page, without tags."""
        answer = self.see(f"{path}?lang=en")
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", answer.text)))

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form as one of our pages does."""
        catch_up(self.services.views, self.services.ledger.facts)
        data = {"csrf": csrf_of(self.secret)} | fields
        return self.client.post(path, headers=HERE, data=data)

    def filled(self, path: str, form: str = "form wide") -> dict[str, list[str]]:
        """Return the fields that a browser would send from the form of this class, unchanged."""
        (body,) = re.findall(rf'class="{form}">(.*?)</form>', self.see(path).text, re.DOTALL)
        fields: dict[str, list[str]] = {}
        for tag in re.findall(r"<input [^>]*>|<select .*?</select>", body, re.DOTALL):
            named = dict(re.findall(r'(name|type|value)="([^"]*)"', tag.partition("<option")[0]))
            if tag.startswith("<select"):
                chosen = re.findall(r'value="([^"]*)" selected', tag) or re.findall(
                    r'value="([^"]*)"', tag
                )
                named["value"] = chosen[0]
            elif named.get("type") == "checkbox" and " checked" not in tag:
                continue
            fields.setdefault(named["name"], []).append(html.unescape(named["value"]))
        del fields["csrf"]
        return fields

    def propose(self, path: str, **fields: Any) -> str:
        """Send a form whose act waits for a second person. Return the path of the proposal."""
        answer = self.send(path, **fields)
        assert answer.status_code == 303, answer.text
        assert answer.location.startswith("/desk/proposals/")
        return answer.location

    def agree(self, path: str, **fields: Any) -> None:
        """Send such a form, and let a reviewer who has nothing to do with it confirm the act."""
        place, first = self.propose(path, **fields), self.secret
        self.services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
        self.secret = self.session("staff-s-second", "desk")
        assert self.told(f"{place}/decision", deed="confirm") is None
        self.secret = first
        self.client.set_cookie(cookie_name("desk", self.services.settings.origin), first)

    def told(self, path: str, **fields: Any) -> str | None:
        """Send a form. Return the title of the error, or None if the form was accepted."""
        answer = self.send(path, **fields)
        found = _TOLD.search(answer.text)
        assert (answer.status_code >= 400) == (found is not None)
        return found[1] if found else None


@pytest.fixture
def clerk(staff_app: StaffApp) -> StaffApp:
    """Return an app with a clerk signed in at the desk."""
    return staff_app.sign_in("clerk")
