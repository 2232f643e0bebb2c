"""The whole story through the pages: a card issued, a discount given, reversed and settled."""

import re

import pytest
from playwright.sync_api import Page, expect

from projections.engine.runner import catch_up
from tests.support.browser_demo import BrowserDemo
from tests.support.rosters import identity_number

pytestmark = pytest.mark.slow

SHOP, PHONE = "yinghua", "13900000099"


def issue(clerk: Page) -> None:
    """Register a new member with a card, as the clerk."""
    clerk.goto("/desk/members/new")
    clerk.get_by_label("姓名").fill("周海燕")
    clerk.get_by_label("手机号").fill(PHONE)
    clerk.get_by_label("身份证号").fill(identity_number(99))
    clerk.get_by_label("基层工会").fill("鼓楼街道总工会")
    clerk.get_by_role("button", name="登记并发卡").click()
    expect(clerk.get_by_role("heading", name="周海燕")).to_be_visible()


def claim(member: Page) -> None:
    """Claim a ticket of the open drop, as the member, and return to the card."""
    member.goto("/card/drops")
    member.get_by_role("link", name=re.compile("职工观影")).click()
    member.get_by_role("button", name=re.compile("抢")).click()
    expect(member.get_by_role("link", name=re.compile("票")).first).to_be_visible()
    member.goto("/card/")


def sell(browser_demo: BrowserDemo, till: Page, member: Page, yuan: str) -> None:
    """Scan the member's phone at the till and give the first choice."""
    for key in yuan:
        till.locator(f'[data-key="{key}"]').click()
    member.locator("#renew").click()
    browser_demo.show_to_camera(member)
    till.locator("#scan").click()
    till.get_by_role("button", name=re.compile("^确认，收")).click()


def test_a_card_is_issued_used_undone_and_settled(browser_demo: BrowserDemo) -> None:
    clerk = browser_demo.officer("zhao")
    issue(clerk)
    till = browser_demo.pair(clerk, SHOP, "front")
    member = browser_demo.by_phone("card", PHONE)
    expect(member.locator("#holder")).to_contain_text("周*燕")

    claim(member)

    # The till scans the card, gives the discount, and reverses it.
    sell(browser_demo, till, member, "68")
    expect(till.locator(".outcome .big")).to_have_text("收 30 元")
    till.get_by_role("button", name="撤销这一笔").click()
    till.get_by_label("金额输错").check()
    till.get_by_role("button", name="撤销", exact=True).click()
    expect(till.locator(".outcome.undone")).to_be_visible()
    till.get_by_role("button", name="下一位").click()
    sell(browser_demo, till, member, "70")
    expect(till.locator(".outcome .big")).to_have_text("收 30 元")

    # The member's history shows the saving, the owner's page the debt.
    catch_up(
        browser_demo.live_server.services.views, browser_demo.live_server.services.ledger.facts
    )
    member.goto("/card/history")
    expect(member.locator("main")).to_contain_text("云湖影城")
    owner = browser_demo.by_phone("shop", "18800000005")
    expect(owner.locator("main")).to_contain_text("24")

    # One officer draws the statement up, another approves it, a third pays it.
    clerk.goto("/desk/statements")
    clerk.get_by_role("button", name="生成对账单").click()
    clerk.get_by_role("link", name=re.compile("云湖影城")).first.click()
    expect(clerk.locator("main")).to_contain_text("70.00")
    address = clerk.url
    assert clerk.get_by_role("button", name="批准").count() == 0
    reviewer = browser_demo.officer("qian")
    reviewer.goto(address)
    reviewer.get_by_role("button", name="批准").click()
    treasurer = browser_demo.officer("sun")
    treasurer.goto(address)
    treasurer.get_by_label("银行流水号").fill("BOC-1")
    treasurer.get_by_role("button", name="登记已付款").click()
    expect(treasurer.locator("main")).to_contain_text("已付款")
    catch_up(
        browser_demo.live_server.services.views, browser_demo.live_server.services.ledger.facts
    )
    owner.goto("/shop/statements")
    expect(owner.locator("main")).to_contain_text("已付款")
