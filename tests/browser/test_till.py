import re
from pathlib import Path

from playwright.sync_api import Page, Playwright, Route, expect

from ledger.benefits.terms import Rules, Stacking
from pos_gateway.codes import make_printed_code
from tests.support.browser import (
    PHONE,
    LiveServer,
    WatchedBrowser,
    launch_chromium,
    write_camera_film,
)
from tests.support.browser_member import LI, OFFICER, WANG, LiveShops
from tests.support.browser_till import SHOP, BrowserTill, print_card, redemption_lines, ticket_code

YES = re.compile("确认，收|是本人，收")


def big(page: Page, text: str) -> None:
    """Expect this text in the large result."""
    expect(page.locator(".outcome .big")).to_contain_text(text)


def test_a_code_for_paying_is_told_and_the_camera_goes_on_looking(
    playwright: Playwright, live_server: LiveServer, shops: LiveShops, tmp_path: Path
) -> None:
    picture = write_camera_film(tmp_path / "cam.y4m", "https://qr.alipay.com/fkx01234567890")
    with launch_chromium(playwright, tmp_path, camera=picture) as chromium:
        phone = WatchedBrowser(chromium, live_server.address).context(PHONE)
        page = BrowserTill(shops, phone).open()
        page.get_by_role("button", name="扫会员码").click()
        expect(page.get_by_text("这不是会员码")).to_be_visible()
        expect(page.locator("#viewer")).to_be_visible()
        expect(page.locator("#held")).to_be_hidden()


def test_a_code_scanned_by_camera_is_redeemed_and_reversed(
    playwright: Playwright, live_server: LiveServer, shops: LiveShops, tmp_path: Path
) -> None:
    picture = write_camera_film(tmp_path / "cam.y4m", shops.code())
    with launch_chromium(playwright, tmp_path, camera=picture) as chromium:
        watched = WatchedBrowser(chromium, live_server.address)
        browser_till = BrowserTill(shops, watched.context(PHONE))
        page = browser_till.open()
        browser_till.amount("68")

        page.get_by_role("button", name="扫会员码").click()
        expect(page.get_by_text("美发八折")).to_be_visible()
        expect(page.locator(".pays")).to_contain_text("54.40 元")
        page.get_by_role("button", name=YES).click()
        big(page, "收 54.40 元")
        assert [count for _, count in redemption_lines(shops, SHOP)] == [1]

        page.get_by_role("button", name="撤销这一笔").click()
        page.get_by_label("金额输错").check()
        page.get_by_role("button", name="撤销", exact=True).click()
        big(page, "已撤销")
        assert sorted(count for _, count in redemption_lines(shops, SHOP)) == [-1, 1]
        watched.close()
        assert watched.complaints == []


def test_a_hand_scanner_may_come_before_the_amount(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()

    browser_till.wedge(shops.code())
    expect(page.locator("#held")).to_contain_text("请输入金额")
    page.keyboard.type("68.50", delay=120)
    page.get_by_role("button", name="看优惠").click()
    page.get_by_role("button", name=YES).click()

    big(page, "收 54.80 元")


def test_combined_benefits_are_computed_as_on_the_server(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    for offer_id, title, exclusive in (("ten-off", "再减十元", False), ("alone", "独享半价", True)):
        shops.services.ledger.officers.offers.publish_offer(
            offer_id,
            title=title,
            kind="percent_off" if exclusive else "amount_off",
            terms={"basis_points": 5_000} if exclusive else {"amount_minor": 1_000},
            rules=Rules(merchants=(SHOP,), stacking=Stacking(exclusive=exclusive, order=7)),
        )
    page = browser_till.open()
    browser_till.amount("99.90")
    browser_till.wedge(shops.code())
    pays = page.locator(".pays strong")
    expect(pays).to_have_text("49.95 元")

    page.get_by_label("美发八折").check()
    expect(page.get_by_label("独享半价")).not_to_be_checked()
    expect(pays).to_have_text("79.92 元")
    page.get_by_label("再减十元").check()
    expect(pays).to_have_text("71.92 元")
    page.get_by_role("button", name=YES).click()

    big(page, "收 71.92 元")


def test_a_number_is_checked_while_typing_and_the_holder_is_shown(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    printed = print_card(shops)
    page = browser_till.open()
    browser_till.amount("100")
    page.get_by_role("button", name="手输卡号").click()
    number = page.get_by_label("卡面二维码下方的号码")

    wrong = printed[:-1] + ("0" if printed[-1] != "0" else "1")
    number.fill(wrong)
    expect(page.locator("#error-number")).to_have_text("号码输入有误")
    page.get_by_role("button", name="用这张卡").click()
    expect(number).to_be_visible()
    number.fill(printed.removeprefix("HK0:").lower())
    expect(page.locator("#error-number")).to_have_text("")
    page.get_by_role("button", name="用这张卡").click()

    expect(page.locator(".holder")).to_contain_text("王*明")
    page.get_by_role("button", name="是本人，收 80 元").click()
    big(page, "收 80 元")


def test_an_unknown_card_is_refused_with_the_next_step(browser_till: BrowserTill) -> None:
    page = browser_till.open()
    browser_till.amount("10")

    browser_till.wedge(make_printed_code(bytes([7]) * 16))

    expect(page.get_by_role("alert")).to_contain_text("没有")
    page.get_by_role("button", name="下一位").click()
    expect(page.locator("#amount")).to_have_text("0.00")


def test_a_lost_answer_is_requested_again_and_nothing_is_redeemed_twice(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()  # the gateway takes it, and its answer is lost
        route.abort()

    page.route("**/api/v1/redemptions/*", lose)
    browser_till.sell("68", shops.code(), "收 54.40 元")

    expect(page.locator(".outcome")).not_to_contain_text("离线")
    assert len(lost) == 1
    assert [count for _, count in redemption_lines(shops, SHOP)] == [1]


def test_a_page_left_before_the_answer_shows_the_result_later(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()

    def take_unanswered(route: Route) -> None:
        if route.request.method == "PUT":
            route.fetch()
        else:
            route.continue_()

    page.route("**/api/v1/redemptions/*", take_unanswered)
    browser_till.amount("68")
    browser_till.wedge(shops.code())
    page.get_by_role("button", name=YES).click()
    expect(page.get_by_text("正在核销…")).to_be_visible()
    page.reload()

    expect(page.locator("#unanswered")).to_contain_text("已核销：收 54.40 元")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator("#unanswered")).to_be_empty()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#unanswered")).to_be_empty()
    assert [count for _, count in redemption_lines(shops, SHOP)] == [1]


def test_a_ticket_admits_in_parts_and_is_reversed(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    code = ticket_code(shops, party=3)
    browser_till = BrowserTill(shops, browser.context(PHONE), "rose-garden")
    page = browser_till.open()

    browser_till.wedge(code)
    page.get_by_label("2", exact=True).check()
    page.get_by_role("button", name="放行").click()
    big(page, "放行 2 人")
    expect(page.locator(".outcome")).to_contain_text("还能进 1 人")
    page.get_by_role("button", name="撤销这一笔").click()
    big(page, "已撤销")
    page.get_by_role("button", name="下一位").click()

    browser_till.wedge(code)
    page.get_by_role("button", name="放行").click()
    big(page, "放行 3 人")
    page.get_by_role("button", name="下一位").click()
    browser_till.wedge(code)
    page.get_by_role("button", name="放行").click()
    expect(page.get_by_role("alert")).to_contain_text("已用过")


def test_a_collector_shows_their_own_card(browser: WatchedBrowser, shops: LiveShops) -> None:
    code = ticket_code(shops, party=2)
    shops.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    browser_till = BrowserTill(shops, browser.context(PHONE), "rose-garden")
    page = browser_till.open()

    browser_till.wedge(code)
    page.get_by_label("1", exact=True).check()
    page.get_by_role("button", name="别人代领").click()
    browser_till.wedge(code)
    expect(page.locator("#notices")).to_contain_text("这是票码")
    browser_till.wedge(shops.code(LI))
    expect(page.get_by_text("代领人的会员码也扫到了")).to_be_visible()
    with page.expect_response("**/api/v1/uses/*") as used:
        page.get_by_role("button", name="放行").click()

    big(page, "放行 1 人")
    on_record = shops.services.ledger.tills.ticket_use.find(used.value.json()["use_id"])
    assert on_record.used.collected_by == LI


def test_another_merchants_redemption_is_neither_seen_nor_undone(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    shops.redeem("film-1", "milan", "film")
    page = browser_till.open()

    answer = page.goto("/till/redemptions/film-1")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("没有这笔核销")).to_be_visible()
    status = page.evaluate(
        """() => fetch("/api/v1/redemptions/film-1/reversal", {method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({reason: "other"})}).then((answer) => answer.status)"""
    )

    assert status == 404
    assert redemption_lines(shops, "milan") == [("film-1", 1)]


def test_the_days_list_shows_redemptions_and_reverses_them(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    browser_till.sell("68", shops.code(), "收 54.40 元")
    shops.catch_up()

    page.get_by_role("link", name="今日").click()
    expect(page.locator("[data-sum=paid]")).to_have_text("54.40")
    page.locator(".entries a").click()
    page.get_by_label("已退货").check()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("撤销：已退货")).to_be_visible()

    shops.catch_up()
    page.goto("/till/today")
    expect(page.locator("[data-sum=paid]")).to_have_text("0.00")
    expect(page.locator(".entries")).to_contain_text("已撤销")
    page.goto("/till/owed")
    expect(page.locator("[data-sum=owed]")).to_have_text("0.00")
