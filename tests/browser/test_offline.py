from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from projections.engine.runner import catch_up
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_with_drop import WANG, DropApp
from tests.support.js_modules import ADDRESS, open_page

PHONE = """async () => {
    const {CardDevice} = await import("/browser/codes/device.js");
    const {Clock} = await import("/browser/clock.js");
    window.device = await CardDevice.open();
    window.clock = new Clock();
    return [await clock.sync(), await device.renew()][0];
}"""
SHOW = "device.mint(clock.now())"

TILL = """async () => {
    const {Known} = await import("/browser/known.js");
    const {Queue} = await import("/browser/queue.js");
    const {Sending} = await import("/browser/sending.js");
    const {openOffers, reckon} = await import("/browser/formula.js");
    const {Clock} = await import("/browser/clock.js");
    window.clock = new Clock();
    window.known = await Known.open();
    window.refreshed = [await clock.sync(), await known.refresh()];
    if (!known.body) return refreshed;
    const {merchant, till_id: tillId} = known.body;
    window.queue = await Queue.open({merchantId: merchant.merchant_id, tillId});
    window.sending = new Sending(queue);
    window.sell = async (text, choice, redemptionId) => {
        const at = clock.now();
        const {card, kind, jti} = await known.read(text, at);
        const open = openOffers(known.body.offers, {now: at, category: null});
        const {given} = reckon(open.filter((offer) => offer.choice === choice), 6_800);
        const cake = {redemptionId, code: text, jti, amountMinor: 6_800, given, at};
        const {number} = await queue.take(cake, known.sync);
        return {card, kind, number, given};
    };
    window.attempt = (...asked) => sell(...asked).catch(({problem}) => problem);
    return refreshed;
}"""


class Air:
    """A connection that carries a page's requests to the gateway while it is on."""

    def __init__(self, drop_app: DropApp, key: str) -> None:
        self._hall = drop_app
        self.key = key
        self.on = True

    def carry(self, route: Route) -> None:
        """Answer a request with the gateway's answer."""
        if not self.on:
            route.abort()
            return
        asked = route.request
        answer = self._hall.ask(
            asked.method,
            asked.url.removeprefix(f"{ADDRESS}/api/v1"),
            asked.post_data_json if asked.post_data else None,
            key=self.key,
            headers={"If-None-Match": asked.headers.get("if-none-match", "")},
        )
        route.fulfill(
            status=answer.status_code, headers=dict(answer.headers), body=answer.get_data()
        )


class Side:
    """A browser, its page, and its connection to the gateway."""

    def __init__(self, chromium: Browser, drop_app: DropApp, key: str, script: str) -> None:
        self.context = chromium.new_context()
        self.air = Air(drop_app, key)
        self._script = script
        self.page = self.open()

    def open(self) -> Page:
        """Restart the page."""
        page = open_page(self.context)
        page.route(f"{ADDRESS}/api/**", self.air.carry)
        page.evaluate(self._script)
        return page


@pytest.fixture
def phone(chromium: Browser, drop_app: DropApp) -> Iterator[Side]:
    """Return Wang's phone with a certificate."""
    side = Side(chromium, drop_app, drop_app.keys[WANG], PHONE)
    yield side
    side.context.close()


@pytest.fixture
def till(chromium: Browser, drop_app: DropApp, phone: Side) -> Iterator[Side]:
    """Return the bakery's till, synced after Wang's phone was certified."""
    assert phone.page.evaluate("device.card") == WANG_CARD
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    side = Side(chromium, drop_app, drop_app.key, TILL)
    yield side
    side.context.close()


def sold(till: Side, code: str, redemption_id: str, choice: str = "tenth-off") -> Any:
    return till.page.evaluate("(asked) => attempt(...asked)", [code, choice, redemption_id])


def test_an_offline_phone_an_offline_till_and_the_ledger_agree(
    drop_app: DropApp, phone: Side, till: Side
) -> None:
    phone.air.on = till.air.on = False
    till.page.close()
    till.page = till.open()  # the till restarts meanwhile
    assert till.page.evaluate("refreshed") == [False, False]

    code = phone.page.evaluate(SHOW)
    given = [{"choice": "tenth-off", "merchant_share_minor": 340, "union_share_minor": 340}]
    first = {"card": WANG_CARD, "kind": "device", "number": 1, "given": given}
    assert sold(till, code, "cake-1") == first
    assert sold(till, code, "cake-2") == "seen"
    assert till.page.evaluate("sending.flush().then(({problem}) => problem.status)") == 0

    till.air.on = True
    sent = till.page.evaluate("sending.flush().then(({sent, left}) => [sent, left])")

    assert sent == [1, 0]
    (result,) = till.page.evaluate("queue.results()")
    assert (result["outcome"], result["union_share_minor"]) == ("accepted", 340)
    assert drop_app.ask("GET", "/redemptions/cake-1").get_json()["member_share_minor"] == 6_120


def test_a_double_use_at_two_offline_tills_is_found(
    drop_app: DropApp, phone: Side, till: Side
) -> None:
    till.air.on = False
    code = phone.page.evaluate(SHOW)
    assert sold(till, code, "cake-1", "once-only")["number"] == 1
    body = {"code": phone.page.evaluate(SHOW), "amount_minor": 6_800, "choices": ["once-only"]}
    drop_app.ask("PUT", "/redemptions/opera-1", body, key=drop_app.other_key)

    till.air.on = True
    till.page.evaluate("sending.flush()")

    (result,) = till.page.evaluate("queue.results()")
    assert (result["outcome"], result["contested"]["borne_by"]) == ("contested", "union")


def test_a_dead_card_or_phone_is_refused_after_the_next_sync(
    drop_app: DropApp, phone: Side, till: Side
) -> None:
    code = phone.page.evaluate(SHOW)
    drop_app.as_member(WANG, "POST", "/card/device/revocation", {})
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    assert till.page.evaluate("known.refresh()") is True
    assert sold(till, code, "cake-1") == "dead_device"

    drop_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    assert till.page.evaluate("known.refresh()") is True
    assert sold(till, code, "cake-1") == "dead_card"


def test_a_blocked_plastic_card_is_refused_after_the_next_sync(
    drop_app: DropApp, till: Side
) -> None:
    printed = drop_app.printed
    assert sold(till, printed, "cake-1")["kind"] == "printed"

    drop_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    assert till.page.evaluate("known.refresh()") is True

    assert sold(till, printed, "cake-2") == "dead_card"


def test_unchanged_data_is_kept_under_a_new_mark(drop_app: DropApp, till: Side) -> None:
    before = till.page.evaluate("known.sync")
    drop_app.now += timedelta(minutes=1)
    told_at = till.page.evaluate("known.body.server_time")

    assert till.page.evaluate("known.refresh()") is True

    after = till.page.evaluate("known.sync")
    assert till.page.evaluate("known.body.server_time") == told_at  # the body was not sent again
    assert after["mark"] != before["mark"]
    assert after["limits"] == before["limits"]


def test_a_till_without_access_keeps_no_data(till: Side, drop_app: DropApp) -> None:
    till.air.key = drop_app.key[:-4] + "AAAA"

    assert till.page.evaluate("known.refresh()") is False

    assert till.page.evaluate("known.body") is None
    assert till.page.evaluate("known.sync") == {"mark": None, "at": 0, "limits": None}
