from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.js_modules import run
from tests.support.offline_browser_till import HOUR, LOOSE, WITHOUT_ED25519, Shop, shop

__all__ = ["shop"]

pytestmark = pytest.mark.browser


def outcomes(shop: Shop) -> list[tuple[int, str]]:
    return [(one["number"], one["outcome"]) for one in shop.page.evaluate("queue.results()")]


def test_what_is_redeemed_offline_is_sent_in_order_and_accepted(shop: Shop) -> None:
    first = shop.redemption(1)
    assert shop.take(first, shop.redemption(2)) == [1, 2]
    assert shop.line.asked == []

    flushed = shop.flush()

    assert flushed == {"sent": 2, "left": 0, "problem": None}
    assert shop.line.paths == [
        "/late-redemptions/cake-1",
        "/till/device-key",  # the gateway did not know the key yet
        "/late-redemptions/cake-1",
        "/late-redemptions/cake-2",
        "/till/count",
    ]
    assert outcomes(shop) == [(1, "accepted"), (2, "accepted")]
    assert shop.page.evaluate("queue.pending()") == []
    slip = shop.line.booked[1]
    assert slip["scanned_at"].endswith("Z")
    assert (slip["code"], slip["given"]) == (first["code"], first["given"])
    assert (slip["number"], slip["cashier_id"], slip["mark"]) == (1, "s-wang", shop.mark)


def test_a_browser_without_ed25519_signs_by_p256(shop: Shop) -> None:
    shop.page.evaluate(WITHOUT_ED25519)
    shop.take(shop.redemption(1))

    assert shop.flush()["sent"] == 1
    (key,) = [body["key"] for path, body in shop.line.asked if path == "/till/device-key"]
    assert (len(key), key[:2]) == (130, "04")
    assert outcomes(shop) == [(1, "accepted")]


def test_a_double_use_is_contested_and_shown_until_it_is_dismissed(shop: Shop) -> None:
    once = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]
    assert shop.take(*(shop.redemption(number, given=once) for number in (1, 2))) == [1, 2]
    shop.flush()
    a_month = shop.synced_ms + 30 * 24 * HOUR

    shop.page.evaluate("now => queue.tidy(now)", a_month)

    (shown,) = shop.page.evaluate("queue.results()")
    assert (shown["number"], shown["outcome"]) == (2, "contested")
    assert shown["contested"]["reason"] == "limit_reached"
    assert shown["contested"]["borne_by"] in {"union", "merchant"}
    shop.page.evaluate("queue.dismiss(2)")
    assert shop.page.evaluate("queue.results()") == []


def test_an_answer_that_was_lost_is_fetched_again_and_nothing_is_booked_twice(shop: Shop) -> None:
    shop.take(shop.redemption(1), shop.redemption(2))
    shop.page.evaluate("sending.introduce()")
    shop.line.lost_answers = 1

    assert shop.flush() == {"sent": 0, "left": 2, "problem": "unreachable"}
    position = shop.line.gateway.position
    shop.page.close()  # the tab dies between sending and deleting
    shop.page = shop.tab()

    assert shop.flush() == {"sent": 2, "left": 0, "problem": None}
    assert shop.line.paths.count("/late-redemptions/cake-1") == 2
    assert outcomes(shop) == [(1, "accepted"), (2, "accepted")]
    one = shop.line.gateway.ask("GET", "/redemptions/cake-1").get_json()
    assert one["member_share_minor"] == 6_120
    assert shop.line.gateway.position > position


@pytest.mark.parametrize("status", [0, 401, 429, 503])
def test_a_gateway_that_does_not_listen_is_asked_once_and_nothing_is_lost(
    shop: Shop, status: int
) -> None:
    shop.take(shop.redemption(1), shop.redemption(2))
    shop.line.failing = [{"status": status, "reason": "elsewhere"}]

    assert shop.flush() == {"sent": 0, "left": 2, "problem": "elsewhere"}
    assert len(shop.line.asked) == 1


def test_a_slip_the_gateway_will_not_have_stays_and_holds_up_no_other(shop: Shop) -> None:
    shop.take(*map(shop.redemption, (1, 2, 3)), limits=LOOSE)
    shop.page.evaluate("sending.introduce()")
    shop.line.failing = [None, {"status": 422, "reason": "number_reused"}]

    assert shop.flush() == {"sent": 2, "left": 1, "problem": "number_reused"}
    (stuck,) = shop.page.evaluate("queue.pending()")
    assert (stuck["number"], stuck["problem"]) == (2, "number_reused")
    assert sorted(shop.line.booked) == [1, 3]
    assert "/till/count" not in shop.line.paths  # it waits until the queue is empty

    assert shop.flush() == {"sent": 1, "left": 0, "problem": None}
    assert json.loads(shop.line.asked[-1][1]["slip"])["highest"] == 3


def kept(shop: Shop, script: str) -> Any:
    """What `script` comes to with the store behind the queue."""
    opened = """async ({Store}) => {
        const store = await Store.open("hongka-till-bakery-till-1", {});
        return await (SCRIPT)(store);
    }"""
    return run(shop.page, "store.js", opened.replace("SCRIPT", script))


def test_a_slip_that_is_lost_shows_as_a_gap(shop: Shop) -> None:
    shop.take(shop.redemption(1), shop.redemption(2))
    kept(shop, "(store) => store.remove('slips', 1)")

    shop.flush()

    assert shop.page.evaluate("queue.missing()") == [1]


def test_a_till_that_has_lost_its_count_goes_on_after_the_gateways(shop: Shop) -> None:
    shop.take(shop.redemption(1), shop.redemption(2))
    shop.flush()
    kept(shop, "(store) => store.remove('kept', 'highest')")

    shop.page.evaluate("sending.introduce()")

    assert shop.take(shop.redemption(3), limits=LOOSE) == [3]


def test_the_connection_coming_back_sends_by_itself(shop: Shop) -> None:
    shop.line.failing = [{"status": 0, "reason": "offline"}]
    shop.take(shop.redemption(1))

    left = shop.page.evaluate(
        """async () => {
            const {Sending} = await import("/browser/sending.js");
            const flushes = [];
            let told = () => {};
            const onFlushed = ({left}) => { flushes.push(left); told(); };
            const next = () => new Promise((resolve) => { told = resolve; });
            const itself = new Sending(queue, {asking, onFlushed});
            let flushed = next();
            const stop = itself.start();
            await flushed;
            flushed = next();
            dispatchEvent(new Event("online"));
            await flushed;
            stop();
            return flushes;
        }"""
    )

    assert left == [1, 0]
    assert sorted(shop.line.booked) == [1]


def test_what_failed_is_tried_again_later_without_being_asked(shop: Shop) -> None:
    shop.line.failing = [{"status": 503, "reason": "busy"}]
    shop.take(shop.redemption(1))

    waits = shop.page.evaluate(
        """async () => {
            const {Sending} = await import("/browser/sending.js");
            const later = window.setTimeout;
            const waits = [];
            window.setTimeout = (work, ms) => { waits.push(ms); return later(work, 0); };
            await new Promise((resolve) => {
                const onFlushed = ({left}) => { if (left === 0) resolve(); };
                new Sending(queue, {asking, onFlushed}).start();
            });
            window.setTimeout = later;
            return waits;
        }"""
    )

    assert len(waits) == 1
    assert 1_000 <= waits[0] <= 2_000
    assert sorted(shop.line.booked) == [1]


def test_failures_are_waited_out_longer_and_longer_up_to_five_minutes(shop: Shop) -> None:
    waits = run(
        shop.page,
        "backoff.js",
        """({backoffMs}) => [1, 2, 3, 8, 9, 1_000].map((failures) =>
            [backoffMs(failures, 0), backoffMs(failures, 1)])""",
    )

    assert waits == [
        [2_000, 1_000],
        [4_000, 2_000],
        [8_000, 4_000],
        [256_000, 128_000],
        [300_000, 150_000],
        [300_000, 150_000],
    ]


def test_the_tills_key_cannot_be_taken_out(shop: Shop) -> None:
    shop.take(shop.redemption(1))

    taken = kept(
        shop,
        """async (store) => {
            const {pair} = await store.get("kept", "key");
            return crypto.subtle.exportKey("pkcs8", pair.privateKey).catch(({name}) => name);
        }""",
    )

    assert taken == "InvalidAccessError"
