"""Sign in to the demonstration as each visitor of `shown_pages`."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page

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
