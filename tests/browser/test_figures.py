"""The pages of figures and pending work at the officers' desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, WatchedBrowser, page_faults
from tests.support.browser_merchant import MerchantServer

pytestmark = pytest.mark.browser

PAGES = [
    "/desk/",
    "/desk/figures",
    "/desk/figures/cards?by=branch",
    "/desk/figures/purchases?by=merchant",
    "/desk/figures/refusals",
    "/desk/figures/drops",
    "/desk/figures/late?from=2001-01-01&to=2001-01-01",
    "/desk/figures/offers?by=nothing",
]


@pytest.fixture(scope="module")
def merchant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MerchantServer]:
    made = MerchantServer(tmp_path_factory.mktemp("street") / "var")
    yield made
    made.close()


@pytest.fixture
def merchant_browser(
    chromium: Browser, merchant_server: MerchantServer
) -> Iterator[WatchedBrowser]:
    """Return a browser of the server; a test fails if one of its pages logged an error."""
    made = WatchedBrowser(chromium, merchant_server.address)
    yield made
    made.close()
    assert made.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_accessible(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, language: str
) -> None:
    context = merchant_server.enter(
        merchant_browser.context(PHONE, language=language), "wu", "desk"
    )

    found = {path: page_faults(context, path) for path in PAGES}

    answered = {"/desk/figures/offers?by=nothing": ["answered 422"]}
    assert {path: told for path, told in found.items() if told} == answered


def test_an_analyst_chooses_a_figure_and_downloads_it(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    page = merchant_server.enter(
        merchant_browser.context(DESKTOP, language="en"), "wu", "desk"
    ).new_page()
    page.goto("/desk/figures")
    page.get_by_role("link", name="Purchases").click()
    page.get_by_label("By", exact=True).select_option("Merchant")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("img", name="Bars of Purchases")).to_be_visible()
    rows = page.get_by_role("rowheader").all_inner_texts()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the table").click()

    assert taken.value.suggested_filename.startswith("hongka-purchases-merchant-")
    lines = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == rows[:-1]
