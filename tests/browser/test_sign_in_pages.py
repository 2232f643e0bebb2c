"""The sign-in pages in both languages."""

from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from tests.browser.test_sign_in import WANG_PHONE, SignInServer, authenticator, server
from tests.support.browser import NARROW, PHONE, WatchedBrowser, overflow, page_faults, violations
from tests.support.form_client import PASSWORD, appoint

__all__ = ["server"]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/card/sign-in", "/shop/sign-in", "/desk/sign-in", "/desk/invitation", "/outbox"]
)
def test_a_sign_in_page_is_accessible(
    browser: WatchedBrowser, server: SignInServer, path: str, language: str
) -> None:
    server.services.settings = _demonstration(server)
    looking = browser.context(PHONE, language=language)

    found = page_faults(looking, path)

    assert not found, "\n".join(found)


def _demonstration(server: SignInServer) -> Any:
    return msgspec.structs.replace(server.services.settings, demonstration=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_step_of_signing_in_is_accessible(
    browser: WatchedBrowser, server: SignInServer, language: str
) -> None:
    page = browser.context(NARROW, language=language).new_page()
    found = []

    def look(step: str) -> None:
        wide = overflow(page)
        found.extend(f"{step}: {one}" for one in (*violations(page), *([wide] if wide else [])))

    def send(field: str, text: str) -> None:
        page.locator(field).fill(text)
        with page.expect_navigation():
            page.locator("form").first.locator("button").click()

    page.goto("/card/sign-in")
    send("#phone", WANG_PHONE)
    look("code")
    send("#code", "123")
    look("wrong code")
    page.goto("/desk/invitation")
    send("#code", appoint(server, "chen"))
    look("password")
    send("#password", PASSWORD)
    look("factor")
    authenticator(page)
    page.locator("[data-passkey] button").click()
    page.wait_for_selector(".codes")
    look("codes")
    page.goto("/desk/account")
    look("account")
    page.locator("#current-app").fill(PASSWORD)
    page.locator("form:has(#current-app) button").click()
    page.wait_for_selector(".code-picture")
    look("app")

    assert not found, "\n".join(map(str, found))


def test_a_sent_message_appears_in_the_outbox_by_itself(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    server.services.settings = _demonstration(server)
    page = browser.phone(language="en")
    page.goto("/outbox")
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()

    server.services.sign_in.outbox.send(WANG_PHONE, "hongka: your code is 123456")

    expect(page.get_by_text("123456")).to_be_visible()
