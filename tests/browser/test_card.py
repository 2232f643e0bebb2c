import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pos_gateway.codes import Session, read
from tests.support.browser import WatchedBrowser
from tests.support.browser_member import CARDS, LI, OFFICER, WANG, LiveShops
from tests.support.browser_phone import (
    BRIGHT,
    OFFLINE,
    decode_code_on,
    device_code,
    member_phone,
    open_card,
)

BUDGET_BYTES = 100_000


@pytest.fixture
def page(browser: WatchedBrowser, shops: LiveShops) -> Page:
    """Return a phone of Wang's with the card open."""
    page = member_phone(browser, shops)
    open_card(page)
    return page


def another(page: Page) -> str:
    """Wait for a code that was not on the screen yet. Return it."""
    page.locator("#renew").click()
    return decode_code_on(page)


def test_the_card_shows_a_code_that_the_server_reads_as_this_card(
    page: Page, shops: LiveShops
) -> None:
    assert device_code(another(page), shops).card_id == CARDS[WANG]
    expect(page.locator("#holder")).to_have_text("王*明")
    kept = [one for one in stored(page, "hongka-member", "kept") if isinstance(one, dict)]
    assert [one["name"] for one in kept if one.get("masked_name") == "王*明"] == [None]


def test_the_code_redeems_once_and_the_next_one_again(page: Page, shops: LiveShops) -> None:
    asked = {"code": another(page), "amount_minor": 6_800, "choices": ["haircut"]}

    first = shops.ask("PUT", "/redemptions/cut-1", "xiufa", asked)
    other = shops.ask("PUT", "/redemptions/cut-2", "xiufa", asked)
    asked["code"] = another(page)
    later = shops.ask("PUT", "/redemptions/cut-3", "xiufa", asked)

    assert [one.status_code for one in (first, other, later)] == [201, 409, 201]


def test_the_code_changes_after_fifteen_seconds(browser: WatchedBrowser, shops: LiveShops) -> None:
    page = member_phone(browser, shops)
    page.clock.install()
    open_card(page)
    first = another(page)

    page.clock.run_for(15_000)
    second = decode_code_on(page)

    assert first != second
    assert device_code(second, shops)


def test_offline_the_card_opens_and_signs_valid_codes(page: Page, shops: LiveShops) -> None:
    page.context.set_offline(True)
    page.reload()

    assert device_code(decode_code_on(page), shops).card_id == CARDS[WANG]
    expect(page.locator("#states")).to_contain_text("现在没有网络，会员码照样能用")
    page.goto("/card/drops")
    expect(page.get_by_role("heading")).to_have_text("没有网络")


def test_a_certificate_is_renewed_online_long_before_it_ends(page: Page, shops: LiveShops) -> None:
    ends = shops.services.ledger.card(CARDS[WANG]).device.until

    shops.live_server.now = shops.now + timedelta(days=3)
    with page.expect_response("**/api/v1/card/device"):
        page.reload()

    renewed = shops.services.ledger.card(CARDS[WANG]).device
    assert renewed.until - ends > timedelta(days=2)
    assert device_code(another(page), shops).device == renewed.device_id


def test_a_tap_shows_the_code_alone_on_white_and_it_keeps_changing(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page = member_phone(browser, shops)
    page.clock.install()
    open_card(page)
    page.locator("#code").click()
    first = decode_code_on(page, BRIGHT)

    page.clock.run_for(15_000)
    second = decode_code_on(page, BRIGHT)
    page.keyboard.press("Escape")

    assert first != second
    expect(page.locator("dialog.bright")).to_have_count(0)


def test_another_phone_shows_fetched_codes_until_it_is_told_to_sign(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    old, new = member_phone(browser, shops), member_phone(browser, shops)
    open_card(old)
    new.goto("/card/")
    expect(new.locator("#states")).to_contain_text("别的手机在用")
    assert isinstance(read(decode_code_on(new), shops.services.keys, now=shops.now), Session)

    new.get_by_role("button", name="改用这部手机").click()
    expect(new.locator("#offline")).to_contain_text(OFFLINE)

    assert device_code(another(new), shops)
    old.reload()
    expect(old.locator("#states")).to_contain_text("别的手机在用")
    expect(old.locator("#offline")).not_to_contain_text(OFFLINE)


def test_a_blocked_card_says_so_and_shows_no_code(page: Page, shops: LiveShops) -> None:
    shops.services.ledger.officers.cards.block_card(CARDS[WANG], by=OFFICER)
    page.reload()

    expect(page.locator("#status")).to_have_text("已挂失")
    expect(page.locator("#states")).to_contain_text("请带身份证到基层工会")
    expect(page.locator("#code")).to_be_hidden()


def test_a_member_blocks_their_card_in_two_steps(page: Page, shops: LiveShops) -> None:
    page.get_by_role("link", name="马上挂失").click()
    page.get_by_role("button", name="挂失").click()
    assert shops.services.ledger.card(CARDS[WANG]).status == "live"

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="挂失").click()

    expect(page.locator("main")).to_contain_text("会员卡已挂失")
    assert shops.services.ledger.card(CARDS[WANG]).status == "blocked"


def test_an_unticked_form_blocks_nothing(browser: WatchedBrowser, shops: LiveShops) -> None:
    page = member_phone(browser, shops)
    page.goto("/card/block")

    page.evaluate("() => { document.querySelector('main form').noValidate = true; }")
    page.get_by_role("button", name="挂失").click()

    expect(page.get_by_role("alert")).to_contain_text("请先勾选")
    assert shops.services.ledger.card(CARDS[WANG]).status == "live"


def test_the_first_load_of_the_card_is_small(browser: WatchedBrowser, shops: LiveShops) -> None:
    page = member_phone(browser, shops)
    sizes: dict[str, int] = {}

    def note(request: Any) -> None:
        found = request.sizes()
        sizes[request.url] = found["responseBodySize"] + found["responseHeadersSize"]

    page.context.on("requestfinished", note)
    open_card(page)
    page.wait_for_timeout(500)

    assert any("/card.js" in url for url in sizes)
    assert any("/sw-card.js" in url for url in sizes)
    assert not any("wasm" in url or "scanner" in url for url in sizes)
    assert sum(sizes.values()) < BUDGET_BYTES


def test_a_visitor_is_sent_to_sign_in(browser: WatchedBrowser) -> None:
    page = browser.phone()

    page.goto("/card/tickets")

    expect(page).to_have_url(re.compile(r"/card/sign-in\?next=/card/tickets$"))


def test_once_signed_out_elsewhere_the_phone_forgets_and_asks_to_sign_in(
    page: Page, shops: LiveShops
) -> None:
    shops.services.sessions.end_all(f"member-{WANG}")
    page.evaluate("() => dispatchEvent(new Event('online'))")

    expect(page).to_have_url(re.compile("/card/sign-in"), timeout=15_000)
    assert stored(page, "hongka-card", "device") == []


def test_the_stored_data_of_one_member_is_gone_when_another_signs_in(
    page: Page, shops: LiveShops
) -> None:
    shops.sign_in(page.context, LI)
    page.goto("/card/")
    expect(page.locator("#holder")).to_have_text("李*丽")
    expect(page.locator("#offline")).to_contain_text(OFFLINE)

    assert device_code(another(page), shops).card_id == CARDS[LI]


def test_signing_out_removes_everything_that_shows_a_code_offline(page: Page) -> None:
    assert len(stored(page, "hongka-card", "device")) == 1
    page.goto("/card/account")
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/card/sign-in"))
    page.wait_for_timeout(500)

    page.context.set_offline(True)
    page.goto("/card/")

    expect(page.locator("#waiting")).to_contain_text("要连一次网络才能出码")
    assert stored(page, "hongka-card", "device") == []


def stored(page: Page, database: str, table: str) -> list[Any]:
    """Return the values in a table of the browser."""
    found: list[Any] = page.evaluate(
        """([database, table]) => new Promise((resolve, reject) => {
            const opening = indexedDB.open(database);
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
                const all = opening.result.transaction(table).objectStore(table).getAll();
                all.onsuccess = () => { opening.result.close(); resolve(all.result); };
            };
        })""",
        [database, table],
    )
    return found
