"""The pages for `scripts/screenshots`, from `shown_pages.csv`, their visitors, and what is done."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from secrets import randbelow
from typing import Any, NamedTuple

from playwright.sync_api import BrowserContext, Page
from stdnum.cn import ric

from pos_gateway.demonstration import market

_COOKIES: dict[str, list[Any]] = {}
"""Cookies of earlier sign-ins, by visitor, because one phone may request few codes."""


def _once(context: BrowserContext, name: str, ends: str, sign_in: Callable[[Page], None]) -> None:
    """Sign in as `name`, or with the cookies (whose names end so) of an earlier sign-in."""
    if name not in _COOKIES:
        page = context.new_page()
        sign_in(page)
        _COOKIES[name] = [one for one in context.cookies() if one["name"].endswith(ends)]
        page.close()
    context.add_cookies(_COOKIES[name])


def shown(context: BrowserContext, path: str, selector: str) -> list[str]:
    """Return the texts at this selector of another page."""
    page = context.new_page()
    page.goto(path)
    texts = page.locator(selector).all_inner_texts()
    page.close()
    return texts


def by_phone(door: str, phone: str) -> Callable[[BrowserContext], None]:
    """Return a function that signs in at /`door`/sign-in, with the code that the outbox shows."""

    def sign_in(page: Page) -> None:
        page.goto(f"/{door}/sign-in")
        page.locator("[name=phone]").fill(phone)
        page.locator("form:has([name=phone]) button").first.click()
        page.locator("[name=code]").wait_for()
        found = re.search(r"\b[0-9]{6}\b", shown(page.context, "/outbox", "#messages li")[0])
        page.locator("[name=code]").fill(found.group() if found else "")
        page.locator("form:has([name=code]) button").first.click()
        page.wait_for_url(lambda url: "sign-in" not in url)

    return lambda context: _once(context, phone, door, sign_in)


def enter_password(page: Page, staff_id: str) -> str:
    """Sign an officer in by password, and return the code of the second factor."""
    row = f"#officers tbody tr:has-text('{staff_id}') td"
    _, _, password, code, *_ = shown(page.context, "/demonstration", row)
    page.locator("[name=handle]").fill(staff_id)
    page.locator("[name=password]").fill(password)
    page.locator("form:has([name=password]) button").click()
    return code


def officer(staff_id: str) -> Callable[[BrowserContext], None]:
    """Return a function that signs this officer in, by password and second factor."""

    def sign_in(page: Page) -> None:
        page.goto("/desk/")
        page.locator("[autocomplete=one-time-code]").fill(enter_password(page, staff_id))
        page.locator("form:has([autocomplete=one-time-code]) button").click()
        page.wait_for_url(lambda url: "sign-in" not in url)

    return lambda context: _once(context, staff_id, "hongka-desk", sign_in)


def till(merchant_id: str) -> Callable[[BrowserContext], None]:
    """Return a function that signs in as a till of the merchant, paired on its first use."""

    def pair(device: Page) -> None:
        officer("zhao")(device.context)
        desk = device.context.new_page()
        desk.goto(f"/desk/merchants/{merchant_id}")
        desk.locator("form[action$='/pairing'] button").click()
        device.goto("/till/pair")
        code = desk.locator("#pairing .mono.figure").inner_text()
        device.locator("[name=pairing_code]").fill(code)
        device.locator("form:has([name=pairing_code]) button").click()
        desk.locator("[name=deed][value=confirm]").click()
        device.wait_for_url("**/till/")
        desk.close()

    return lambda context: _once(context, merchant_id, "hongka-till", pair)


SIGN_INS: dict[str, Callable[[BrowserContext], None]] = {
    "anybody": lambda _context: None,
    "member": by_phone("card", "19900000013"),
    "till": till("yinghua"),
    "settled": till("jiahe"),
    "relative": by_phone("card", "19900000001"),
    "owner": by_phone("shop", "18800000003"),
    "clerk": officer("zhao"),
    "reviewer": officer("qian"),
    "treasurer": officer("sun"),
    "auditor": officer("zhou"),
}
"""The sign-in of each visitor: through the pages, or with cookies of an earlier sign-in.

The member got tickets of drops, the relative may collect for another, the owner and the settled
till have statements.
"""


class Shown(NamedTuple):
    """A page: the name of its picture, its URL, and its visitor (a key of `SIGN_INS`).

    `press` is a selector to click before the picture is taken ("": none); `act` does anything else
    (None: nothing).
    """

    name: str
    path: str
    visitor: str
    press: str
    act: Callable[[Page], None] | None


def show_plastic(page: Page) -> None:
    """At a till, type 68 yuan and the number of a plastic card, and show the choices."""
    (number,) = shown(page.context, "/demonstration", "#printed")
    for key in "68":
        page.locator(f'[data-key="{key}"]').click()
    page.locator("#type").click()
    page.locator("#number").fill(number)
    page.locator("#typed button").click()
    page.locator(".choosing").wait_for()


def open_a_redemption(page: Page) -> None:
    """Open the first redemption of a statement by its id: a till lists only those of today."""
    redemption_id = page.locator("tbody td .mono").first.inner_text()
    page.goto(f"/till/redemptions/{redemption_id}", wait_until="networkidle")


def lose_the_line(page: Page) -> None:
    """Take the till offline, once it can work so."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="networkidle")
    page.context.set_offline(True)
    page.reload()
    page.locator("#line.off").wait_for()


def ask_for_a_code(page: Page) -> None:
    """Request a sign-in code for an unknown phone, because a known phone may request few."""
    page.locator("[name=phone]").fill(f"139{randbelow(10**8):08}")
    page.locator("form:has([name=phone]) button").first.click()
    page.locator("[name=code]").wait_for()


def prove_the_password(page: Page) -> None:
    """Sign an officer in by password, up to the second factor."""
    enter_password(page, "zhou")
    page.locator("#code").wait_for()


def wait_for_the_code(page: Page) -> None:
    """Wait until the phone shows the code of its card.

    If another phone was used before, replace it.
    """
    page.locator("#code").wait_for()
    if (instead := page.locator("#states button")).count():
        instead.click()
        instead.wait_for(state="detached")
        page.evaluate("() => scrollTo(0, 0)")


def open_the_map(page: Page) -> None:
    """Show the map around the member's position."""
    page.locator("#show-map").click()
    page.locator("#map svg .here").wait_for()


def collect_for_another(page: Page) -> None:
    """Show the tickets that the relative may collect for another member."""
    officer("zhao")(page.context)
    desk = page.context.new_page()
    desk.goto("/desk/members")
    open_a_member(desk)
    member_id = desk.url.rpartition("/")[2]
    desk.close()
    page.goto(f"/card/family/{member_id}", wait_until="networkidle")


def plan_a_drop(page: Page) -> None:
    """Open the plan of the first drop that can still be changed."""
    page.locator(".list a:has(.badge:is(.wait, .good))").first.click()
    page.locator("a[href$='/plan']").click()
    page.locator("[name=title]").wait_for()


def find_a_member(page: Page) -> None:
    """Search for a member by phone number."""
    page.locator("[name=sought]").fill("19900000000")
    page.locator("form:has([name=sought]) button").click()
    page.locator(".list a").wait_for()


def open_a_member(page: Page) -> None:
    """Search for a member and open the page."""
    find_a_member(page)
    page.locator(".list a").click()
    page.locator("#card").wait_for()


def bring_a_roster(page: Page) -> None:
    """Upload a roster of a new person, one who changed, and one with a wrong number; no more."""
    digits = f"990118198503{1 + randbelow(28):02}{randbelow(1000):03}"
    digits += ric.calc_check_digit(f"{digits}0")
    known = next(market.roster(date.max)).person
    roster = f"""姓名,手机号,身份证号,基层工会,单位,群体
何雨晴,138{randbelow(10**8):08},{digits},鼓楼街道总工会,云湖物业,女职工
{known.name},13811112222,{known.identity_number},果园街道总工会,云湖物业,劳模
许建军,1991111,990118197711231738,果园街道总工会,密云公交,
"""
    file = {"name": "名册.csv", "mimeType": "text/csv", "buffer": roster.encode()}
    page.locator("[name=roster]").set_input_files(file)
    page.locator("form:has([name=roster]) button").click()
    page.locator(".figures").wait_for()


def import_a_roster(page: Page) -> None:
    """Upload a roster and confirm it."""
    bring_a_roster(page)
    page.locator("form[action$='/imported'] button").click()
    page.wait_for_url("**/imported")


def _pages() -> Iterator[Shown]:
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        for *texts, act in list(csv.reader(file))[1:]:
            yield Shown(*texts, globals()[act] if act else None)


PAGES = list(_pages())
