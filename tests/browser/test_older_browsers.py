"""Older browsers without recent features behave the same by other means."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pos_gateway.codes import Session, read
from tests.browser.test_codes import SPELLINGS, agree
from tests.browser.test_device import RAWS
from tests.pos_gateway.codes.test_codes import CODE, RAW, text_of
from tests.pos_gateway.codes.test_ticket import CODE as TICKET_CODE
from tests.support.browser import WatchedBrowser
from tests.support.browser_member import CARDS, WANG, LiveShops
from tests.support.browser_phone import choose, decode_code_on, device_code, member_phone
from tests.support.browser_till import BrowserTill, redemption_lines
from tests.support.js_modules import open_page
from tests.support.signing_phone import as_text

OLDER = """
for (const verb of ["generateKey", "importKey", "sign", "verify"]) {
    const own = crypto.subtle[verb].bind(crypto.subtle);
    crypto.subtle[verb] = (...asked) => asked.some((one) => one?.name === "Ed25519")
        ? Promise.reject(new DOMException("", "NotSupportedError")) : own(...asked);
}
if (navigator.storage) navigator.storage.persist = () => new Promise(() => {});
delete AbortSignal.timeout;
delete HTMLButtonElement.prototype.command;
delete ServiceWorkerRegistration.prototype.sync;
delete Navigator.prototype.userActivation;
delete Navigator.prototype.wakeLock;
"""
"""A script that removes features from after 2021, and leaves the storage question unanswered."""

WITHOUT_TLS = """
delete Crypto.prototype.subtle;
delete Navigator.prototype.locks;
delete Navigator.prototype.serviceWorker;
"""


@pytest.fixture(scope="module")
def older(chromium: Browser) -> Iterator[Page]:
    """Return the browser's modules in an older browser."""
    context = chromium.new_context()
    context.add_init_script(OLDER)
    yield open_page(context)
    context.close()


def test_a_browser_without_ed25519_verifies_codes_like_the_server(older: Page) -> None:
    spoilt = [
        text(bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]]))
        for text, raw in ((text_of, RAW), *((as_text, raw) for raw in RAWS))
        for at in range(0, len(raw), 3)
    ]

    assert agree(older, [CODE, TICKET_CODE]) == {"session", "ticket"}
    assert agree(older, [as_text(raw) for raw in RAWS]) == {"device"}
    assert agree(older, [text_of(raw) for raw in SPELLINGS]) == {"malleated"}
    assert "forged" in agree(older, spoilt)


def test_an_older_phone_shows_a_code_that_the_server_reads(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page = member_phone(browser, shops)
    page.context.add_init_script(OLDER)

    page.goto("/card/")

    expect(page.locator("#offline")).to_contain_text("没有网络也能用")
    page.locator("#renew").click()
    assert device_code(decode_code_on(page), shops).card_id == CARDS[WANG]


def test_an_older_till_types_a_number_and_redeems_offline(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    browser_till.context.add_init_script(OLDER)
    page = browser_till.open()
    page.get_by_role("button", name="手输卡号").click()
    expect(page.locator("#typing")).to_be_visible()

    browser_till.context.set_offline(True)
    page.reload()
    browser_till.sell("68", shops.code(), "收 54.40 元")
    browser_till.context.set_offline(False)

    expect(page.locator("#notices")).to_contain_text("已上传 1 笔离线核销")
    assert [lines for _, lines in redemption_lines(shops, "xiufa")] == [1]


def test_a_page_whose_scripts_do_not_start_names_the_browsers_it_needs(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page = member_phone(browser, shops, keeps_pages=False)
    page.emulate_media(reduced_motion="reduce")
    page.route("**/card.js*", lambda route: route.fulfill(content_type="text/javascript", body=""))

    page.goto("/card/")

    told = page.locator("#not-started")
    expect(told).to_be_hidden()
    page.evaluate("() => document.getAnimations().forEach((one) => one.finish())")
    expect(told).to_be_visible()
    expect(told).to_contain_text("Chrome 97")

    page.unroute("**/card.js*")
    page.reload()
    expect(page.locator("#code")).to_be_visible()
    expect(told).to_have_count(0)


def test_without_tls_a_phone_shows_the_servers_codes_and_claims(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    shops.announce()
    page = member_phone(browser, shops, keeps_pages=False)
    page.add_init_script(WITHOUT_TLS)

    page.goto("/card/")
    expect(page.locator("#offline")).to_have_text("这部手机要连网才能出码")
    code = read(decode_code_on(page), shops.services.keys, now=shops.now)
    choose(page)
    page.locator("#go").click()

    assert isinstance(code, Session)
    expect(page.locator("#notices")).to_contain_text("抢到了")
