from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from ledger.claim_rules import Asked
from ledger.drop import Drop
from ledger.drop.terms import Mode, SeedRule
from ledger.principal import Principal
from pos_gateway.code import Ticket, read
from tests.browser import PHONE, Served, Watched
from tests.streets import LI, OFFICER, WANG, Street
from tests.test_browser_card import scanned

pytestmark = pytest.mark.browser

CLAIMS = "**/api/v1/drops/*/claims/*"


@pytest.fixture
def street(served: Served) -> Iterator[Street]:
    return Street(served)


def phone(browser: Watched, street: Street, member_id: str = WANG) -> Page:
    """A phone on which a member is signed in."""
    context = browser.context(PHONE, service_workers="block")
    street.sign_in(context, member_id)
    return context.new_page()


def drop_of(street: Street, drop_id: str = "may-day") -> Drop:
    found: Drop = street.house.ledger.state(f"drop-{drop_id}")
    return found


def claimed(street: Street, member_id: str, session: str = "morning") -> str:
    """The ticket of a claim made elsewhere."""
    asked = Asked(claim_id="k1", drop_id="may-day", item_id="garden", session_id=session, party=1)
    had = street.house.ledger.claim(asked, Principal(member_id=member_id))
    ticket: str = had.event.ticket_id  # type: ignore[attr-defined]
    return ticket


def is_said(page: Page, truth: str) -> None:
    """The big button tells this truth."""
    expect(page.locator("#go")).to_have_attribute("data-truth", truth, timeout=15_000)


def claim_ids(page: Page) -> list[str]:
    """The ids under which claims are sent from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if "/claims/" in request.url:
            sent.append(request.url.rpartition("/")[2])

    page.on("request", note)
    return sent


def first_is_lost(page: Page) -> None:
    """The first claim reaches the gateway, and its answer is lost on the way back."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    page.route(CLAIMS, lose)


def test_from_the_countdown_to_the_ticket_with_an_answer_lost_there_is_one_claim(
    browser: Watched, street: Street
) -> None:
    street.announce(opens_at=street.now + timedelta(seconds=4))
    page = phone(browser, street)
    sent = claim_ids(page)
    first_is_lost(page)
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    is_said(page, "opening")
    expect(page.locator("#countdown")).to_have_text("00:02")
    assert page.locator("#go").is_disabled()

    is_said(page, "open")
    page.locator("#go").click()

    is_said(page, "yours")
    expect(page.locator("#notices")).to_contain_text("抢到了！第 1 号")
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert drop_of(street).claims == 1
    page.locator("#go").click()
    expect(page.locator(".ticket h2")).to_have_text("玫瑰园门票")


def test_a_claim_under_way_goes_on_after_the_page_was_loaded_again(
    browser: Watched, street: Street
) -> None:
    street.announce()
    page = phone(browser, street)
    sent = claim_ids(page)
    page.route(CLAIMS, lambda route: route.abort())
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    page.locator("#party").select_option("3")
    page.locator("#go").click()
    is_said(page, "asking")
    assert page.locator("#go").is_disabled()

    page.unroute(CLAIMS)
    page.reload()

    is_said(page, "yours")
    assert len(set(sent)) == 1
    (held,) = street.house.ledger.state(f"grant-{WANG}").held.values()
    assert held.ticket.party == 3


def test_a_busy_gateway_is_asked_again_when_it_said_under_the_same_id(
    browser: Watched, street: Street
) -> None:
    street.announce()
    page = phone(browser, street)
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
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    page.locator("#go").click()

    is_said(page, "yours")
    assert len(sent) == 4
    assert len(set(sent)) == 1
    assert drop_of(street).claims == 1


def test_sold_out_one_waits_is_offered_a_place_and_takes_it(
    browser: Watched, street: Street
) -> None:
    street.announce(capacities=(1, 40))
    ticket = claimed(street, LI)
    page = phone(browser, street)
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    is_said(page, "sold_out_wait")
    expect(page.locator("#truth")).to_contain_text("还有：玫瑰园门票")
    page.locator("#go").click()
    is_said(page, "in_line")

    street.house.ledger.release(ticket, Principal(member_id=LI))
    page.reload()

    is_said(page, "offered")
    expect(page.locator("#countdown")).to_have_text(re.compile("^(30:00|29:[0-5][0-9])$"))
    page.locator("#go").click()
    is_said(page, "yours")
    assert drop_of(street).claims == 2


def test_who_waits_no_longer_is_off_the_list(browser: Watched, street: Street) -> None:
    street.announce(capacities=(1, 0))
    claimed(street, LI)
    asked = Asked(claim_id="w1", drop_id="may-day", item_id="garden", session_id="morning", party=1)
    street.house.ledger.join(asked, Principal(member_id=WANG))
    page = phone(browser, street)
    page.goto("/card/tickets")
    expect(page.locator("article.wait")).to_contain_text("五一玫瑰园")

    page.get_by_role("button", name="退出候补").click()
    page.locator("dialog").get_by_role("button", name="退出候补").click()

    expect(page.locator("#notices")).to_contain_text("已退出候补")
    assert not drop_of(street).slots["garden/morning"].waiting


def test_a_ticket_shows_a_code_that_holds_and_can_be_given_back(
    browser: Watched, street: Street
) -> None:
    street.announce()
    ticket = claimed(street, WANG)
    page = phone(browser, street)
    page.goto("/card/tickets")
    expect(page.locator(".ticket")).to_contain_text("密云区东门路 19 号")

    page.get_by_role("button", name="出示票码").click()
    code = read(scanned(page, "dialog.bright svg"), street.house.keys, now=street.now)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="退票").click()
    page.locator("dialog").get_by_role("button", name="退票").click()

    assert isinstance(code, Ticket)
    assert code.ticket_id == ticket
    expect(page.locator("#notices")).to_contain_text("票已退掉")
    assert street.house.ledger.state(f"grant-{WANG}").held[ticket].withdrawn


def test_a_question_answered_no_gives_nothing_back(browser: Watched, street: Street) -> None:
    street.announce()
    ticket = claimed(street, WANG)
    page = phone(browser, street)
    page.goto("/card/tickets")

    page.get_by_role("button", name="退票").click()
    page.locator("dialog").get_by_role("button", name="返回").click()

    expect(page.locator("dialog")).to_have_count(0)
    assert not street.house.ledger.state(f"grant-{WANG}").held[ticket].withdrawn


def test_a_ticket_is_sent_on_as_a_picture_whose_code_holds(
    browser: Watched, street: Street
) -> None:
    street.announce()
    ticket = claimed(street, WANG)
    page = phone(browser, street)
    page.goto("/card/tickets")

    with page.expect_download() as saved:
        page.get_by_role("button", name="发给代领的人").click()

    code = read(in_picture(saved.value.path()), street.house.keys, now=street.now)
    assert isinstance(code, Ticket)
    assert code.ticket_id == ticket


def in_picture(path: Path) -> str:
    """The text of the code in a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(path))
    text: str = found.text
    return text


def test_a_ticket_and_its_code_are_there_without_a_network(
    browser: Watched, street: Street
) -> None:
    street.announce()
    ticket = claimed(street, WANG)
    context = browser.context(PHONE)
    street.sign_in(context)
    page = context.new_page()
    page.goto("/card/tickets")
    expect(page.locator(".ticket")).to_have_count(1)
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_load_state("networkidle")

    context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="出示票码").click()

    code = read(scanned(page, "dialog.bright svg"), street.house.keys, now=street.now)
    assert isinstance(code, Ticket)
    assert code.ticket_id == ticket


def test_of_a_draw_one_is_told_that_one_has_entered_and_may_withdraw(
    browser: Watched, street: Street
) -> None:
    closes = street.now + timedelta(hours=2)
    numbers = (closes + timedelta(days=1, hours=8)).date()
    rule = SeedRule(statement="下一期双色球", source="双色球", day=numbers)
    street.announce(mode=Mode.DRAW, closes_at=closes, seed_rule=rule)
    page = phone(browser, street)
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    is_said(page, "enter")

    page.locator("#go").click()
    is_said(page, "entered")
    assert list(drop_of(street).entered) == [WANG]
    page.get_by_role("button", name="取消报名").click()
    page.locator("dialog").get_by_role("button", name="取消报名").click()

    is_said(page, "enter")
    assert not drop_of(street).entered


def test_a_drop_that_asks_for_a_proof_is_claimed_with_one(browser: Watched, street: Street) -> None:
    street.announce(challenge=True)
    page = phone(browser, street)
    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/afternoon']").check()

    page.locator("#go").click()

    is_said(page, "yours")
    assert drop_of(street).claims == 1


def test_what_is_left_is_told_while_the_page_is_open(browser: Watched, street: Street) -> None:
    street.announce()
    page = phone(browser, street)
    page.goto("/card/drops/may-day")
    left = page.locator("[data-place='garden/morning']")
    expect(left).to_have_text("剩 2 / 2")

    claimed(street, LI)

    expect(left).to_have_text("剩 1 / 2", timeout=10_000)


def test_a_drop_called_off_or_closed_is_told_at_the_button(
    browser: Watched, street: Street
) -> None:
    street.announce()
    page = phone(browser, street)
    street.house.ledger.close_drop("may-day", reason="大风闭园", by=OFFICER)
    page.goto("/card/drops/may-day")
    is_said(page, "closed")

    street.house.ledger.cancel_drop("may-day", reason="大风闭园", by=OFFICER)
    page.goto("/card/drops/may-day")

    is_said(page, "cancelled")


def test_the_clock_of_the_phone_opens_no_drop(browser: Watched, street: Street) -> None:
    street.announce(opens_at=street.now + timedelta(hours=1))
    page = phone(browser, street)
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=2))

    page.goto("/card/drops/may-day")
    page.locator("[name=place][value='garden/morning']").check()
    page.clock.run_for(1_000)

    is_said(page, "not_yet")


def test_a_member_sees_nothing_of_another(browser: Watched, street: Street) -> None:
    street.announce()
    ticket = claimed(street, LI)
    page = phone(browser, street)

    family = page.goto(f"/card/family/{LI}")
    api = page.request.get(f"/api/v1/members/{LI}/tickets")
    code = page.request.get(f"/api/v1/tickets/{ticket}/code")
    ours = {"Sec-Fetch-Site": "same-origin"}
    release = page.request.post(f"/api/v1/tickets/{ticket}/release", data={}, headers=ours)

    assert family is not None
    assert [one.status for one in (family, api, code, release)] == [403, 403, 404, 404]


def test_who_was_named_sees_the_tickets_to_collect_and_shows_their_code(
    browser: Watched, street: Street
) -> None:
    street.announce()
    ticket = claimed(street, LI)
    street.house.ledger.name_proxy(LI, proxy_id=WANG, by=OFFICER)
    page = phone(browser, street)

    page.goto(f"/card/family/{LI}")
    page.get_by_role("button", name="出示票码").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("李*丽 的票")
    code = read(scanned(page, "dialog.bright svg"), street.house.keys, now=street.now)
    assert isinstance(code, Ticket)
    assert code.ticket_id == ticket
    page.goto("/card/more")
    expect(page.get_by_role("link", name="李*丽 的票")).to_be_visible()
