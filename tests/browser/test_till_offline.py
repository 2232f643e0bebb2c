from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from ledger.merchants.till import FloorLimits
from projections.late import late_redemptions
from tests.support.browser import PHONE, Served, Watched, film, launched
from tests.support.browser_member import OFFICER, Street
from tests.support.browser_till import (
    Stall,
    print_card,
    redeemed,
    second_till,
    stall,
    street,
    ticket_code,
)

__all__ = ["stall", "street"]

pytestmark = pytest.mark.browser

BANNER = "#line"


def go_offline(stall: Stall) -> Page:
    """The line drops, and the page is opened anew without it."""
    stall.context.set_offline(True)
    stall.page.reload()
    expect(stall.page.locator(BANNER)).to_contain_text("离线收银")
    return stall.page


def late(street: Street, shop: str = "xiufa") -> list[tuple[str, str, int]]:
    """What came late from a shop: outcome, who bears it, and what was given."""
    street.catch_up()
    with street.house.views.reading() as connection:
        found = late_redemptions(connection, merchant_id=shop)
    return [(one.outcome, one.borne_by, one.given_minor) for one in found]


def test_without_a_line_the_till_opens_redeems_and_brings_it_later(
    stall: Stall, street: Street
) -> None:
    stall.open()
    page = go_offline(stall)
    expect(page.locator(BANNER)).to_contain_text("还可核销 30 笔，优惠共 500 元")

    stall.sell("68", street.code(), "收 54.40 元")
    expect(page.locator(".outcome")).to_contain_text("已离线记下")
    expect(page.locator(BANNER)).to_contain_text("还可核销 29 笔，优惠共 486.40 元")
    expect(page.locator(BANNER)).to_contain_text("1 笔等待上传")
    assert late(street) == []

    stall.context.set_offline(False)
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔离线核销")
    expect(page.locator(BANNER)).to_be_hidden()
    assert late(street) == [("accepted", "", 1_360)]
    page.goto("/till/today")
    expect(page.locator(".entries")).to_contain_text("离线")


def test_what_was_redeemed_without_a_line_is_brought_though_the_page_is_closed(
    stall: Stall, street: Street
) -> None:
    stall.open()
    stall.context.set_offline(True)
    expect(stall.page.locator(BANNER)).to_contain_text("离线收银")
    stall.sell("68", street.code(), "收 54.40 元")
    stall.page.close()
    elsewhere = stall.context.new_page()  # time goes on in a browser with a page

    stall.context.set_offline(False)

    for _ in range(100):
        if late(street):
            break
        elsewhere.wait_for_timeout(100)
    assert late(street) == [("accepted", "", 1_360)]


def test_a_code_redeemed_live_is_not_taken_again_without_a_line(
    stall: Stall, street: Street
) -> None:
    page = stall.open()
    code = street.code()
    stall.sell("68", code, "收 54.40 元")
    page.get_by_role("button", name="下一位").click()

    stall.context.set_offline(True)
    expect(page.locator(BANNER)).to_contain_text("离线收银")
    stall.amount("10")
    stall.wedge(code)

    expect(page.get_by_role("alert")).to_contain_text("这个会员码刚用过")


def test_the_limit_of_the_officer_stops_the_one_too_many(stall: Stall, street: Street) -> None:
    limits = FloorLimits(redemptions=1, amount_minor=50_000, hours=24)
    street.house.ledger.officers.merchants.limit_till(
        "xiufa", till_id="till-1", limits=limits, by=OFFICER
    )
    stall.open()
    page = go_offline(stall)
    stall.sell("68", street.code(), "收 54.40 元")
    expect(page.locator(BANNER)).to_contain_text("离线额度已用完")
    page.get_by_role("button", name="下一位").click()

    stall.amount("50")
    stall.wedge(street.code())
    page.get_by_role("button", name=re.compile("确认，收")).click()

    expect(page.get_by_role("alert")).to_contain_text("离线笔数已用完")
    expect(page.get_by_role("alert")).to_contain_text("请按原价收款")


def test_a_double_use_at_two_tills_is_told_with_who_bears_it(
    browser: Watched, street: Street
) -> None:
    stall = Stall(street, browser.context(PHONE), "qingche")
    stall.open()
    page = go_offline(stall)
    stall.sell("100", street.code(), "收 90 元")
    second_till(street, "qingche")
    street.redeem("wash-1", "qingche", "wash", amount_minor=5_000)

    stall.context.set_offline(False)

    told = page.get_by_role("region", name="有争议的离线核销")
    expect(told).to_contain_text("由工会承担")
    expect(told).to_contain_text("原价 100 元，优惠 10 元")
    assert late(street, "qingche") == [("contested", "union", 1_000)]
    page.reload()
    told.get_by_role("button", name="知道了").click()
    expect(told).to_have_count(0)
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(told).to_have_count(0)


def test_plastic_is_taken_unverified_and_tickets_need_the_line(
    browser: Watched, street: Street
) -> None:
    printed, ticket = print_card(street), ticket_code(street)
    stall = Stall(street, browser.context(PHONE))
    stall.open()
    page = go_offline(stall)

    stall.wedge(ticket)
    expect(page.get_by_role("alert")).to_contain_text("验票要联网")
    page.get_by_role("button", name="下一位").click()
    stall.amount("100")
    stall.wedge(printed)
    expect(page.locator(".holder")).to_contain_text("离线，看不到姓名")
    page.get_by_role("button", name="是本人，收 80 元").click()
    expect(page.locator(".outcome .big")).to_contain_text("收 80 元")

    stall.context.set_offline(False)
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔")
    assert late(street) == [("accepted", "", 2_000)]


def test_an_answer_lost_with_the_line_is_one_redemption(stall: Stall, street: Street) -> None:
    page = stall.open()
    stall.amount("68")
    stall.wedge(street.code())
    page.locator(".choosing").wait_for()
    # The gateway takes what is asked, but from now on nothing comes back.
    page.route("**/api/v1/redemptions/*", lambda route: (route.fetch(), route.abort()))
    page.get_by_role("button", name=re.compile("确认，收")).click()

    expect(page.locator(".outcome")).to_contain_text("已离线记下")
    page.unroute_all(behavior="wait")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#notices")).to_contain_text("已上传 1 笔")

    assert late(street) == []
    assert len(redeemed(street, "xiufa")) == 1


def test_a_till_that_was_revoked_knows_nothing_with_or_without_a_line(
    stall: Stall, street: Street
) -> None:
    page = stall.open()
    street.house.ledger.officers.merchants.revoke_till("xiufa", till_id="till-1", by=OFFICER)
    stall.amount("10")
    stall.wedge(street.code())
    expect(page).to_have_url(re.compile(r"/till/pair$"))
    page.goto("/till/")
    expect(page).to_have_url(re.compile(r"/till/pair"))

    stall.context.set_offline(True)
    page.goto("/till/")

    expect(page.get_by_role("heading", name="没有网络")).to_be_visible()


def test_phone_and_till_without_a_line_the_camera_between_them(
    playwright: Playwright, served: Served, street: Street, tmp_path: Path
) -> None:
    picture = film(tmp_path / "cam.y4m", "nothing of ours")
    with launched(playwright, tmp_path, camera=picture) as chromium:
        watched = Watched(chromium, served.address)
        member = watched.context(PHONE)
        street.sign_in(member)
        phone = member.new_page()
        phone.goto("/card/")
        expect(phone.locator("#offline")).to_contain_text("没有网络也能用")
        street.catch_up()
        stall = Stall(street, watched.context(PHONE))
        page = stall.open()
        for side in (member, stall.context):
            side.set_offline(True)
        expect(page.locator(BANNER)).to_contain_text("离线收银")

        phone.locator("#renew").click()
        shot = Image.open(io.BytesIO(phone.locator("#code svg").screenshot()))
        text = zxingcpp.read_barcodes(shot)[0].text
        film(picture, text)
        stall.amount("68")
        page.get_by_role("button", name="扫会员码").click()
        page.get_by_role("button", name=re.compile("确认，收 54.40")).click()
        expect(page.locator(".outcome")).to_contain_text("已离线记下")

        stall.context.set_offline(False)
        expect(page.locator("#notices")).to_contain_text("已上传 1 笔")
        assert text.startswith("HK3:")
        assert late(street) == [("accepted", "", 1_360)]
        watched.close()
        assert watched.complaints == []


def test_a_new_version_takes_over_and_leaves_nothing_of_the_old(
    stall: Stall, street: Street
) -> None:
    page = stall.open()
    page.evaluate("() => caches.open('till of the past').then(() => null)")

    page.evaluate(
        """async () => {
            const {worker} = JSON.parse(document.getElementById("page").textContent);
            const workers = navigator.serviceWorker;
            await workers.register(`${worker}&later=1`, {scope: "/till/"});
            const isOver = ({scriptURL, state}) =>
                scriptURL.endsWith("later=1") && state === "activated";
            while (!workers.controller || !isOver(workers.controller))
                await new Promise((look) => setTimeout(look, 20));
        }"""
    )

    kept = page.evaluate("() => caches.keys()")
    assert len([name for name in kept if name.startswith("till ")]) == 1
    go_offline(stall)
    stall.sell("68", street.code(), "收 54.40 元")


def test_the_scanner_is_fetched_once(browser: Watched, street: Street) -> None:
    context = browser.context(PHONE)
    fetched: list[str] = []
    context.on("request", lambda asked: fetched.append(asked.url) if is_of_worker(asked) else None)
    stall = Stall(street, context)
    page = stall.open()
    first = [url for url in fetched if re.search(r"scanner\.js|zxing_reader\.wasm", url)]
    assert len(first) == 2

    fetched.clear()
    page.reload()
    loaded = page.evaluate(
        """async (paths) => Promise.all(paths.map(async (path) =>
        (await (await fetch(path)).arrayBuffer()).byteLength))""",
        [re.sub(r"^https?://[^/]+", "", url) for url in first],
    )
    page.wait_for_load_state("networkidle")

    assert min(loaded) > 10_000
    assert [url for url in fetched if "/static/" in url] == []


def is_of_worker(asked: object) -> bool:
    """Whether a service worker asked, and so what is fetched over the line."""
    return getattr(asked, "service_worker", None) is not None
