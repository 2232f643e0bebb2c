"""The page of a drop for a member who may claim for others."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import PHONE, WatchedBrowser, violations
from tests.support.browser_member import LI, OFFICER, WANG, LiveShops
from tests.support.browser_phone import CLAIMS, choose, claim_ticket, is_said, member_phone


def has(shops: LiveShops, member_id: str) -> list[int]:
    """Return the numbers of a member's tickets."""
    held = shops.services.ledger.grants(member_id).held.values()
    return [one.ticket.number for one in held if one.ticket is not None and not one.withdrawn]


def named(shops: LiveShops) -> None:
    """Let Li name Wang as proxy, and open a drop."""
    shops.services.ledger.officers.families.name_proxy(LI, proxy_id=WANG, by=OFFICER)
    shops.announce(capacities=(9, 40))
    shops.catch_up()


def test_a_proxy_claims_for_the_other_and_for_themselves(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    named(shops)
    page = member_phone(browser, shops, keeps_pages=False)
    choose(page)
    is_said(page, "open")

    page.get_by_label("为谁抢").select_option("李*丽")
    expect(page.locator("#truth")).to_contain_text("为李*丽：")
    page.locator("#go").click()
    is_said(page, "yours")
    assert (has(shops, LI), has(shops, WANG)) == ([1], [])

    page.get_by_label("为谁抢").select_option("我自己")
    is_said(page, "open")
    page.locator("#go").click()
    is_said(page, "yours")
    assert (has(shops, LI), has(shops, WANG)) == ([1], [2])

    page.get_by_label("为谁抢").select_option("李*丽")
    is_said(page, "yours")
    page.locator("#go").click()
    expect(page).to_have_url(re.compile(f"/card/family/{LI}$"))


def test_a_claim_for_another_continues_for_them_after_a_reload(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    named(shops)
    page = member_phone(browser, shops, keeps_pages=False)
    choose(page)
    page.route(CLAIMS, lambda route: route.abort())
    page.get_by_label("为谁抢").select_option("李*丽")
    is_said(page, "open")
    expect(page.locator("#go")).to_be_enabled()
    page.locator("#go").click()
    is_said(page, "asking")

    page.reload()
    page.unroute(CLAIMS)

    expect(page.locator("#notices")).to_contain_text("抢到了！第 1 号")
    expect(page.get_by_label("为谁抢")).to_have_value(LI)
    assert (has(shops, LI), has(shops, WANG)) == ([1], [])


def test_on_a_slow_connection_the_others_ticket_is_never_offered_again(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    named(shops)
    claim_ticket(shops, LI)
    page = member_phone(browser, shops, keeps_pages=False)
    choose(page)
    is_said(page, "open")
    held: list[Route] = []
    path = f"**/api/v1/members/{LI}/tickets"
    page.route(path, lambda route: held.append(route))  # noqa: PLW0108 - it is marked

    page.get_by_label("为谁抢").select_option("李*丽")
    page.wait_for_timeout(500)
    while_slow = page.locator("#go").is_disabled()
    page.unroute(path)

    assert held
    assert while_slow
    is_said(page, "yours")


def test_a_member_without_principals_sees_no_choice_of_member(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    named(shops)
    page = member_phone(browser, shops, LI, keeps_pages=False)
    choose(page)

    is_said(page, "open")

    expect(page.get_by_label("为谁抢")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_with_a_choice_of_member_has_no_faults(
    browser: WatchedBrowser, shops: LiveShops, language: str
) -> None:
    named(shops)
    context = browser.context(PHONE, language=language, service_workers="block")
    shops.sign_in(context)
    page = context.new_page()
    choose(page)

    page.locator("#whom").select_option(LI)

    expect(page.locator("#truth")).to_contain_text("李*丽")
    assert violations(page) == []
