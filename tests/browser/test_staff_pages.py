"""Every page of a merchant's owner and of the officers' desk, and the cashier's at the till."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import DESKTOP, NARROW, PHONE, WatchedBrowser, page_faults
from tests.support.browser_merchant import MerchantServer, Visit

PAGES = [
    *("/shop/", "/shop/redemptions", "/shop/redemptions/on/2019-05-01"),
    *("/shop/redemptions/wash-1", "/shop/redemptions/wash-4", "/shop/redemptions/late-4"),
    *("/shop/statements", "/shop/statements/20261101-returned"),
    *("/shop/statements/20261108-paid", "/shop/statements/20261115-waiting"),
    *("/shop/tills", "/shop/cashiers"),
    *("/desk/", "/desk/members", "/desk/members/new", "/desk/members/import"),
    *("/desk/members/driver-0", "/desk/merchants", "/desk/merchants/anche", "/desk/offers"),
    "/desk/members/driver-0/correction",
    *("/desk/offers/car-100-20", "/desk/offers/new", "/desk/drops", "/desk/drops/new"),
    *("/desk/proposals", "/desk/proposals/waiting", "/desk/funds", "/desk/statements"),
    *("/desk/statements/20261115-waiting", "/desk/statements/20261108-paid"),
    *("/desk/staff", "/desk/staff/new", "/desk/log", "/desk/sign-ins", "/desk/security"),
    "/desk/account",
    *("/desk/figures", "/desk/figures/cards?by=branch", "/desk/figures/purchases?by=merchant"),
    *("/desk/figures/refusals", "/desk/figures/drops", "/desk/figures/offers?by=nothing"),
    "/desk/figures/late?from=2001-01-01&to=2001-01-01",
]
FAULTS = {"/desk/figures/offers?by=nothing": ["answered 422"]}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_faults(visit: Visit, path: str, language: str) -> None:
    context = visit(path.split("/")[1], language=language)

    assert page_faults(context, path) == FAULTS.get(path, [])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_drop_and_its_plan_have_no_faults(visit: Visit, language: str) -> None:
    context = visit("desk", language=language)
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


def test_the_current_area_is_visible_on_a_phone(visit: Visit) -> None:
    page = visit("desk", PHONE, language="zh").new_page()

    page.goto("/desk/log")

    current = page.get_by_role("navigation").locator("[aria-current=page]").bounding_box()
    assert current is not None
    assert 0 <= current["x"] <= PHONE["width"] - current["width"]


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
    merchant_browser: WatchedBrowser, merchant_server: MerchantServer, visit: Visit
) -> None:
    shop = visit("shop", DESKTOP, language="en").new_page()
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


def test_an_owner_removes_a_cashier_only_after_confirming(visit: Visit) -> None:
    page = visit("shop", PHONE, language="en").new_page()
    page.goto("/shop/cashiers")
    person = page.locator(".person", has=page.get_by_role("heading", name="Ma Jun", exact=True))

    person.get_by_role("button", name="Let go").click()
    page.get_by_role("button", name="No, go back").click()
    expect(person).to_be_visible()
    person.get_by_role("button", name="Let go").click()
    page.get_by_role("dialog").get_by_role("button", name="Let go").click()

    expect(person).to_have_count(0)


def test_every_control_of_the_shop_is_big_enough_to_touch(visit: Visit) -> None:
    page = visit("shop", NARROW, language="zh").new_page()
    small: list[str] = []

    for path in ("/shop/", "/shop/redemptions", "/shop/cashiers"):
        page.goto(path)
        for control in page.locator("main :is(.button, summary, input, .list.open a)").all():
            box = control.bounding_box()
            if box is not None and box["height"] < 48:
                small.append(f"{path}: {control.inner_text()} {box['height']}")

    assert small == []


def test_a_statement_is_printed_without_controls(visit: Visit) -> None:
    page = visit("shop", DESKTOP, language="en").new_page()
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


def test_an_analyst_chooses_a_figure_and_downloads_it(visit: Visit) -> None:
    page = visit("desk", DESKTOP, language="en").new_page()
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
