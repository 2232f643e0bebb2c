import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, Route, expect

from ledger.drops import Drop
from ledger.drops.terms import Mode, SeedRule
from ledger.members.authorization import Principal
from tests.support.browser import WatchedBrowser
from tests.support.browser_member import LI, OFFICER, WANG, LiveShops
from tests.support.browser_phone import CLAIMS, choose, claim_ticket, is_said, member_phone


@pytest.fixture
def page(browser: WatchedBrowser, shops: LiveShops) -> Page:
    """Return a phone of Wang's that keeps no pages."""
    return member_phone(browser, shops, keeps_pages=False)


def drop_of(shops: LiveShops, drop_id: str = "may-day") -> Drop:
    found: Drop = shops.services.ledger.state(f"drop-{drop_id}")
    return found


def claim_ids(page: Page) -> list[str]:
    """Record the ids of claims sent from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if "/claims/" in request.url:
            sent.append(request.url.rpartition("/")[2])

    page.on("request", note)
    return sent


def first_is_lost(page: Page) -> None:
    """Deliver the first claim to the gateway and drop its answer."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    page.route(CLAIMS, lose)


def test_a_lost_answer_between_countdown_and_ticket_makes_one_claim(
    page: Page, shops: LiveShops
) -> None:
    shops.live_server.now = datetime.now(UTC)  # stands still until the page counts down
    shops.announce(opens_at=shops.now + timedelta(seconds=4))
    sent = claim_ids(page)
    first_is_lost(page)
    choose(page)
    is_said(page, "opening")
    expect(page.locator("#countdown")).to_have_text(re.compile("^00:0[1-4]$"))
    assert page.locator("#go").is_disabled()
    shops.live_server.now = None

    is_said(page, "open")
    page.locator("#go").click()

    is_said(page, "yours")
    expect(page.locator("#notices")).to_contain_text("抢到了！第 1 号")
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert drop_of(shops).claims == 1
    page.locator("#go").click()
    expect(page.locator(".ticket h2")).to_have_text("玫瑰园门票")


def test_on_a_slow_connection_a_claimed_ticket_is_never_offered_again(
    page: Page, shops: LiveShops
) -> None:
    shops.announce()
    choose(page)
    is_said(page, "open")
    held: list[Route] = []
    page.route("**/api/v1/tickets", lambda route: held.append(route))  # noqa: PLW0108 - it is marked

    page.locator("#go").click()
    expect(page.locator("#notices")).to_contain_text("抢到了！第 1 号")
    page.wait_for_timeout(500)
    while_slow = page.locator("#go").get_attribute("data-truth")
    page.unroute("**/api/v1/tickets")  # releases the held requests

    assert while_slow == "asking"
    assert held
    is_said(page, "yours")


def test_a_running_claim_continues_after_a_reload(page: Page, shops: LiveShops) -> None:
    shops.announce()
    sent = claim_ids(page)
    page.route(CLAIMS, lambda route: route.abort())
    choose(page)
    page.locator("#party").select_option("3")
    page.locator("#go").click()
    is_said(page, "asking")
    assert page.locator("#go").is_disabled()

    page.unroute(CLAIMS)
    page.reload()

    is_said(page, "yours")
    assert len(set(sent)) == 1
    (held,) = shops.services.ledger.grants(WANG).held.values()
    assert held.ticket.party == 3


def test_a_busy_gateway_is_asked_again_at_its_time_under_the_same_id(
    page: Page, shops: LiveShops
) -> None:
    shops.announce()
    sent = claim_ids(page)
    busy = [True, True, True]

    def answer(route: Route) -> None:
        if busy:
            busy.pop()
            problem = {"reason": "busy", "title": "忙", "status": 503, "next_step": "请稍候"}
            problem |= {"particulars": {"retry_after_seconds": 1}}
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=problem)
        else:
            route.continue_()

    page.route(CLAIMS, answer)
    choose(page)
    page.locator("#go").click()

    is_said(page, "yours")
    assert len(sent) == 4
    assert len(set(sent)) == 1
    assert drop_of(shops).claims == 1


def test_a_member_waits_is_offered_a_place_and_takes_it(page: Page, shops: LiveShops) -> None:
    shops.announce(capacities=(1, 40))
    ticket = claim_ticket(shops, LI)
    choose(page)
    is_said(page, "sold_out_wait")
    expect(page.locator("#truth")).to_contain_text("还有：玫瑰园门票")
    page.locator("#go").click()
    is_said(page, "in_line")

    shops.services.ledger.members.claims.release(ticket, Principal(member_id=LI))
    page.reload()

    is_said(page, "offered")
    expect(page.locator("#countdown")).to_have_text(re.compile("^(30:00|29:[0-5][0-9])$"))
    page.locator("#go").click()
    is_said(page, "yours")
    assert drop_of(shops).claims == 2


def test_an_entry_in_a_draw_is_confirmed_and_can_be_withdrawn(page: Page, shops: LiveShops) -> None:
    closes = shops.now + timedelta(hours=2)
    numbers = (closes + timedelta(days=1, hours=8)).date()
    rule = SeedRule(statement="下一期双色球", source="双色球", day=numbers)
    shops.announce(mode=Mode.DRAW, closes_at=closes, seed_rule=rule)
    choose(page)
    is_said(page, "enter")

    page.locator("#go").click()
    is_said(page, "entered")
    assert list(drop_of(shops).entered) == [WANG]
    page.get_by_role("button", name="取消报名").click()
    page.locator("dialog").get_by_role("button", name="取消报名").click()

    is_said(page, "enter")
    assert not drop_of(shops).entered


def test_a_drop_with_proof_of_work_is_claimed(page: Page, shops: LiveShops) -> None:
    shops.announce(challenge=True)
    choose(page, "afternoon")

    page.locator("#go").click()

    is_said(page, "yours")
    assert drop_of(shops).claims == 1


def test_the_places_left_are_updated_while_the_page_is_open(page: Page, shops: LiveShops) -> None:
    shops.announce()
    page.goto("/card/drops/may-day")
    left = page.locator("[data-place='garden/morning']")
    expect(left).to_have_text("剩 2 / 2")

    claim_ticket(shops, LI)

    expect(left).to_have_text("剩 1 / 2", timeout=10_000)


def test_the_button_reports_a_cancelled_or_closed_drop(page: Page, shops: LiveShops) -> None:
    shops.announce()
    shops.services.ledger.officers.drops.close_drop("may-day", reason="大风闭园", by=OFFICER)
    page.goto("/card/drops/may-day")
    is_said(page, "closed")

    shops.services.ledger.officers.drops.cancel_drop("may-day", reason="大风闭园")
    page.goto("/card/drops/may-day")

    is_said(page, "cancelled")


def test_the_clock_of_the_phone_opens_no_drop(page: Page, shops: LiveShops) -> None:
    shops.announce(opens_at=shops.now + timedelta(hours=1))
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=2))

    choose(page)
    page.clock.run_for(1_000)

    is_said(page, "not_yet")
