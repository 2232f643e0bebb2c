import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pos_gateway.auth.authentication import cookie_name
from tests.support.browser import DESKTOP, PHONE, WatchedBrowser, faults_now, page_faults
from tests.support.browser_member import OFFICER, LiveShops
from tests.support.browser_till import SHOP, BrowserTill, pair_second_till, print_card, ticket_code

pytestmark = pytest.mark.parametrize("language", ["zh", "en"])

TABLET = {"width": 1024, "height": 600}


def settled(shops: LiveShops) -> str:
    """Return a statement of the shop with a reversed line."""
    ledger = shops.services.ledger
    shops.redeem("cut-1", SHOP, "haircut")
    shops.redeem("cut-2", SHOP, "haircut", amount_minor=12_000)
    ledger.officers.staff.appoint_staff("zhao", roles=["clerk"])
    ledger.officers.statements.draw_up_statement(
        "20261121-1", fund_id="culture", merchant_id=SHOP, by=OFFICER
    )
    shops.redeem("cut-3", SHOP, "haircut")
    ledger.tills.redemptions.reverse(
        "cut-3", merchant_id=SHOP, reason="duplicate", by="till-till-1"
    )
    shops.catch_up()
    return "20261121-1"


@pytest.mark.parametrize(
    "path",
    [
        "/till/",
        "/till/today",
        "/till/today?of=merchant",
        "/till/redemptions/cut-3",
        "/till/redemptions/cut-1",
        "/till/owed",
        "/till/statements/20261121-1",
        "/till/pair",
    ],
)
def test_every_till_page_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str, path: str
) -> None:
    settled(shops)
    browser_till = BrowserTill(shops, browser.context(PHONE, language=language))

    found = page_faults(browser_till.context, path)

    assert not found, "\n".join(found)


def test_the_pairing_page_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    pairings = shops.services.sign_in.pairings
    typed = pairings.offer(merchant_id=SHOP, outlet_id="main", till_id="till-9", by=OFFICER)
    context = browser.context(PHONE, language=language)
    assert page_faults(context, "/till/pair") == []
    page = context.new_page()
    page.goto("/till/pair")
    page.locator("#pairing_code").fill(typed)
    page.locator(".form button").click()
    expect(page.locator(".word")).to_be_visible()

    assert page_faults(context, "/till/pair") == []


def sound(page: Page) -> list[str]:
    """Return the faults of a page as it is now, and leave it on a phone."""
    found = faults_now(page, PHONE, TABLET, DESKTOP)
    page.evaluate("() => document.documentElement.style.removeProperty('font-size')")
    page.set_viewport_size(PHONE)
    return found


def told(page: Page, context: BrowserContext) -> None:
    """Go offline and expect the page to say so."""
    context.set_offline(True)
    expect(page.locator("#line")).to_be_visible()


def test_every_step_of_the_counter_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    printed = print_card(shops)
    browser_till = BrowserTill(shops, browser.context(PHONE, language=language))
    page = browser_till.open()
    browser_till.wedge(printed)
    expect(page.locator("#held")).to_be_visible()
    assert sound(page) == []
    page.locator("#type").click()
    page.locator("#number").fill("0" * 25 + "1")
    assert sound(page) == []
    page.keyboard.press("Escape")
    browser_till.amount("68.50")
    page.locator("#scan").click()
    expect(page.locator(".holder")).to_be_visible()
    assert sound(page) == []
    page.locator(".choosing .huge").click()
    expect(page.locator(".outcome.good")).to_be_visible()
    assert sound(page) == []
    page.locator(".outcome .button.quiet").click()
    assert sound(page) == []
    page.keyboard.press("Escape")
    page.locator(".outcome .huge").click()
    told(page, browser_till.context)
    browser_till.amount("9999999.99")
    browser_till.wedge(shops.code())
    expect(page.locator(".choosing")).to_be_visible()
    assert sound(page) == []
    page.locator(".choosing .huge").click()
    expect(page.locator(".outcome.refused")).to_be_visible()
    assert sound(page) == []


CAMERA = """() => {
    navigator.mediaDevices.getUserMedia = async () => {
        const canvas = document.createElement("canvas");
        const picture = canvas.getContext("2d");
        setInterval(() => picture.fillRect(0, 0, 1, 1), 100);
        return canvas.captureStream(10);
    };
}"""
"""A camera that shows nothing."""


def test_the_open_camera_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    browser_till = BrowserTill(shops, browser.context(PHONE, language=language))
    page = browser_till.open()
    page.evaluate(CAMERA)
    browser_till.amount("68")

    page.locator("#scan").click()

    expect(page.locator("#viewer")).to_be_visible()
    assert sound(page) == []


def test_every_step_of_a_ticket_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    code = ticket_code(shops, party=3)
    browser_till = BrowserTill(shops, browser.context(PHONE, language=language), "rose-garden")
    page = browser_till.open()

    browser_till.wedge(code)
    expect(page.locator(".people")).to_be_visible()
    assert sound(page) == []
    page.locator(".choosing .button.quiet").last.click()
    expect(page.locator("#scan")).to_be_focused()
    assert sound(page) == []
    page.locator(".choosing .button.quiet").click()
    page.locator(".choosing .huge").click()
    expect(page.locator(".outcome.good")).to_be_visible()
    assert sound(page) == []
    page.locator(".outcome .button.quiet").click()
    expect(page.locator(".outcome.undone")).to_be_visible()
    assert sound(page) == []

    shops.catch_up()
    listed = page_faults(browser_till.context, "/till/today")
    page.goto("/till/today")
    page.locator(".entries a").click()
    expect(page.locator("h1")).to_be_visible()
    assert listed + sound(page) == []


def test_the_page_of_contested_redemptions_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    browser_till = BrowserTill(shops, browser.context(PHONE, language=language), "qingche")
    page = browser_till.open()
    told(page, browser_till.context)
    browser_till.amount("100")
    browser_till.wedge(shops.code())
    page.locator(".choosing .huge").click()
    expect(page.locator(".outcome")).to_be_visible()
    pair_second_till(shops, "qingche")
    shops.redeem("wash-1", "qingche", "wash", amount_minor=5_000)

    browser_till.context.set_offline(False)

    expect(page.locator("#afterwards .contested")).to_be_visible()
    assert sound(page) == []


def test_the_owners_page_of_ticket_uses_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    code, services = ticket_code(shops, party=3), shops.services
    used = shops.ask("PUT", "/uses/u1", "rose-garden", {"code": code})
    assert used.status_code == 201
    shops.catch_up()
    services.ledger.officers.staff.appoint_staff(
        "o-gate", roles=["owner"], merchant_id="rose-garden"
    )
    secret = services.sessions.begin("shop", "staff-o-gate", device="", methods="code")
    context = browser.context(PHONE, language=language)
    name = cookie_name("shop", services.settings.origin)
    context.add_cookies([{"name": name, "value": secret, "url": shops.live_server.address}])

    today = services.ledger.day(shops.now).isoformat()
    found = [
        *page_faults(context, "/shop/"),
        *page_faults(context, f"/shop/redemptions/on/{today}"),
    ]

    page = context.new_page()
    page.goto(f"/shop/redemptions/on/{today}")
    expect(page.locator("[data-sum=people]")).to_have_text("3")
    assert not found, "\n".join(found)
