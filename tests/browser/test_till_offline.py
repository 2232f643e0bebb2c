import io
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from ledger.merchants.till import FloorLimits
from projections.late import late_redemptions
from tests.support.browser import (
    PHONE,
    LiveServer,
    WatchedBrowser,
    launch_chromium,
    write_camera_film,
)
from tests.support.browser_member import OFFICER, LiveShops
from tests.support.browser_till import (
    BrowserTill,
    pair_second_till,
    print_card,
    redemption_lines,
    ticket_code,
)

BANNER = "#line"


def go_offline(browser_till: BrowserTill) -> Page:
    """Go offline and reload the page."""
    browser_till.context.set_offline(True)
    browser_till.page.reload()
    expect(browser_till.page.locator(BANNER)).to_contain_text("离线收银")
    return browser_till.page


def late(shops: LiveShops, shop: str = "xiufa") -> list[tuple[str, str, int]]:
    """Return a shop's offline redemptions: outcome, liable party, and amount."""
    shops.catch_up()
    with shops.services.views.reading() as connection:
        found = late_redemptions(connection, merchant_id=shop)
    return [(one.outcome, one.borne_by, one.given_minor) for one in found]


def test_an_offline_till_opens_redeems_and_reports_later(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    browser_till.open()
    page = go_offline(browser_till)
    expect(page.locator(BANNER)).to_contain_text("还可核销 30 笔，优惠共 500 元")

    browser_till.sell("68", shops.code(), "收 54.40 元")
    expect(page.locator(".outcome")).to_contain_text("已离线记下")
    expect(page.locator(BANNER)).to_contain_text("还可核销 29 笔，优惠共 486.40 元")
    expect(page.locator(BANNER)).to_contain_text("1 笔等待上传")
    assert late(shops) == []

    browser_till.context.set_offline(False)
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔离线核销")
    expect(page.locator(BANNER)).to_be_hidden()
    assert late(shops) == [("accepted", "", 1_360)]
    page.goto("/till/today")
    expect(page.locator(".entries")).to_contain_text("离线")


@pytest.mark.usefixtures("whole_chromium")
def test_an_offline_redemption_is_reported_though_the_page_is_closed(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    browser_till.open()
    browser_till.context.set_offline(True)
    expect(browser_till.page.locator(BANNER)).to_contain_text("离线收银")
    browser_till.sell("68", shops.code(), "收 54.40 元")
    browser_till.page.close()
    elsewhere = browser_till.context.new_page()  # time advances in a browser with a page

    browser_till.context.set_offline(False)

    for _ in range(100):
        if late(shops):
            break
        elsewhere.wait_for_timeout(100)
    assert late(shops) == [("accepted", "", 1_360)]


def test_a_code_redeemed_online_is_refused_offline(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    code = shops.code()
    browser_till.sell("68", code, "收 54.40 元")
    page.get_by_role("button", name="下一位").click()

    browser_till.context.set_offline(True)
    expect(page.locator(BANNER)).to_contain_text("离线收银")
    browser_till.amount("10")
    browser_till.wedge(code)

    expect(page.get_by_role("alert")).to_contain_text("这个会员码刚用过")


def test_the_floor_limit_stops_the_next_redemption(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    limits = FloorLimits(redemptions=1, amount_minor=50_000, hours=24)
    shops.services.ledger.officers.merchants.limit_till("xiufa", till_id="till-1", limits=limits)
    browser_till.open()
    page = go_offline(browser_till)
    browser_till.sell("68", shops.code(), "收 54.40 元")
    expect(page.locator(BANNER)).to_contain_text("离线额度已用完")
    page.get_by_role("button", name="下一位").click()

    browser_till.amount("50")
    browser_till.wedge(shops.code())
    page.get_by_role("button", name=re.compile("确认，收")).click()

    expect(page.get_by_role("alert")).to_contain_text("离线笔数已用完")
    expect(page.get_by_role("alert")).to_contain_text("请按原价收款")


def test_a_double_use_at_two_tills_is_shown_with_the_liable_party(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    browser_till = BrowserTill(shops, browser.context(PHONE), "qingche")
    browser_till.open()
    page = go_offline(browser_till)
    browser_till.sell("100", shops.code(), "收 90 元")
    pair_second_till(shops, "qingche")
    shops.redeem("wash-1", "qingche", "wash", amount_minor=5_000)

    browser_till.context.set_offline(False)

    told = page.get_by_role("region", name="有争议的离线核销")
    expect(told).to_contain_text("由工会承担")
    expect(told).to_contain_text("原价 100 元，优惠 10 元")
    assert late(shops, "qingche") == [("contested", "union", 1_000)]
    page.reload()
    told.get_by_role("button", name="知道了").click()
    expect(told).to_have_count(0)
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(told).to_have_count(0)


def test_offline_a_printed_card_is_accepted_unverified_and_a_ticket_is_not(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    printed, ticket = print_card(shops), ticket_code(shops)
    browser_till = BrowserTill(shops, browser.context(PHONE))
    browser_till.open()
    page = go_offline(browser_till)

    browser_till.wedge(ticket)
    expect(page.get_by_role("alert")).to_contain_text("验票要联网")
    page.get_by_role("button", name="下一位").click()
    browser_till.amount("100")
    browser_till.wedge(printed)
    expect(page.locator(".holder")).to_contain_text("离线，看不到姓名")
    page.get_by_role("button", name="是本人，收 80 元").click()
    expect(page.locator(".outcome .big")).to_contain_text("收 80 元")

    browser_till.context.set_offline(False)
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔")
    assert late(shops) == [("accepted", "", 2_000)]


def test_an_answer_lost_with_the_connection_is_one_redemption(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    browser_till.amount("68")
    browser_till.wedge(shops.code())
    page.locator(".choosing").wait_for()
    # The gateway takes requests, but from now on no answer arrives.
    page.route("**/api/v1/redemptions/*", lambda route: (route.fetch(), route.abort()))
    page.get_by_role("button", name=re.compile("确认，收")).click()

    expect(page.locator(".outcome")).to_contain_text("已离线记下")
    page.unroute_all(behavior="wait")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔")

    assert late(shops) == []
    assert len(redemption_lines(shops, "xiufa")) == 1


def test_a_revoked_till_keeps_no_data_online_or_offline(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    shops.services.ledger.officers.merchants.revoke_till("xiufa", till_id="till-1", by=OFFICER)
    browser_till.amount("10")
    browser_till.wedge(shops.code())
    expect(page).to_have_url(re.compile(r"/till/pair$"))
    page.goto("/till/")
    expect(page).to_have_url(re.compile(r"/till/pair"))

    browser_till.context.set_offline(True)
    page.goto("/till/")

    expect(page.get_by_role("heading", name="没有网络")).to_be_visible()


def test_an_offline_till_scans_an_offline_phone(
    playwright: Playwright, live_server: LiveServer, shops: LiveShops, tmp_path: Path
) -> None:
    picture = write_camera_film(tmp_path / "cam.y4m", "nothing of ours")
    with launch_chromium(playwright, tmp_path, camera=picture) as chromium:
        watched = WatchedBrowser(chromium, live_server.address)
        member = watched.context(PHONE)
        shops.sign_in(member)
        phone = member.new_page()
        phone.goto("/card/")
        expect(phone.locator("#offline")).to_contain_text("没有网络也能用")
        shops.catch_up()
        browser_till = BrowserTill(shops, watched.context(PHONE))
        page = browser_till.open()
        for side in (member, browser_till.context):
            side.set_offline(True)
        expect(page.locator(BANNER)).to_contain_text("离线收银")

        phone.locator("#renew").click()
        shot = Image.open(io.BytesIO(phone.locator("#code svg").screenshot()))
        text = zxingcpp.read_barcodes(shot)[0].text
        write_camera_film(picture, text)
        browser_till.amount("68")
        page.get_by_role("button", name="扫会员码").click()
        page.get_by_role("button", name=re.compile("确认，收 54.40")).click()
        expect(page.locator(".outcome")).to_contain_text("已离线记下")

        browser_till.context.set_offline(False)
        expect(page.locator("#notices")).to_contain_text("已上传 1 笔")
        assert text.startswith("HK3:")
        assert late(shops) == [("accepted", "", 1_360)]
        watched.close()
        assert watched.complaints == []
