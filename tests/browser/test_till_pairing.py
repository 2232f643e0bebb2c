import re

from playwright.sync_api import Page, expect

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import Sessions
from tests.support.browser import DESKTOP, LiveServer, WatchedBrowser
from tests.support.browser_member import LiveShops

CLERK = "zhao"


def desk(browser: WatchedBrowser, shops: LiveShops) -> Page:
    """Open the desk of a clerk who may keep merchants."""
    services = shops.services
    services.ledger.officers.staff.appoint_staff(CLERK, roles=["clerk"])
    sessions: Sessions = services.sessions
    secret = sessions.begin("desk", f"staff-{CLERK}", device="", methods="password")
    context = browser.context(DESKTOP)
    name = cookie_name("desk", services.settings.origin)
    context.add_cookies([{"name": name, "value": secret, "url": shops.live_server.address}])
    return context.new_page()


def offered(page: Page) -> str:
    """Return the pairing code that the officer shows."""
    page.goto("/desk/merchants/xiufa")
    page.get_by_role("button", name="配对").first.click()
    code = page.locator("#pairing .figure.mono")
    expect(code).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
    return code.inner_text()


def test_a_device_becomes_a_till_after_both_sides_compare_the_word(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    officer, device = desk(browser, shops), browser.phone()
    code = offered(officer)

    device.goto("/till/")
    expect(device).to_have_url(re.compile(r"/till/pair"))
    device.get_by_label("配对码").fill(code.lower().replace("-", ""))
    device.get_by_role("button", name="配对").click()
    word = device.locator(".word").inner_text()
    expect(officer.locator("#pairing .figure")).to_have_text(word)
    officer.get_by_role("button", name="一样，确认配对").click()

    expect(device).to_have_url(re.compile(r"/till/$"))
    expect(device.get_by_role("button", name="扫会员码")).to_be_visible()
    (cookie,) = [one for one in device.context.cookies() if one["name"].endswith("-till")]
    assert cookie["httpOnly"]
    assert cookie["expires"] - shops.now.timestamp() > 364 * 24 * 3600
    assert not [one for one in device.context.cookies() if "pairing" in one["name"]]


def test_a_device_registers_the_key_it_signs_with(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    officer, device = desk(browser, shops), browser.phone()
    code = offered(officer)
    device.goto("/till/pair")
    device.get_by_label("配对码").fill(code)
    device.get_by_role("button", name="配对").click()
    officer.get_by_role("button", name="一样，确认配对").click()

    with device.expect_response("**/api/v1/till/device-key") as told:
        expect(device).to_have_url(re.compile(r"/till/$"))

    assert told.value.status == 200
    assert told.value.json() == {"series": 1, "highest": 0, "missing": []}


def test_a_refused_device_is_told_and_is_no_till(browser: WatchedBrowser, shops: LiveShops) -> None:
    officer, device = desk(browser, shops), browser.phone()
    code = offered(officer)
    device.goto("/till/pair")
    device.get_by_label("配对码").fill(code)
    device.get_by_role("button", name="配对").click()
    officer.get_by_role("button", name="不一样，拒绝").click()

    expect(device.get_by_role("alert")).to_contain_text("配对码不对或已失效")
    device.goto("/till/")
    expect(device).to_have_url(re.compile(r"/till/pair"))


def test_a_wrong_code_and_a_used_code_get_the_same_message(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    code = offered(desk(browser, shops))
    first, said = browser.phone(), []

    for typed in (code, code, "ABCD-EFGH"):
        page = first if not said else browser.phone()
        page.goto("/till/pair")
        page.get_by_label("配对码").fill(typed)
        page.get_by_role("button", name="配对").click()
        page.locator(".word, [role=alert]").first.wait_for()
        said.append(page.get_by_role("alert").all_inner_texts())

    assert said[0] == []
    assert said[1] == said[2] == [said[1][0]]


def test_a_paired_device_says_that_it_is_a_till(
    live_server: LiveServer, browser: WatchedBrowser, shops: LiveShops
) -> None:
    page = browser.phone(language="en")
    name = cookie_name("till", live_server.services.settings.origin)
    address = live_server.address
    page.context.add_cookies([{"name": name, "value": shops.till_keys["xiufa"], "url": address}])

    page.goto("/till/pair")

    expect(page.get_by_text("This device is till till-1 of 秀发坊美发 already.")).to_be_visible()
