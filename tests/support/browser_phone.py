"""Members' phones on the live shops: signed in, with codes to decode and claims made elsewhere."""

import io
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from ledger.drops.eligibility import Asked
from ledger.members.authorization import Principal
from pos_gateway.codes import Device, read
from tests.support.browser import PHONE, WatchedBrowser
from tests.support.browser_member import WANG, LiveShops

CODE = "#code"
BRIGHT = "dialog.bright"
OFFLINE = "没有网络也能用"
CLAIMS = "**/api/v1/drops/*/claims/*"


def member_phone(
    browser: WatchedBrowser, shops: LiveShops, member_id: str = WANG, *, keeps_pages: bool = True
) -> Page:
    """Open a phone with a member signed in; without a service worker if it keeps no pages."""
    context = browser.context(PHONE, service_workers="allow" if keeps_pages else "block")
    shops.sign_in(context, member_id)
    return context.new_page()


def keep_pages(page: Page) -> None:
    """Wait until the phone has stored the pages that open without a network."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_load_state("networkidle")


def open_card(page: Page) -> None:
    """Open the card and wait until the phone signs codes and has stored the pages."""
    page.goto("/card/")
    expect(page.locator("#offline")).to_contain_text(OFFLINE)
    keep_pages(page)


def decode_code_on(page: Page, selector: str = CODE) -> str:
    """Return the text of a code on the screen, decoded as by a camera."""
    return decode_picture(io.BytesIO(page.locator(selector).screenshot()))


def decode_picture(picture: Path | io.BytesIO) -> str:
    """Return the text of the code in a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    text: str = found.text
    return text


def claim_ticket(shops: LiveShops, member_id: str, session: str = "morning") -> str:
    """Claim a visit to the Rose Garden without the browser. Return the ticket."""
    asked = Asked(claim_id="k1", drop_id="may-day", item_id="garden", session_id=session, party=1)
    had = shops.services.ledger.members.claims.claim(asked, Principal(member_id=member_id))
    ticket: str = had.event.ticket_id  # type: ignore[attr-defined]  # of a first claim
    return ticket


def join_waiting_list(shops: LiveShops, member_id: str, session: str = "morning") -> None:
    """Put a member on the waiting list for a visit, without the browser."""
    asked = Asked(claim_id="w1", drop_id="may-day", item_id="garden", session_id=session, party=1)
    shops.services.ledger.members.claims.join(asked, Principal(member_id=member_id))


def choose(page: Page, session: str = "morning") -> None:
    """Open the page of the drop, and choose a session."""
    page.goto("/card/drops/may-day")
    page.locator(f"[name=place][value='garden/{session}']").check()


def is_said(page: Page, truth: str) -> None:
    """Expect this text on the large button."""
    expect(page.locator("#go")).to_have_attribute("data-truth", truth, timeout=15_000)


def device_code(text: str, shops: LiveShops) -> Device:
    """Return the valid code that a phone signed."""
    code = read(text, shops.services.keys, now=shops.now)
    assert isinstance(code, Device)
    return code
