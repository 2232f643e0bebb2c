from playwright.sync_api import Page, expect

from pos_gateway.codes import Ticket, read
from tests.support.browser import WatchedBrowser
from tests.support.browser_member import LI, OFFICER, WANG, LiveShops
from tests.support.browser_phone import (
    BRIGHT,
    claim_ticket,
    decode_code_on,
    decode_picture,
    join_waiting_list,
    keep_pages,
    member_phone,
)


def test_a_member_who_stops_waiting_leaves_the_list(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    shops.announce(capacities=(1, 0))
    claim_ticket(shops, LI)
    join_waiting_list(shops, WANG)
    page = member_phone(browser, shops, keeps_pages=False)
    page.goto("/card/tickets")
    expect(page.locator("article.wait")).to_contain_text("五一玫瑰园")

    page.get_by_role("button", name="退出候补").click()
    page.locator("dialog").get_by_role("button", name="退出候补").click()

    expect(page.locator("#notices")).to_contain_text("已退出候补")
    assert not shops.services.ledger.state("drop-may-day").slots["garden/morning"].waiting


def with_ticket(
    browser: WatchedBrowser, shops: LiveShops, *, keeps_pages: bool = False
) -> tuple[Page, str]:
    """Let Wang claim a ticket; return the page that lists it on a phone, and its id."""
    shops.announce()
    ticket = claim_ticket(shops, WANG)
    page = member_phone(browser, shops, keeps_pages=keeps_pages)
    page.goto("/card/tickets")
    return page, ticket


def ticket_of(text: str, shops: LiveShops) -> str:
    """Return the id of the ticket whose valid code this is."""
    code = read(text, shops.services.keys, now=shops.now)
    assert isinstance(code, Ticket)
    return code.ticket_id


def test_a_ticket_shows_a_valid_code_and_can_be_returned(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page, ticket = with_ticket(browser, shops)
    expect(page.locator(".ticket")).to_contain_text("密云区东门路 19 号")

    page.get_by_role("button", name="出示票码").click()
    assert ticket_of(decode_code_on(page, BRIGHT), shops) == ticket
    page.keyboard.press("Escape")
    page.get_by_role("button", name="退票").click()
    page.locator("dialog").get_by_role("button", name="退票").click()

    expect(page.locator("#notices")).to_contain_text("票已退掉")
    assert shops.services.ledger.grants(WANG).held[ticket].withdrawn


def test_a_declined_confirmation_returns_nothing(browser: WatchedBrowser, shops: LiveShops) -> None:
    page, ticket = with_ticket(browser, shops)

    page.get_by_role("button", name="退票").click()
    page.locator("dialog").get_by_role("button", name="返回").click()

    expect(page.locator("dialog")).to_have_count(0)
    assert not shops.services.ledger.grants(WANG).held[ticket].withdrawn


def test_a_ticket_is_sent_on_as_a_picture_with_a_valid_code(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    page, ticket = with_ticket(browser, shops)

    with page.expect_download() as saved:
        page.get_by_role("button", name="发给代领的人").click()

    assert ticket_of(decode_picture(saved.value.path()), shops) == ticket


def test_a_ticket_and_its_code_open_offline(browser: WatchedBrowser, shops: LiveShops) -> None:
    page, ticket = with_ticket(browser, shops, keeps_pages=True)
    expect(page.locator(".ticket")).to_have_count(1)
    keep_pages(page)

    page.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="出示票码").click()

    assert ticket_of(decode_code_on(page, BRIGHT), shops) == ticket


def test_a_member_sees_nothing_of_another(browser: WatchedBrowser, shops: LiveShops) -> None:
    shops.announce()
    ticket = claim_ticket(shops, LI)
    page = member_phone(browser, shops, keeps_pages=False)

    family = page.goto(f"/card/family/{LI}")
    api = page.request.get(f"/api/v1/members/{LI}/tickets")
    code = page.request.get(f"/api/v1/tickets/{ticket}/code")
    ours = {"Sec-Fetch-Site": "same-origin"}
    release = page.request.post(f"/api/v1/tickets/{ticket}/release", data={}, headers=ours)

    assert family is not None
    assert [one.status for one in (family, api, code, release)] == [403, 403, 404, 404]


def test_a_proxy_sees_the_tickets_to_collect_and_shows_their_code(
    browser: WatchedBrowser, shops: LiveShops
) -> None:
    shops.announce()
    ticket = claim_ticket(shops, LI)
    shops.services.ledger.officers.families.name_proxy(LI, proxy_id=WANG, by=OFFICER)
    page = member_phone(browser, shops, keeps_pages=False)

    page.goto(f"/card/family/{LI}")
    page.get_by_role("button", name="出示票码").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("李*丽的票")
    assert ticket_of(decode_code_on(page, BRIGHT), shops) == ticket
    page.goto("/card/more")
    expect(page.get_by_role("link", name="李*丽的票")).to_be_visible()
