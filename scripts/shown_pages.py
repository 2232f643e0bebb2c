"""The pages that `scripts/screenshots` takes pictures of: a line each, and who looks at them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from playwright.sync_api import BrowserContext, Page


class Shown(NamedTuple):
    """A page: the name of its picture, its address, and who looks (one of `SIGN_INS`).

    `press` is what is pressed before the picture is taken, as a selector; `act`, what else is done.
    """

    name: str
    path: str
    who: str = "anybody"
    press: str = ""
    act: Callable[[Page], None] | None = None


def anybody(_: BrowserContext) -> None:
    """Nobody signs in."""


_COOKIES: dict[str, list[Any]] = {}
"""Those of whoever signed in, by door: codes are sent to one phone but now and then."""


def member(context: BrowserContext) -> None:
    """A member of the demonstration signs in."""
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 40.3752, "longitude": 116.8432})
    _by_phone(context, "card", "19900000019")


def owner(context: BrowserContext) -> None:
    """The owner of the cinema signs in."""
    _by_phone(context, "shop", "18800000005")


def _by_phone(context: BrowserContext, door: str, phone: str) -> None:
    """Somebody signs in by the code that was sent to their phone."""
    if door not in _COOKIES:
        page, outbox = context.new_page(), context.new_page()
        page.goto(f"/{door}/sign-in")
        page.locator("[name=phone]").fill(phone)
        page.locator("form:has([name=phone]) button").first.click()
        page.locator("[name=code]").wait_for()
        outbox.goto("/outbox")
        found = re.search(r"\b[0-9]{6}\b", outbox.locator("#messages li").first.inner_text())
        page.locator("[name=code]").fill(found.group() if found else "")
        page.locator("form:has([name=code]) button").first.click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        _COOKIES[door] = [one for one in context.cookies() if one["name"].endswith(door)]
        for opened in (page, outbox):
            opened.close()
    context.add_cookies(_COOKIES[door])


@cache
def officer(staff_id: str) -> Callable[[BrowserContext], None]:
    """How an officer signs in, with what the demonstration shows; once, since a code does once."""
    cookies: list[Any] = []

    def sign_in(context: BrowserContext) -> None:
        if not cookies:
            shown, page = context.new_page(), context.new_page()
            shown.goto("/demonstration")
            row = shown.locator("#officers tbody tr", has_text=staff_id).locator("td")
            page.goto("/desk/")
            page.locator("[name=handle]").fill(staff_id)
            page.locator("[name=password]").fill(row.nth(2).inner_text())
            page.locator("form:has([name=password]) button").click()
            page.locator("[autocomplete=one-time-code]").fill(row.nth(3).inner_text())
            page.locator("form:has([autocomplete=one-time-code]) button").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
            cookies.extend(one for one in context.cookies() if "hongka-desk" in one["name"])
            shown.close()
            page.close()
        context.add_cookies(cookies)

    return sign_in


_TILL: list[Any] = []
"""The cookie of the till that was paired."""


def till(context: BrowserContext) -> None:
    """A device is paired as a till of the cinema: an officer shows the code, and confirms."""
    if not _TILL:
        officer("zhao")(context)
        desk, device = context.new_page(), context.new_page()
        desk.goto("/desk/merchants/yinghua")
        desk.locator("form[action$='/pairing'] button").click()
        device.goto("/till/pair")
        device.locator("[name=pairing_code]").fill(
            desk.locator("#pairing .mono.figure").inner_text()
        )
        device.locator("form:has([name=pairing_code]) button").click()
        desk.locator("[name=deed][value=confirm]").click()
        device.wait_for_url("**/till/")
        _TILL.extend(one for one in context.cookies() if one["name"].endswith("hongka-till"))
        desk.close()
        device.close()
    context.add_cookies(_TILL)


def show_plastic(page: Page) -> None:
    """A card of plastic is typed in for a film of 68 yuan."""
    shown = page.context.new_page()
    shown.goto("/demonstration")
    number = shown.locator("#printed").inner_text()
    shown.close()
    for key in "68":
        page.locator(f'[data-key="{key}"]').click()
    page.locator("#type").click()
    page.locator("#number").fill(number)
    page.locator("#typed button").click()
    page.locator(".choosing").wait_for()


def lose_the_line(page: Page) -> None:
    """The till goes on without a network."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="networkidle")
    page.context.set_offline(True)
    page.reload()
    page.locator("#line.off").wait_for()


SIGN_INS: dict[str, Callable[[BrowserContext], None]] = {
    "anybody": anybody,
    "member": member,
    "till": till,
    "owner": owner,
    "clerk": officer("zhao"),
    "reviewer": officer("qian"),
    "treasurer": officer("sun"),
    "auditor": officer("zhou"),
}
"""How each signs in to the demonstration: by its pages, or by cookies put into the context."""

PAGES = [
    Shown("home", "/"),
    Shown("api", "/api/v1/"),
    Shown("card", "/card/", "member"),
    Shown("card-bright", "/card/", "member", "#bright"),
    Shown("benefits", "/card/benefits", "member"),
    Shown("benefits-map", "/card/benefits", "member", "#show-map"),
    Shown("tickets", "/card/tickets", "member"),
    Shown("drops", "/card/drops", "member"),
    Shown("drop", "/card/drops", "member", ".dropdoor:has(.badge.wait, .badge.good)"),
    Shown("history", "/card/history", "member"),
    Shown("more", "/card/more", "member"),
    Shown("block", "/card/block", "member"),
    Shown("help", "/card/help", "member"),
    Shown("privacy", "/card/privacy", "member"),
    Shown("till-pair", "/till/pair"),
    Shown("till", "/till/", "till"),
    Shown("till-choosing", "/till/", "till", act=show_plastic),
    Shown("till-today", "/till/today", "till"),
    Shown("till-owed", "/till/owed", "till"),
    Shown("till-offline", "/till/", "till", act=lose_the_line),
    Shown("till-cashier", "/till/cashier", "till"),
    Shown("shop", "/shop/", "owner"),
    Shown("shop-redemptions", "/shop/redemptions", "owner"),
    Shown("shop-redemption", "/shop/redemptions", "owner", ".list a"),
    Shown("shop-statements", "/shop/statements", "owner"),
    Shown("shop-tills", "/shop/tills", "owner"),
    Shown("shop-cashiers", "/shop/cashiers", "owner"),
    Shown("who-to-be", "/demonstration"),
    Shown("desk-sign-in", "/desk/sign-in"),
    Shown("desk-today", "/desk/", "clerk"),
    Shown("desk-members", "/desk/members", "clerk"),
    Shown("desk-import", "/desk/members/import", "clerk"),
    Shown("desk-merchants", "/desk/merchants", "clerk"),
    Shown("desk-merchant", "/desk/merchants/yinghua", "clerk"),
    Shown("desk-drops", "/desk/drops", "clerk"),
    Shown("desk-drop", "/desk/drops", "clerk", ".list a"),
    Shown("desk-drop-new", "/desk/drops/new", "clerk"),
    Shown("desk-offers", "/desk/offers", "reviewer"),
    Shown("desk-offer", "/desk/offers/film-30", "reviewer"),
    Shown("desk-staff", "/desk/staff", "reviewer"),
    Shown("desk-funds", "/desk/funds", "treasurer"),
    Shown("desk-statements", "/desk/statements", "treasurer"),
    Shown("desk-log", "/desk/log", "auditor"),
]
