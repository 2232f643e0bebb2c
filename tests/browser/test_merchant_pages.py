"""Every page of a merchant's owner, and the cashier's pages at the till."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import DESKTOP, NARROW, PHONE, WatchedBrowser, page_faults
from tests.support.browser_merchant import OWNER, MerchantServer

pytestmark = pytest.mark.browser

PAGES = [
    "/shop/",
    "/shop/redemptions",
    "/shop/redemptions/on/2019-05-01",
    "/shop/redemptions/wash-1",
    "/shop/redemptions/wash-4",
    "/shop/redemptions/late-4",
    "/shop/statements",
    "/shop/statements/20261101-returned",
    "/shop/statements/20261108-paid",
    "/shop/statements/20261115-waiting",
    "/shop/tills",
    "/shop/cashiers",
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_shop_has_no_faults(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, path: str, language: str
) -> None:
    context = merchant_server.enter(
        merchant_browser.context(PHONE, language=language), OWNER, "shop"
    )

    found = page_faults(context, path)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", ["free", "taken"])
def test_the_cashiers_page_has_no_faults(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, language: str, state: str
) -> None:
    context = merchant_server.hold(
        merchant_browser.context(PHONE, language=language), till=merchant_server.key
    )
    if state == "taken":
        merchant_server.hold(context, cashier=merchant_server.at_till)

    found = page_faults(context, "/till/cashier")

    assert not found, "\n".join(found)


def test_an_owner_adds_a_cashier_who_takes_the_till(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    shop = merchant_server.enter(
        merchant_browser.context(DESKTOP, language="en"), OWNER, "shop"
    ).new_page()
    shop.goto("/shop/cashiers")
    shop.get_by_label("Name", exact=True).last.fill("李小红")
    shop.get_by_label("PIN").last.fill("97531")
    shop.get_by_role("button", name="Add", exact=True).click()
    expect(shop.get_by_role("heading", name="李小红")).to_be_visible()

    till = merchant_server.hold(
        merchant_browser.context(PHONE, language="en"), till=merchant_server.key
    ).new_page()
    till.goto("/till/cashier")
    till.get_by_label("李小红").check()
    till.get_by_label("PIN").fill("13579")
    till.get_by_role("button", name="Start").click()
    expect(till.get_by_role("alert")).to_be_visible()
    expect(till.get_by_label("李小红")).to_be_checked()
    till.get_by_label("PIN").fill("97531")
    till.get_by_role("button", name="Start").click()
    till.wait_for_url("**/till/")
    till.goto("/till/cashier")
    expect(till.get_by_text("It is 李小红 now.")).to_be_visible()


def test_an_owner_removes_a_cashier_only_after_confirming(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    page = merchant_server.enter(
        merchant_browser.context(PHONE, language="en"), OWNER, "shop"
    ).new_page()
    page.goto("/shop/cashiers")
    person = page.locator(".person", has=page.get_by_role("heading", name="Ma Jun", exact=True))

    person.get_by_role("button", name="Let go").click()
    page.get_by_role("button", name="No, go back").click()
    expect(person).to_be_visible()
    person.get_by_role("button", name="Let go").click()
    page.get_by_role("dialog").get_by_role("button", name="Let go").click()

    expect(person).to_have_count(0)


def test_every_control_of_the_shop_is_big_enough_to_touch(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    page = merchant_server.enter(merchant_browser.context(NARROW), OWNER, "shop").new_page()
    small: list[str] = []

    for path in ("/shop/", "/shop/redemptions", "/shop/cashiers"):
        page.goto(path)
        for control in page.locator("main :is(.button, summary, input, .list.open a)").all():
            box = control.bounding_box()
            if box is not None and box["height"] < 48:
                small.append(f"{path}: {control.inner_text()} {box['height']}")

    assert small == []


def test_a_statement_is_printed_without_controls(
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer
) -> None:
    page = merchant_server.enter(
        merchant_browser.context(DESKTOP, language="en"), OWNER, "shop"
    ).new_page()
    page.goto("/shop/statements/20261108-paid")

    page.emulate_media(media="print")

    for hidden in (
        page.get_by_role("navigation").first,
        page.get_by_role("link", name="Download the lines (CSV)"),
        page.get_by_text("To print it"),
    ):
        expect(hidden).to_be_hidden()
    expect(page.get_by_text("BRCB-77120")).to_be_visible()
    expect(page.get_by_role("link", name="wash-1")).to_be_visible()
