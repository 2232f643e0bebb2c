"""Tills of the live shops in a browser, and the acts of a cashier."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ledger.drops.eligibility import Asked
from ledger.drops.terms import Item, Session
from ledger.members.authorization import Principal
from pos_gateway.auth.api_key import make_till_key
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.codes import make_printed_code, make_ticket_code, printed_code_hash
from projections.redemptions import redemptions
from tests.support.browser import PHONE, LiveServer, WatchedBrowser
from tests.support.browser_member import CARDS, HOUR, OFFICER, WANG, LiveShops

SHOP = "xiufa"
"""The hairdresser: a haircut is 20 % off, and the union pays half of that."""

PRINTED = make_printed_code(bytes(range(16)))
"""The number on Wang's plastic card, valid after `print_card`."""

SHIFTED = {"%": "Digit5", "*": "Digit8", "+": "Equal", ":": "Semicolon", "$": "Digit4"}
PLAIN = {" ": "Space", "-": "Minus", ".": "Period", "/": "Slash"}
PRESS = """(keys) => {
    const ALL = {bubbles: true, cancelable: true};
    const at = document.activeElement ?? document.body;
    for (const [code, shiftKey] of keys) {
        const key = code.replace(/^(Digit|Key)/, "");
        for (const kind of ["keydown", "keyup"])
            at.dispatchEvent(new KeyboardEvent(kind, {code, key, shiftKey, ...ALL}));
    }
}"""

KNOWS = """() => new Promise((resolve) => {
    const opening = indexedDB.open("hongka-till-known");
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => resolve(false);
    opening.onsuccess = () => {
        const asked = opening.result.transaction("known").objectStore("known").get("this");
        asked.onsuccess = () => {
            opening.result.close();
            resolve(asked.result !== undefined);
        };
    };
})"""
"""A script that returns whether the till has stored the data it needs offline."""


class BrowserTill:
    """A device that is the till of a shop."""

    def __init__(self, shops: LiveShops, context: BrowserContext, shop: str = SHOP) -> None:
        self.shops, self.context, self.shop = shops, context, shop
        name = cookie_name("till", shops.services.settings.origin)
        address = shops.live_server.address
        context.add_cookies([{"name": name, "value": shops.till_keys[shop], "url": address}])
        self.page: Page = context.new_page()

    def open(self) -> Page:
        """Open the counter and wait until it is ready to work offline."""
        self.page.goto("/till/")
        wait_until_ready_offline(self.page)
        return self.page

    def amount(self, typed: str) -> None:
        """Press the keys of the page."""
        for key in typed:
            self.page.locator(f'.keypad [data-key="{key}"]').click()

    def wedge(self, text: str) -> None:
        """Type a code like a hand scanner, faster than a busy machine could press keys."""
        self.page.evaluate(PRESS, [*(_key(symbol) for symbol in text), ["Enter", False]])

    def sell(self, typed: str, text: str, pays: str) -> None:
        """Type the amount, scan the code, confirm."""
        self.amount(typed)
        self.wedge(text)
        self.page.get_by_role("button", name=re.compile("确认，收|是本人，收")).click()
        expect(self.page.locator(".outcome .big")).to_contain_text(pays)


def wait_until_ready_offline(till: Page) -> None:
    """Wait until a till can work offline: its pages and its data are stored."""
    till.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    till.wait_for_function(KNOWS)
    till.wait_for_load_state("networkidle")


def pair_second_till(shops: LiveShops, shop: str) -> None:
    """Pair another till of a shop, and use its key from now on."""
    key, key_hash = make_till_key(shop, "till-2", bytes(range(32)))
    shops.services.ledger.officers.merchants.pair_till(
        shop, till_id="till-2", outlet_id="main", key_hash=key_hash, by=OFFICER
    )
    shops.till_keys[shop] = key


def redemption_lines(shops: LiveShops, shop: str) -> list[tuple[str, int]]:
    """Return every line of a shop: the redemption id, and 1, or -1 if reversed."""
    shops.catch_up()
    with shops.services.views.reading() as connection:
        found = redemptions(connection, merchant_id=shop)
    return [(one.redemption_id, one.redemptions) for one in found]


def ticket_code(shops: LiveShops, *, party: int = 3) -> str:
    """Announce a drop and claim for Wang. Return the code of the ticket, valid now."""
    opens_at = shops.now + timedelta(seconds=0.3)
    now = Session(session_id="now", starts_at=opens_at, ends_at=opens_at + HOUR, capacity=9)
    item = Item(
        item_id="garden",
        title="玫瑰园门票",
        kind="admission",
        party_max=3,
        sessions=(now,),
        supplier_id="rose-garden",
    )
    shops.announce("today", opens_at=opens_at, items=(item,))
    asked = Asked(claim_id="k1", drop_id="today", item_id="garden", session_id="now", party=party)
    had = shops.services.ledger.members.claims.claim(asked, Principal(member_id=WANG))
    return make_ticket_code(
        shops.services.keys,
        card=bytes.fromhex(CARDS[WANG]),
        ticket=bytes.fromhex(had.event.ticket_id),
        now=shops.now,
        expires_at=(opens_at + HOUR).replace(microsecond=0),
        jti=bytes(8),
    )


def _key(symbol: str) -> tuple[str, bool]:
    """Return the key that a US keyboard has for a symbol, and whether it needs Shift."""
    if symbol in SHIFTED:
        return SHIFTED[symbol], True
    if symbol.isdigit():
        return f"Digit{symbol}", False
    return PLAIN.get(symbol, f"Key{symbol}"), False


def print_card(shops: LiveShops) -> str:
    """Print Wang's card. Return the code on it."""
    number = PRINTED.removeprefix("HK0:")
    ledger = shops.services.ledger
    ledger.officers.cards.print_code(CARDS[WANG], code_hash=printed_code_hash(number), by=OFFICER)
    return PRINTED


@pytest.fixture
def shops(live_server: LiveServer) -> LiveShops:
    """Return live shops with projections at the end of the log."""
    made = LiveShops(live_server)
    made.catch_up()
    return made


@pytest.fixture
def browser_till(browser: WatchedBrowser, shops: LiveShops) -> BrowserTill:
    """Return the till of the hairdresser, on a phone in Chinese."""
    return BrowserTill(shops, browser.context(PHONE))
