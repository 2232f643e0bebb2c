"""Members' phones on the street: signed in, looked at, and what is claimed without one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from ledger.drops.eligibility import Asked
from ledger.members.authorization import Principal
from tests.support.browser import PHONE, LiveServer, WatchedBrowser
from tests.support.browser_member import WANG, LiveShops

CODE = "#code"
BRIGHT = "dialog.bright"
OFFLINE = "没有网络也能用"


@pytest.fixture
def shops(live_server: LiveServer) -> LiveShops:
    """A street on which nothing happened yet."""
    return LiveShops(live_server)


def member_phone(
    browser: WatchedBrowser, shops: LiveShops, member_id: str = WANG, *, keeps_pages: bool = True
) -> Page:
    """A phone on which a member is signed in; one that keeps no pages lets tests stand between."""
    context = browser.context(PHONE, service_workers="allow" if keeps_pages else "block")
    shops.sign_in(context, member_id)
    return context.new_page()


def keep_pages(page: Page) -> None:
    """Wait until the phone keeps the pages that open without a network."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_load_state("networkidle")


def open_card(page: Page) -> None:
    """The card is open, the phone signs for it, and the pages are kept."""
    page.goto("/card/")
    expect(page.locator("#offline")).to_contain_text(OFFLINE)
    keep_pages(page)


def decode_code_on(page: Page, selector: str = CODE) -> str:
    """The text of a code on the screen, as a camera's reader finds it."""
    return decode_picture(io.BytesIO(page.locator(selector).screenshot()))


def decode_picture(picture: Path | io.BytesIO) -> str:
    """The text of the code in a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    text: str = found.text
    return text


def claim_ticket(shops: LiveShops, member_id: str, session: str = "morning") -> str:
    """The ticket of a claim for a visit to the Rose Garden, made elsewhere."""
    asked = Asked(claim_id="k1", drop_id="may-day", item_id="garden", session_id=session, party=1)
    had = shops.house.ledger.members.claims.claim(asked, Principal(member_id=member_id))
    ticket: str = had.event.ticket_id  # type: ignore[attr-defined]  # of a first claim
    return ticket


def join_waiting_list(shops: LiveShops, member_id: str, session: str = "morning") -> None:
    """A member waits for a visit, having asked elsewhere."""
    asked = Asked(claim_id="w1", drop_id="may-day", item_id="garden", session_id=session, party=1)
    shops.house.ledger.members.claims.join(asked, Principal(member_id=member_id))
