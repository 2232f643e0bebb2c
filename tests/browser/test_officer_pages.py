"""Every page of the officers' desk: on a phone and a desktop, narrow, in large text."""

import pytest

from tests.support.browser import PHONE, WatchedBrowser, page_faults
from tests.support.browser_merchant import MerchantServer

pytestmark = pytest.mark.browser

PAGES = [
    "/desk/",
    "/desk/members",
    "/desk/members/new",
    "/desk/members/import",
    "/desk/members/driver-0",
    "/desk/merchants",
    "/desk/merchants/anche",
    "/desk/offers",
    "/desk/offers/car-100-20",
    "/desk/offers/new",
    "/desk/drops",
    "/desk/drops/new",
    "/desk/proposals",
    "/desk/proposals/waiting",
    "/desk/funds",
    "/desk/figures",
    "/desk/statements",
    "/desk/statements/20261115-waiting",
    "/desk/statements/20261108-paid",
    "/desk/staff",
    "/desk/staff/new",
    "/desk/log",
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_desk_has_no_faults(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, path: str, language: str
) -> None:
    context = merchant_server.enter(
        merchant_browser.context(PHONE, language=language), "wu", "desk"
    )

    found = page_faults(context, path)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_drop_and_its_plan_have_no_faults(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, language: str
) -> None:
    context = merchant_server.enter(
        merchant_browser.context(PHONE, language=language), "wu", "desk"
    )
    page = context.new_page()
    page.goto("/desk/drops")
    drops = page.locator("main a[href^='/desk/drops/']").evaluate_all(
        "links => links.map(one => one.getAttribute('href'))"
    )
    seen = {one for one in drops if not one.endswith("/new")}
    page.close()

    found = [fault for path in sorted(seen)[:2] for fault in page_faults(context, path)]

    assert seen
    assert not found, "\n".join(found)


def test_the_current_area_is_visible_on_a_phone(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    page = merchant_server.enter(merchant_browser.context(PHONE), "wu", "desk").new_page()

    page.goto("/desk/log")

    current = page.get_by_role("navigation").locator("[aria-current=page]").bounding_box()
    assert current is not None
    assert 0 <= current["x"] <= PHONE["width"] - current["width"]
