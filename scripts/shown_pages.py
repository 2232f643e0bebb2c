"""The pages for `scripts/screenshots`, from `shown_pages.csv`, and what is done on them first."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import randbelow
from typing import NamedTuple

from playwright.sync_api import Page
from stdnum.cn import ric

from scripts.shown_people import enter_password, officer, shown


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
    """Upload a roster with a new person and one with a wrong number, without confirming it."""
    digits = f"990118198503{1 + randbelow(28):02}{randbelow(1000):03}"
    digits += ric.calc_check_digit(f"{digits}0")
    roster = f"""姓名,手机号,身份证号,基层工会,单位,群体
何雨晴,138{randbelow(10**8):08},{digits},鼓楼街道总工会,云湖物业,女职工
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
