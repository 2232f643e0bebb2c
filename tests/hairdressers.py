"""Stalls of the street: devices that are tills, and what a cashier does at one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pos_gateway.code import make_printed_code, printed_code_hash
from pos_gateway.who_asks import cookie_name
from tests.browser import PHONE, Served, Watched
from tests.streets import CARDS, OFFICER, WANG, Street

SHOP = "xiufa"
"""Where a haircut is a fifth off; the union gives half of it."""

PRINTED = make_printed_code(bytes(range(16)))
"""On Wang's plastic card, once `print_card` was called."""


class Stall:
    """One device that is the till of a shop."""

    def __init__(self, street: Street, context: BrowserContext, shop: str = SHOP) -> None:
        self.street, self.context, self.shop = street, context, shop
        name = cookie_name("till", street.house.settings.origin)
        address = street.served.address
        context.add_cookies([{"name": name, "value": street.till_keys[shop], "url": address}])
        self.page: Page = context.new_page()

    def open(self) -> Page:
        """The counter, once it knows what it needs without a line and its worker has the pages."""
        self.page.goto("/till/")
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def amount(self, typed: str) -> None:
        """Press the keys of the page."""
        for key in typed:
            self.page.locator(f'.keypad [data-key="{key}"]').click()

    def wedge(self, text: str) -> None:
        """A hand scanner types a code."""
        shifted = {"%": "5", "*": "8", "+": "Equal", ":": "Semicolon", "$": "4"}
        plain = {" ": "Space", "-": "Minus", ".": "Period", "/": "Slash"}
        for symbol in text:
            if symbol in shifted:
                key = shifted[symbol]
                self.page.keyboard.press(f"Shift+{_place(key)}")
            else:
                self.page.keyboard.press(_place(plain.get(symbol, symbol)))
        self.page.keyboard.press("Enter")

    def sell(self, typed: str, text: str, pays: str) -> None:
        """Amount, code, confirm."""
        self.amount(typed)
        self.wedge(text)
        self.page.get_by_role("button", name=re.compile("确认，收|是本人，收")).click()
        expect(self.page.locator(".outcome .big")).to_contain_text(pays)


def _place(key: str) -> str:
    if key.isdigit():
        return f"Digit{key}"
    return f"Key{key}" if len(key) == 1 else key


def print_card(street: Street) -> str:
    """The code printed on Wang's card."""
    number = PRINTED.removeprefix("HK0:")
    ledger = street.house.ledger
    ledger.print_code(CARDS[WANG], code_hash=printed_code_hash(number), by=OFFICER)
    return PRINTED


@pytest.fixture
def street(served: Served) -> Street:
    """A street, its views read to the end."""
    made = Street(served)
    made.catch_up()
    return made


@pytest.fixture
def stall(browser: Watched, street: Street) -> Iterator[Stall]:
    """The till of the hairdresser, on a phone in Chinese."""
    made = Stall(street, browser.context(PHONE))
    yield made
