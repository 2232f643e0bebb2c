"""Both sides go offline: codes are made and read without a network, and a double use is found."""

import re

import pytest
from playwright.sync_api import Page, expect

from projections.engine.runner import catch_up
from projections.late import late_redemptions
from tests.support.browser_demo import BrowserDemo
from tests.support.browser_till import wait_until_ready_offline

pytestmark = pytest.mark.slow

SHOP, MEMBER = "anche", "19900000004"
"""The offer is twenty off a hundred, once a week."""


def lose_the_line(*pages: Page) -> None:
    for page in pages:
        page.context.set_offline(True)
        page.reload()


def sell(browser_demo: BrowserDemo, till: Page, member: Page) -> None:
    """Scan, at an offline till, a code made by an offline phone."""
    for key in "150":
        till.locator(f'[data-key="{key}"]').click()
    member.locator("#renew").click()
    assert browser_demo.show_to_camera(member).startswith("HK3:")
    till.locator("#scan").click()
    till.get_by_role("button", name=re.compile("^确认，收 130")).click()
    expect(till.locator(".outcome .big")).to_have_text("收 130 元")
    expect(till.locator(".outcome")).to_contain_text("已离线记下")
    till.get_by_role("button", name="下一位").click()


def test_a_benefit_used_twice_offline_is_found_and_has_a_liable_party(
    browser_demo: BrowserDemo,
) -> None:
    clerk = browser_demo.officer("zhao")
    tills = [browser_demo.pair(clerk, SHOP, name) for name in ("front", "back")]
    member = browser_demo.by_phone("card", MEMBER)
    for till in tills:
        wait_until_ready_offline(till)
    member.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    expect(member.locator("#offline")).to_contain_text("没有网络也能用")
    before = browser_demo.live_server.services.ledger.store.max_notification_id()

    lose_the_line(member, *tills)
    for till in tills:
        sell(browser_demo, till, member)
    assert browser_demo.live_server.services.ledger.store.max_notification_id() == before
    for till in tills:
        till.context.set_offline(False)
        expect(till.locator("#line")).to_be_hidden(timeout=30_000)

    catch_up(
        browser_demo.live_server.services.views, browser_demo.live_server.services.ledger.facts
    )
    with browser_demo.live_server.services.views.reading() as connection:
        late = late_redemptions(connection, merchant_id=SHOP)
    assert sorted(one.outcome for one in late) == ["accepted", "contested"]
    (contested,) = [one for one in late if one.outcome == "contested"]
    assert (contested.reason, contested.borne_by) == ("limit_reached", "union")
    told = [till for till in tills if till.locator("#afterwards").inner_text().strip()]
    assert len(told) == 1
    expect(told[0].locator("#afterwards")).to_contain_text("工会")
