"""Sign in to the demonstration as each visitor of `shown_pages`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page


def anybody(_: BrowserContext) -> None:
    """Stay signed out."""


_COOKIES: dict[str, list[Any]] = {}
"""Cookies of earlier sign-ins, by visitor, because one phone may request few codes."""


def member(context: BrowserContext) -> None:
    """Sign in as a member who got tickets of drops."""
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 40.3752, "longitude": 116.8432})
    _by_phone(context, "card", "19900000013")


def relative(context: BrowserContext) -> None:
    """Sign in as a member who may collect for another."""
    _by_phone(context, "card", "19900000001")


def owner(context: BrowserContext) -> None:
    """Sign in as the owner of a shop that has statements."""
    _by_phone(context, "shop", "18800000003")


def _once(context: BrowserContext, name: str, ends: str, sign_in: Callable[[Page], None]) -> None:
    """Sign in as `name`, or with the cookies (whose names end so) of an earlier sign-in."""
    if name not in _COOKIES:
        page = context.new_page()
        sign_in(page)
        _COOKIES[name] = [one for one in context.cookies() if one["name"].endswith(ends)]
        page.close()
    context.add_cookies(_COOKIES[name])


def _by_phone(context: BrowserContext, door: str, phone: str) -> None:
    """Sign in at /`door`/sign-in with the code sent to a phone, which the outbox shows."""

    def sign_in(page: Page) -> None:
        page.goto(f"/{door}/sign-in")
        page.locator("[name=phone]").fill(phone)
        page.locator("form:has([name=phone]) button").first.click()
        page.locator("[name=code]").wait_for()
        outbox = context.new_page()
        outbox.goto("/outbox")
        found = re.search(r"\b[0-9]{6}\b", outbox.locator("#messages li").first.inner_text())
        outbox.close()
        page.locator("[name=code]").fill(found.group() if found else "")
        page.locator("form:has([name=code]) button").first.click()
        page.wait_for_url(lambda url: "sign-in" not in url)

    _once(context, phone, door, sign_in)


def officer(staff_id: str) -> Callable[[BrowserContext], None]:
    """Return a function that signs this officer in, by password and second factor."""

    def sign_in(page: Page) -> None:
        shown = page.context.new_page()
        shown.goto("/demonstration")
        row = shown.locator("#officers tbody tr", has_text=staff_id).locator("td")
        page.goto("/desk/")
        page.locator("[name=handle]").fill(staff_id)
        page.locator("[name=password]").fill(row.nth(2).inner_text())
        page.locator("form:has([name=password]) button").click()
        page.locator("[autocomplete=one-time-code]").fill(row.nth(3).inner_text())
        page.locator("form:has([autocomplete=one-time-code]) button").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        shown.close()

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
    "anybody": anybody,
    "member": member,
    "till": till("yinghua"),
    "settled": till("jiahe"),
    "relative": relative,
    "owner": owner,
    "clerk": officer("zhao"),
    "reviewer": officer("qian"),
    "treasurer": officer("sun"),
    "auditor": officer("zhou"),
}
"""The sign-in of each visitor: through the pages, or with cookies of an earlier sign-in."""
