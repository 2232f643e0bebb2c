"""Passkeys in a real browser with a virtual authenticator."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from ledger.vault import Person
from pos_gateway.auth.passkey import Passkeys
from tests.support.browser import LiveServer, WatchedBrowser
from tests.support.form_client import PASSWORD, appoint, code_of, messages

pytestmark = pytest.mark.browser

WANG_PHONE = "13800138000"


class SignInServer:
    """A live server whose passkeys are valid for its address."""

    def __init__(self, live_server: LiveServer) -> None:
        self.services = live_server.services
        passkeys: Passkeys = self.services.sign_in.passkeys
        passkeys._origin, passkeys._host = live_server.address, "localhost"
        self.services.ledger.officers.cards.register_member(
            "wang", branch="miyun-1", by="officer-zhao"
        )
        self.services.vault.put("wang", Person("王小明", WANG_PHONE, None))

    @property
    def now(self) -> Any:
        return self.services.clock()


@pytest.fixture
def server(live_server: LiveServer) -> SignInServer:
    return SignInServer(live_server)


def authenticator(page: Page, **chosen: Any) -> tuple[CDPSession, str]:
    """Give a page's browser an authenticator that needs no further unlocking."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    } | chosen
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def sign_in_by_phone(page: Page, server: SignInServer) -> None:
    """Sign a member in with the code sent to the phone."""
    page.goto("/card/sign-in")
    page.get_by_label("Phone number").fill(WANG_PHONE)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code of six digits").fill(code_of(messages(server, 1)[0]))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/card/passkey" in url)


def invited_by_passkey(page: Page, server: SignInServer) -> None:
    """Follow an invitation to its end with a passkey."""
    page.goto("/desk/invitation")
    page.get_by_label("Invitation").fill(appoint(server, "chen"))
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("link", name="go to the desk")).to_be_visible()


def sign_out(page: Page, door: str) -> None:
    page.goto(f"/{door}/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"**/{door}/sign-in")


def test_a_member_makes_a_passkey_and_signs_in_with_it(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.phone(language="en")
    devtools, held = authenticator(page)
    sign_in_by_phone(page, server)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url(lambda url: "passkey" not in url)
    (credential,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": held})[
        "credentials"
    ]
    assert (credential["isResidentCredential"], credential["rpId"]) == (True, "localhost")
    sign_out(page, "card")

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "sign-in" not in url)

    page.goto("/card/account")
    expect(page.get_by_text("passkey").first).to_be_visible()
    assert [one.methods for one in server.services.sessions.listed("member-wang")] == ["passkey"]


def test_a_passkey_is_password_and_second_factor_at_once(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.desktop(language="en")
    authenticator(page)
    invited_by_passkey(page, server)
    sign_out(page, "desk")

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "sign-in" not in url)

    (session,) = server.services.sessions.listed("staff-chen")
    assert session.methods == "passkey"


def test_a_passkey_opens_its_own_realm_only(browser: WatchedBrowser, server: SignInServer) -> None:
    page = browser.desktop(language="en")
    authenticator(page)
    sign_in_by_phone(page, server)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url(lambda url: "passkey" not in url)

    page.goto("/desk/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("That did not match")
    assert server.services.sessions.listed("staff-wang") == []


def test_a_passkey_without_user_verification_is_refused(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.phone(language="en")
    authenticator(page, isUserVerified=False)
    sign_in_by_phone(page, server)

    page.get_by_role("button", name="Make a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    assert server.services.sign_in.passkeys.of("member-wang") == []


def test_a_script_cannot_skip_user_verification(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.phone(language="en")
    authenticator(page, transport="usb", hasResidentKey=False, hasUserVerification=False)
    page.add_init_script(
        "const create = CredentialsContainer.prototype.create;"
        "CredentialsContainer.prototype.create = function (asked) {"
        "  asked.publicKey.authenticatorSelection = { userVerification: 'discouraged' };"
        "  return create.call(this, asked); };"
    )
    sign_in_by_phone(page, server)

    page.get_by_role("button", name="Make a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("This passkey does not work")
    assert server.services.sign_in.passkeys.of("member-wang") == []


def test_an_unlocked_authenticator_still_verifies_the_person(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.phone(language="en")
    devtools, held = authenticator(page)
    sign_in_by_phone(page, server)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url(lambda url: "passkey" not in url)
    sign_out(page, "card")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": held, "isUserVerified": False})
    page.evaluate(
        "() => { const get = CredentialsContainer.prototype.get;"
        "CredentialsContainer.prototype.get = function (asked) {"
        "  asked.publicKey.userVerification = 'discouraged'; return get.call(this, asked); }; }"
    )

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("This passkey does not work")


def test_a_copied_passkey_is_refused(browser: WatchedBrowser, server: SignInServer) -> None:
    page = browser.phone(language="en")
    devtools, held = authenticator(page)
    sign_in_by_phone(page, server)
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url(lambda url: "passkey" not in url)
    of_it = {"authenticatorId": held}
    (copied,) = devtools.send("WebAuthn.getCredentials", of_it)["credentials"]
    for _ in range(2):
        sign_out(page, "card")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
    sign_out(page, "card")

    devtools.send("WebAuthn.clearCredentials", of_it)
    devtools.send("WebAuthn.addCredential", of_it | {"credential": copied})
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("This passkey does not work")


def test_a_passkey_is_renamed_and_removed_with_the_password(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.desktop(language="en")
    authenticator(page)
    invited_by_passkey(page, server)
    page.goto("/desk/account")
    last = page.get_by_role("button", name="Remove")
    page.locator("#current-1").fill(PASSWORD)
    last.click()
    expect(page.get_by_role("alert")).to_contain_text("your last way")

    page.locator("#current-passkey").fill("wrong carp, wrong bridge")
    page.get_by_role("button", name="Add one on this device").click()
    expect(page.locator("form").get_by_role("alert")).to_contain_text("That did not match")


def test_a_browser_without_our_passkey_says_so(
    browser: WatchedBrowser, server: SignInServer
) -> None:
    page = browser.phone(language="en")
    authenticator(page)
    page.goto("/card/sign-in")
    del server

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("That did not work")
