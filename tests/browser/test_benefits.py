import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, WatchedBrowser
from tests.support.browser_member import LiveShops
from tests.support.browser_phone import keep_pages

HERE = {"latitude": 40.3689, "longitude": 116.8391}
"""A position a few steps from the cinema."""


def opened(
    browser: WatchedBrowser, shops: LiveShops, *, language: str = "zh", allowed: bool = True
) -> Page:
    """Open the page of benefits on a member's phone with geolocation."""
    permissions = ["geolocation"] if allowed else []
    context = browser.context(PHONE, language=language, geolocation=HERE, permissions=permissions)
    shops.sign_in(context)
    page = context.new_page()
    page.goto("/card/benefits")
    expect(page.locator("#found")).to_contain_text("3")
    return page


@pytest.fixture
def page(browser: WatchedBrowser, shops: LiveShops) -> Page:
    return opened(browser, shops)


def titles(page: Page) -> list[str]:
    """Return the benefits listed as usable now."""
    return page.locator("#benefits > article h2").all_inner_texts()


def test_usable_benefits_are_listed_with_places_and_the_rest_with_reasons(page: Page) -> None:
    assert set(titles(page)) == {"美发八折", "洗车九折", "观影减十元"}
    haircut = page.locator("article", has_text="美发八折")
    expect(haircut).to_contain_text("秀发坊美发 · 鼓楼店")
    expect(haircut).to_contain_text("09:00–21:00")
    expect(haircut.get_by_role("link")).to_have_attribute("href", "tel:01069040019")
    page.locator("summary", has_text="现在不能用的").click()
    garden = page.locator("article", has_text="玫瑰园周中半价")
    expect(garden).to_contain_text("今天不适用")


def test_words_and_categories_narrow_the_list(page: Page) -> None:
    page.get_by_role("button", name="电影").click()
    assert titles(page) == ["观影减十元"]
    page.get_by_role("button", name="全部").click()
    page.get_by_role("searchbox").fill("滨河路")
    assert titles(page) == ["洗车九折"]
    page.get_by_role("searchbox").fill("没有这种店")

    expect(page.locator("#found")).to_contain_text("没有找到")


def test_the_nearest_comes_first_and_the_position_is_not_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))

    page.get_by_role("button", name="按远近排").click()
    expect(page.locator("article", has_text="观影减十元")).to_contain_text("70 米")

    assert titles(page) == ["观影减十元", "美发八折", "洗车九折"]
    assert not [one for one in sent if "40.36" in one or "116.83" in one or "403689" in one]


def test_a_member_who_denies_the_position_is_told_what_to_do(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page = opened(browser, shops, allowed=False)

    page.get_by_role("button", name="按远近排").click()

    expect(page.get_by_role("alert")).to_contain_text("请在浏览器设置里允许定位")


def test_a_dot_on_the_map_opens_by_touch_and_by_keys(page: Page) -> None:
    page.get_by_role("button", name="地图", exact=True).click()
    map_of = page.locator("#map")
    expect(map_of.get_by_role("button")).to_have_count(3)
    expect(map_of).to_contain_text("北")

    map_of.get_by_role("button", name="米兰影城").click()
    assert titles(page) == ["观影减十元"]
    page.get_by_role("button", name="显示全部地点").click()
    map_of.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    name = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")

    assert len(titles(page)) == 1
    expect(page.locator("#benefits")).to_contain_text(name.split()[0])


def test_the_list_of_benefits_opens_offline(page: Page) -> None:
    keep_pages(page)

    page.context.set_offline(True)
    page.reload()

    expect(page.locator("#card-state")).to_contain_text("没有网络")
    assert len(titles(page)) == 3
