import json
from typing import Any

import pytest

from tests.support.js_modules import run
from tests.support.offline_browser_till import (
    HOUR,
    LOOSE,
    WITHOUT_ED25519,
    OfflineBrowserTill,
    till,
)

__all__ = ["till"]


def outcomes(till: OfflineBrowserTill) -> list[tuple[int, str]]:
    return [(one["number"], one["outcome"]) for one in till.page.evaluate("queue.results()")]


def test_offline_redemptions_are_sent_in_order_and_accepted(till: OfflineBrowserTill) -> None:
    first = till.redemption(1)
    assert till.take(first, till.redemption(2)) == [1, 2]
    assert till.connection.asked == []

    flushed = till.flush()

    assert flushed == {"sent": 2, "left": 0, "problem": None}
    assert till.connection.paths == [
        "/late-redemptions/cake-1",
        "/till/device-key",  # the gateway did not know the key yet
        "/late-redemptions/cake-1",
        "/late-redemptions/cake-2",
        "/till/count",
    ]
    assert outcomes(till) == [(1, "accepted"), (2, "accepted")]
    assert till.page.evaluate("queue.pending()") == []
    slip = till.connection.booked[1]
    assert slip["scanned_at"].endswith("Z")
    assert (slip["code"], slip["given"]) == (first["code"], first["given"])
    assert (slip["number"], slip["cashier_id"], slip["mark"]) == (1, "s-wang", till.mark)


def test_a_browser_without_ed25519_signs_with_p256(till: OfflineBrowserTill) -> None:
    till.page.evaluate(WITHOUT_ED25519)
    till.take(till.redemption(1))

    assert till.flush()["sent"] == 1
    (key,) = [body["key"] for path, body in till.connection.asked if path == "/till/device-key"]
    assert (len(key), key[:2]) == (130, "04")
    assert outcomes(till) == [(1, "accepted")]


def test_a_double_use_is_contested_and_shown_until_it_is_dismissed(
    till: OfflineBrowserTill,
) -> None:
    once = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]
    assert till.take(*(till.redemption(number, given=once) for number in (1, 2))) == [1, 2]
    till.flush()
    a_month = till.synced_ms + 30 * 24 * HOUR

    till.page.evaluate("now => queue.tidy(now)", a_month)

    (shown,) = till.page.evaluate("queue.results()")
    assert (shown["number"], shown["outcome"]) == (2, "contested")
    assert shown["contested"]["reason"] == "limit_reached"
    assert shown["contested"]["borne_by"] in {"union", "merchant"}
    till.page.evaluate("queue.dismiss(2)")
    assert till.page.evaluate("queue.results()") == []


def test_a_lost_answer_is_fetched_again_and_nothing_is_booked_twice(
    till: OfflineBrowserTill,
) -> None:
    till.take(till.redemption(1), till.redemption(2))
    till.page.evaluate("sending.introduce()")
    till.connection.lost_answers = 1

    assert till.flush() == {"sent": 0, "left": 2, "problem": "unreachable"}
    position = till.connection.app.position
    till.page.close()  # the tab dies between sending and deleting
    till.page = till.tab()

    assert till.flush() == {"sent": 2, "left": 0, "problem": None}
    assert till.connection.paths.count("/late-redemptions/cake-1") == 2
    assert outcomes(till) == [(1, "accepted"), (2, "accepted")]
    one = till.connection.app.ask("GET", "/redemptions/cake-1").get_json()
    assert one["member_share_minor"] == 6_120
    assert till.connection.app.position > position


@pytest.mark.parametrize("status", [0, 401, 429, 503])
def test_an_unreachable_gateway_is_tried_once_and_nothing_is_lost(
    till: OfflineBrowserTill, status: int
) -> None:
    till.take(till.redemption(1), till.redemption(2))
    till.connection.failing = [{"status": status, "reason": "elsewhere"}]

    assert till.flush() == {"sent": 0, "left": 2, "problem": "elsewhere"}
    assert len(till.connection.asked) == 1


def test_a_refused_slip_stays_and_blocks_no_other(till: OfflineBrowserTill) -> None:
    till.take(*map(till.redemption, (1, 2, 3)), limits=LOOSE)
    till.page.evaluate("sending.introduce()")
    till.connection.failing = [None, {"status": 422, "reason": "number_reused"}]

    assert till.flush() == {"sent": 2, "left": 1, "problem": "number_reused"}
    (stuck,) = till.page.evaluate("queue.pending()")
    assert (stuck["number"], stuck["problem"]) == (2, "number_reused")
    assert sorted(till.connection.booked) == [1, 3]
    assert "/till/count" not in till.connection.paths  # it waits until the queue is empty

    assert till.flush() == {"sent": 1, "left": 0, "problem": None}
    assert json.loads(till.connection.asked[-1][1]["slip"])["highest"] == 3


def kept(till: OfflineBrowserTill, script: str) -> Any:
    """Return the result of `script` with the store of the queue."""
    opened = """async ({Store}) => {
        const store = await Store.open("hongka-till-bakery-till-1", {});
        return await (SCRIPT)(store);
    }"""
    return run(till.page, "store.js", opened.replace("SCRIPT", script))


def test_a_lost_slip_shows_as_a_gap(till: OfflineBrowserTill) -> None:
    till.take(till.redemption(1), till.redemption(2))
    kept(till, "(store) => store.remove('slips', 1)")

    till.flush()

    assert till.page.evaluate("queue.missing()") == [1]


def test_a_till_that_lost_its_sequence_continues_from_the_gateways(
    till: OfflineBrowserTill,
) -> None:
    till.take(till.redemption(1), till.redemption(2))
    till.flush()
    kept(till, "(store) => store.remove('kept', 'highest')")

    till.page.evaluate("sending.introduce()")

    assert till.take(till.redemption(3), limits=LOOSE) == [3]


def test_a_restored_connection_starts_sending(till: OfflineBrowserTill) -> None:
    till.connection.failing = [{"status": 0, "reason": "offline"}]
    till.take(till.redemption(1))

    left = till.page.evaluate(
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
    assert sorted(till.connection.booked) == [1]


def test_a_failed_send_is_retried_automatically(till: OfflineBrowserTill) -> None:
    till.connection.failing = [{"status": 503, "reason": "busy"}]
    till.take(till.redemption(1))

    waits = till.page.evaluate(
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
    assert sorted(till.connection.booked) == [1]


def test_retries_back_off_up_to_five_minutes(till: OfflineBrowserTill) -> None:
    waits = run(
        till.page,
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


def test_the_tills_key_cannot_be_exported(till: OfflineBrowserTill) -> None:
    till.take(till.redemption(1))

    taken = kept(
        till,
        """async (store) => {
            const {pair} = await store.get("kept", "key");
            return crypto.subtle.exportKey("pkcs8", pair.privateKey).catch(({name}) => name);
        }""",
    )

    assert taken == "InvalidAccessError"
