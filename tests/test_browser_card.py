from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from pos_gateway.code import Device, read
from tests.browser import PHONE, Served, Watched
from tests.streets import CARDS, WANG, Street

pytestmark = pytest.mark.browser

BUDGET_BYTES = 100_000
CODE = "#code svg"


@pytest.fixture
def street(served: Served) -> Iterator[Street]:
    return Street(served)


def signed_in(
    browser: Watched, street: Street, member_id: str = WANG, language: str = "zh"
) -> Page:
    """A phone on which a member is signed in."""
    context = browser.context(PHONE, language=language)
    street.sign_in(context, member_id)
    return context.new_page()


def scanned(page: Page, selector: str = CODE) -> str:
    """The text of the code on the screen, as a camera's reader finds it."""
    shot = Image.open(io.BytesIO(page.locator(selector).screenshot()))
    (found,) = zxingcpp.read_barcodes(shot)
    text: str = found.text
    return text


def test_the_card_shows_a_code_that_the_server_reads_as_this_card(
    browser: Watched, street: Street
) -> None:
    page = signed_in(browser, street)

    page.goto("/card/")
    expect(page.locator("#offline")).to_contain_text("没有网络也能用")
    page.locator("#renew").click()
    code = read(scanned(page), street.house.keys, now=street.now)

    assert isinstance(code, Device)
    assert code.card_id == CARDS[WANG]
    expect(page.locator("#holder")).to_have_text("王*明")
