import pytest
from playwright.sync_api import expect

from pos_gateway.web.formatting import yuan
from tests.support.browser import PHONE, WatchedBrowser, page_faults
from tests.support.browser_member import LI, OFFICER, WANG, LiveShops
from tests.support.browser_phone import claim_ticket, keep_pages

PATHS = [
    "/card/",
    "/card/benefits",
    "/card/tickets",
    f"/card/family/{LI}",
    "/card/drops",
    "/card/drops/may-day",
    "/card/drops/new-year",
    "/card/history",
    "/card/more",
    "/card/block",
    "/card/help",
    "/card/privacy",
    "/card/export",
]


def lived_in(shops: LiveShops) -> None:
    """Add purchases, a ticket, a coming drop and a family."""
    shops.redeem("cut-1", "xiufa", "haircut")
    shops.redeem("film-1", "milan", "film", amount_minor=4_500)
    shops.announce()
    shops.announce("new-year", opens_at=shops.now.replace(year=shops.now.year + 1))
    for member_id in (WANG, LI):
        claim_ticket(shops, member_id)
    for member_id, other in ((WANG, LI), (LI, WANG)):
        shops.services.ledger.officers.families.name_proxy(member_id, proxy_id=other, by=OFFICER)
    shops.catch_up()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_in_both_languages(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    lived_in(shops)
    context = browser.context(PHONE, language=language)
    shops.sign_in(context)

    found = {path: page_faults(context, path) for path in PATHS}

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_history_equals_that_of_the_api(browser: WatchedBrowser, shops: LiveShops) -> None:
    lived_in(shops)
    page = browser.phone()
    shops.sign_in(page.context)
    told = page.request.get("/api/v1/card/history").json()

    page.goto("/card/history")

    assert told["in_all"]["saved_minor"] == 1_360 + 1_000
    saved = yuan(told["in_all"]["saved_minor"], "zh")
    expect(page.locator("[data-figure=saved]")).to_have_text(saved)
    expect(page.locator(".entries > li")).to_have_count(len(told["entries"]))
    expect(page.locator(".entries > li").first).to_contain_text("米兰影城 · 万象汇店")
    expect(page.locator(".entries > li").first).to_contain_text("省 10 元")


def test_a_reversal_is_shown_as_undone(browser: WatchedBrowser, shops: LiveShops) -> None:
    lived_in(shops)
    shops.ask("POST", "/redemptions/cut-1/reversal", "xiufa", {"reason": "wrong_amount"})
    shops.catch_up()
    page = browser.phone()
    shops.sign_in(page.context)

    page.goto("/card/history")

    entries = page.locator(".entries > li")
    expect(page.locator("[data-figure=saved]")).to_have_text("10 元")
    expect(entries).to_have_count(3)
    expect(entries.first).to_contain_text("冲正")
    expect(entries.first).to_contain_text("没有省下")
    expect(entries.last).to_contain_text("后来已冲正")
    expect(entries.filter(has_text="秀发坊").locator(".amount")).to_have_count(0)
    expect(page.locator(".entries .amount")).to_have_text(["省 10 元"])


def test_drops_and_history_are_read_without_script(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    lived_in(shops)
    context = browser.context(PHONE, java_script_enabled=False)
    shops.sign_in(context)
    page = context.new_page()

    page.goto("/card/drops/may-day")
    expect(page.locator("main")).to_contain_text("玫瑰园门票")
    page.goto("/card/drops")
    expect(page.locator("main")).to_contain_text("五一玫瑰园")
    page.goto("/card/history")

    expect(page.locator("main")).to_contain_text("23.60 元")


def test_the_chosen_language_holds_offline(browser: WatchedBrowser, shops: LiveShops) -> None:
    page = browser.phone()
    shops.sign_in(page.context)
    page.goto("/card/")
    expect(page.locator("#offline")).to_contain_text("没有网络也能用")
    keep_pages(page)
    page.goto("/card/?lang=en")
    page.wait_for_load_state("networkidle")

    page.context.set_offline(True)
    page.goto("/card/tickets")

    expect(page.get_by_role("heading", level=1)).to_have_text("My tickets")
