from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.late_server import LateServer
from tests.modules import open_page, run
from tests.test_browser_codes import milliseconds
from tests.test_code import CODE, NOW

pytestmark = pytest.mark.browser

SYNC = {
    "mark": "mark-1",
    "at": milliseconds(NOW),
    "limits": {"redemptions": 3, "amount_minor": 2_000, "hours": 24},
}
LOOSE = SYNC | {"limits": {"redemptions": 99, "amount_minor": 99_999, "hours": 24}}
HOUR = 3_600_000

SETUP = """async ({Queue, NotOffline}) => {
    const {Sending} = await import("/browser/sending.js");
    const {Problem} = await import("/browser/asking.js");
    window.asking = async (...asked) => {
        const {status, reason, body} = await lateServer(...asked);
        if (reason) throw new Problem({status, reason});
        return body;
    };
    window.queue = await Queue.open({merchantId: "bakery", tillId: "till-1"});
    window.sending = new Sending(queue, {asking});
    window.take = (redemption, sync) => queue.take(redemption, sync)
        .then(({number}) => number, (wrong) => {
            if (!(wrong instanceof NotOffline)) throw wrong;
            return wrong.problem;
        });
}"""


@pytest.fixture
def server() -> LateServer:
    return LateServer()


@pytest.fixture
def context(chromium: Browser, server: LateServer) -> Iterator[BrowserContext]:
    """A till's browser, whose questions Python answers."""
    context = chromium.new_context()
    context.expose_function("lateServer", server.ask)
    yield context
    context.close()


@pytest.fixture
def till(context: BrowserContext) -> Page:
    """A tab of it with its queue open."""
    return tab(context)


def tab(context: BrowserContext) -> Page:
    page = open_page(context)
    run(page, "queue.js", SETUP)
    return page


def redemption(number: int, **changed: Any) -> dict[str, Any]:
    """Cakes for Wang, a tenth off: half the shop's, half the union's."""
    cakes: dict[str, Any] = {
        "redemptionId": f"cake-{number}",
        "code": CODE,
        "jti": f"{number:016x}",
        "amountMinor": 6_800,
        "category": None,
        "given": [{"choice": "tenth-off", "merchant_share_minor": 340, "union_share_minor": 340}],
        "cashierId": "s-wang",
        "at": milliseconds(NOW) + number * 1_000,
    }
    return cakes | changed


def take(page: Page, *redemptions: dict[str, Any], sync: dict[str, Any] = SYNC) -> list[Any]:
    """The numbers they were given, or why they were not."""
    taken: list[Any] = page.evaluate(
        """async ([redemptions, sync]) => {
            const taken = [];
            for (const one of redemptions) taken.push(await take(one, sync));
            return taken;
        }""",
        [redemptions, sync],
    )
    return taken


def flush(page: Page) -> dict[str, Any]:
    flushed: dict[str, Any] = page.evaluate(
        """async () => {
            const {sent, left, problem} = await sending.flush();
            return {sent, left, problem: problem?.reason ?? null};
        }"""
    )
    return flushed


def test_what_is_redeemed_offline_is_sent_in_order_and_answered(
    till: Page, server: LateServer
) -> None:
    assert take(till, redemption(1), redemption(2)) == [1, 2]
    assert server.asked == []

    flushed = flush(till)

    assert flushed == {"sent": 2, "left": 0, "problem": None}
    assert [path for _, path in server.asked] == [
        "/late-redemptions/cake-1",
        "/till/device-key",  # it did not know the key yet
        "/late-redemptions/cake-1",
        "/late-redemptions/cake-2",
        "/till/count",
    ]
    assert server.booked[1] == {
        "merchant_id": "bakery",
        "till_id": "till-1",
        "redemption_id": "cake-1",
        "number": 1,
        "code": CODE,
        "amount_minor": 6_800,
        "category": None,
        "given": redemption(1)["given"],
        "scanned_at": "2026-11-21T12:00:01.000Z",
        "mark": "mark-1",
        "cashier_id": "s-wang",
    }
    assert server.told_highest == 2
    assert till.evaluate("queue.pending()") == []
    assert [one["outcome"] for one in till.evaluate("queue.results()")] == ["accepted"] * 2


def test_a_browser_without_ed25519_signs_by_p256(till: Page, server: LateServer) -> None:
    till.evaluate(
        """() => {
            const make = crypto.subtle.generateKey.bind(crypto.subtle);
            crypto.subtle.generateKey = (how, ...more) => how.name === "Ed25519"
                ? Promise.reject(new DOMException("", "NotSupportedError")) : make(how, ...more);
        }"""
    )
    take(till, redemption(1))

    assert flush(till)["sent"] == 1
    assert server.key is not None
    assert (len(server.key), server.key[:2]) == (130, "04")


def test_a_contested_redemption_is_shown_until_it_is_dismissed(
    till: Page, server: LateServer
) -> None:
    server.contested = {2}
    take(till, redemption(1), redemption(2))
    flush(till)
    a_month = milliseconds(NOW) + 30 * 24 * HOUR

    till.evaluate("now => queue.tidy(now)", a_month)

    (shown,) = till.evaluate("queue.results()")
    assert (shown["number"], shown["contested"]["borne_by"]) == (2, "merchant")
    till.evaluate("queue.dismiss(2)")
    assert till.evaluate("queue.results()") == []


def test_an_answer_that_was_lost_is_fetched_again_and_nothing_is_booked_twice(
    till: Page, context: BrowserContext, server: LateServer
) -> None:
    take(till, redemption(1), redemption(2))
    till.evaluate("sending.introduce()")
    server.lost_answers = 1

    assert flush(till) == {"sent": 0, "left": 2, "problem": "unreachable"}
    till.close()  # the tab dies between sending and deleting
    again = tab(context)

    assert flush(again) == {"sent": 2, "left": 0, "problem": None}
    assert sorted(server.booked) == [1, 2]
    assert [path for _, path in server.asked].count("/late-redemptions/cake-1") == 2
    assert len(again.evaluate("queue.results()")) == 2


@pytest.mark.parametrize("status", [0, 401, 429, 503])
def test_a_server_that_does_not_listen_is_asked_once_and_nothing_is_lost(
    till: Page, server: LateServer, status: int
) -> None:
    take(till, redemption(1), redemption(2))
    server.failing = [{"status": status, "reason": "elsewhere"}]

    assert flush(till) == {"sent": 0, "left": 2, "problem": "elsewhere"}
    assert len(server.asked) == 1


def test_a_slip_the_server_will_not_have_stays_and_holds_up_no_other(
    till: Page, server: LateServer
) -> None:
    take(till, redemption(1), redemption(2), redemption(3), sync=LOOSE)
    till.evaluate("sending.introduce()")
    server.failing = [None, {"status": 422, "reason": "number_reused"}]

    assert flush(till) == {"sent": 2, "left": 1, "problem": "number_reused"}
    (stuck,) = till.evaluate("queue.pending()")
    assert (stuck["number"], stuck["problem"]) == (2, "number_reused")
    assert sorted(server.booked) == [1, 3]
    assert server.told_highest is None  # the count waits until the queue is empty

    assert flush(till) == {"sent": 1, "left": 0, "problem": None}


@pytest.mark.parametrize(
    ("sync", "changed", "problem"),
    [
        ({"mark": None}, {}, "never_synced"),
        ({"limits": None}, {}, "not_allowed"),
        ({"limits": {"redemptions": 0, "amount_minor": 2_000, "hours": 24}}, {}, "count"),
        ({"limits": {"redemptions": 3, "amount_minor": 679, "hours": 24}}, {}, "amount"),
        ({"limits": {"redemptions": 3, "amount_minor": 680, "hours": 24}}, {}, 1),
        ({}, {"at": milliseconds(NOW) + 24 * HOUR}, 1),
        ({}, {"at": milliseconds(NOW) + 24 * HOUR + 1}, "hours"),
    ],
)
def test_each_limit_of_the_officer_stands(
    till: Page, sync: dict[str, Any], changed: dict[str, Any], problem: str | int
) -> None:
    assert take(till, redemption(1, **changed), sync=SYNC | sync) == [problem]


def test_limits_count_on_across_flushes_and_begin_anew_with_a_new_mark(till: Page) -> None:
    assert take(till, redemption(1), redemption(2), redemption(3)) == [1, 2, "amount"]
    flush(till)

    assert take(till, redemption(3)) == ["amount"]
    assert till.evaluate("queue.tally('mark-1')") == {
        "mark": "mark-1",
        "redemptions": 2,
        "amountMinor": 1_360,
    }
    assert take(till, redemption(3), sync=SYNC | {"mark": "mark-2"}) == [3]


def test_a_code_is_taken_once_even_after_the_flush_and_a_restart(
    till: Page, context: BrowserContext
) -> None:
    take(till, redemption(1))
    flush(till)
    till.evaluate("now => queue.tidy(now)", milliseconds(NOW) + 23 * HOUR)
    till.close()
    again = tab(context)

    assert take(again, redemption(2, jti=redemption(1)["jti"])) == ["seen"]
    assert again.evaluate("jti => queue.hasSeen(jti)", redemption(1)["jti"]) is True
    again.evaluate("now => queue.tidy(now)", milliseconds(NOW) + 25 * HOUR)
    assert again.evaluate("jti => queue.hasSeen(jti)", redemption(1)["jti"]) is False


def test_a_code_redeemed_live_or_shown_for_weeks_is_remembered(till: Page) -> None:
    at = milliseconds(NOW)
    till.evaluate("seen => queue.saw(seen)", {"jti": "aa", "at": at})
    till.evaluate("seen => queue.saw(seen)", {"jti": "bb", "at": at, "expiresAt": at + 99 * HOUR})
    till.evaluate("queue.saw({at: 0})")  # a printed number has no id of its own

    assert take(till, redemption(1, jti="aa")) == ["seen"]
    till.evaluate("now => queue.tidy(now)", at + 100 * HOUR)
    assert till.evaluate("queue.hasSeen('bb')") is True


def test_a_confirmation_pressed_twice_is_one_redemption(till: Page, server: LateServer) -> None:
    printed = redemption(1, jti=None)

    assert take(till, redemption(2), printed, printed, redemption(2)) == [1, 2, 2, 1]
    assert flush(till)["sent"] == 2
    assert sorted(server.booked) == [1, 2]


def test_a_printed_number_is_taken_each_time(till: Page) -> None:
    printed = {"jti": None, "code": "HK0:0123456789ABCDEFGHJKMNPQRS"}

    assert take(till, redemption(1, **printed), redemption(2, **printed)) == [1, 2]


def test_two_tabs_never_give_a_number_twice_nor_take_a_code_twice(
    till: Page, context: BrowserContext, server: LateServer
) -> None:
    other = tab(context)
    taking = """([redemptions, sync]) => {
        window.taken = Promise.all(redemptions.map((one) => take(one, sync)));
    }"""
    for page, start in ((till, 1), (other, 101)):
        redemptions = [redemption(number) for number in range(start, start + 10)]
        page.evaluate(taking, [[*redemptions, redemption(7, redemptionId=f"again-{start}")], LOOSE])

    taken = [*till.evaluate("window.taken"), *other.evaluate("window.taken")]

    numbers = [one for one in taken if one != "seen"]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert taken.count("seen") == 2  # seven came twice more, once in each tab
    assert flush(other)["sent"] == 20
    assert len({slip["redemption_id"] for slip in server.booked.values()}) == 20


def test_two_tabs_do_not_send_at_once(till: Page, context: BrowserContext) -> None:
    other = tab(context)
    take(till, redemption(1))

    sent = till.evaluate(
        """async () => {
            const free = Promise.withResolvers();
            const held = queue.alone("sending", () => free.promise);
            const meanwhile = await sending.flush();
            free.resolve();
            await held;
            const {sent} = await sending.flush();
            return [meanwhile.sent, meanwhile.left, sent];
        }"""
    )

    assert sent == [0, 1, 1]
    assert flush(other) == {"sent": 0, "left": 0, "problem": None}


def test_a_till_that_has_lost_its_numbers_goes_on_after_the_servers(
    till: Page, server: LateServer
) -> None:
    server.booked[7] = {}

    till.evaluate("sending.introduce()")

    assert take(till, redemption(1)) == [8]
    flush(till)
    assert till.evaluate("queue.missing()") == [1, 2, 3, 4, 5, 6]


def test_the_connection_coming_back_sends_by_itself(till: Page, server: LateServer) -> None:
    server.failing = [{"status": 0, "reason": "offline"}]
    take(till, redemption(1))
    left = till.evaluate(
        """async () => {
            const {Sending} = await import("/browser/sending.js");
            const flushes = [];
            let told = () => {};
            const onFlushed = (flushed) => { flushes.push(flushed.left); told(); };
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
    assert sorted(server.booked) == [1]


def test_failures_are_waited_out_longer_and_longer_up_to_five_minutes(till: Page) -> None:
    waits = run(
        till,
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


def test_the_tills_key_cannot_be_taken_out(till: Page) -> None:
    take(till, redemption(1))

    taken = run(
        till,
        "store.js",
        """async ({Store}) => {
            const tables = {};
            const store = await Store.open("hongka-till-bakery-till-1", tables);
            const {pair} = await store.get("kept", "key");
            return crypto.subtle.exportKey("pkcs8", pair.privateKey).catch(({name}) => name);
        }""",
    )

    assert taken == "InvalidAccessError"


def test_a_turn_is_done_whole_or_not_at_all(till: Page) -> None:
    kept = run(
        till,
        "store.js",
        """async ({Store}) => {
            const store = await Store.open("trial", {rows: {keyPath: "id"}, kept: {}});
            await store.put("rows", {id: 1});
            const outcome = await store.turn(["rows", "kept"], async (turn) => {
                await turn.put("rows", {id: 2});
                await turn.remove("rows", 1);
                throw new RangeError("no");
            }).catch(({name}) => name);
            await store.turn(["rows", "kept"], async (turn) => {
                await turn.put("kept", "x", "y");
                await turn.put("rows", {id: 3});
            });
            return [outcome, await store.all("rows"), await store.get("kept", "y")];
        }""",
    )

    assert kept == ["RangeError", [{"id": 1}, {"id": 3}], "x"]
