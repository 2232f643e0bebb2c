from __future__ import annotations

from typing import Any

import pytest

from tests.support.js_modules import run
from tests.support.offline_browser_till import HOUR, LOOSE, STRICT, Shop, shop

__all__ = ["shop"]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("sync", "taken"),
    [
        ({"mark": None}, "never_synced"),
        ({"limits": None}, "not_allowed"),
        ({"limits": STRICT | {"redemptions": 0}}, "count"),
        ({"limits": STRICT | {"amount_minor": 679}}, "amount"),
        ({"limits": STRICT | {"amount_minor": 680}}, 1),
    ],
)
def test_each_limit_of_the_officer_stands(shop: Shop, sync: dict[str, Any], taken: object) -> None:
    assert shop.take(shop.redemption(1), **sync) == [taken]


@pytest.mark.parametrize(("late_ms", "taken"), [(24 * HOUR, 1), (24 * HOUR + 1, "hours")])
def test_a_till_redeems_so_many_hours_after_its_sync(
    shop: Shop, late_ms: int, taken: object
) -> None:
    assert shop.take(shop.redemption(1, at=shop.synced_ms + late_ms)) == [taken]


def test_limits_count_on_across_flushes_and_begin_anew_with_a_new_mark(shop: Shop) -> None:
    assert shop.take(*map(shop.redemption, (1, 2, 3))) == [1, 2, "amount"]
    assert shop.flush()["left"] == 0

    assert shop.take(shop.redemption(3)) == ["amount"]
    assert shop.page.evaluate("mark => queue.tally(mark)", shop.mark) == {
        "mark": shop.mark,
        "redemptions": 2,
        "amountMinor": 1_360,
    }
    assert shop.take(shop.redemption(3), mark="another") == [3]


def test_what_was_refused_counts_for_nothing(shop: Shop) -> None:
    dear = [{"choice": "tenth-off", "merchant_share_minor": 2_001, "union_share_minor": 0}]

    assert shop.take(shop.redemption(1, given=dear), shop.redemption(1)) == ["amount", 1]


def test_a_code_is_taken_once_even_after_the_flush_and_a_restart(shop: Shop) -> None:
    first = shop.redemption(1)
    shop.take(first)
    shop.flush()
    shop.page.evaluate("now => queue.tidy(now)", shop.synced_ms + 23 * HOUR)
    shop.page.close()
    shop.page = shop.tab()

    assert shop.take(shop.redemption(2, jti=first["jti"])) == ["seen"]
    assert shop.page.evaluate("jti => queue.hasSeen(jti)", first["jti"]) is True
    shop.page.evaluate("now => queue.tidy(now)", shop.synced_ms + 25 * HOUR)
    assert shop.page.evaluate("jti => queue.hasSeen(jti)", first["jti"]) is False


def test_a_code_redeemed_live_or_shown_for_weeks_is_remembered(shop: Shop) -> None:
    at = shop.synced_ms
    for seen in ({"jti": "aa", "at": at}, {"jti": "bb", "at": at, "expiresAt": at + 99 * HOUR}):
        shop.page.evaluate("seen => queue.saw(seen)", seen)
    shop.page.evaluate("queue.saw({at: 0})")  # a printed number has no id of its own

    assert shop.take(shop.redemption(1, jti="aa")) == ["seen"]
    shop.page.evaluate("now => queue.tidy(now)", at + 100 * HOUR)
    assert shop.page.evaluate("queue.hasSeen('bb')") is True


def test_a_confirmation_pressed_twice_is_one_redemption(shop: Shop) -> None:
    first, printed = shop.redemption(1), shop.redemption(2, jti=None)

    assert shop.take(first, printed, printed, first) == [1, 2, 2, 1]
    assert shop.flush()["sent"] == 2


def test_a_printed_number_is_taken_each_time(shop: Shop) -> None:
    printed = {"jti": None, "code": shop.line.gateway.printed}

    assert shop.take(*(shop.redemption(number, **printed) for number in (1, 2))) == [1, 2]


def test_two_tabs_never_give_a_number_twice_nor_take_a_code_twice(shop: Shop) -> None:
    other = shop.tab()
    taking = """([redemptions, sync]) => {
        window.taken = Promise.all(redemptions.map((one) => take(one, sync)));
    }"""
    for page, start in ((shop.page, 1), (other, 101)):
        redemptions = [shop.redemption(number) for number in range(start, start + 10)]
        again = shop.redemption(7, redemptionId=f"again-{start}")
        page.evaluate(taking, [[*redemptions, again], shop.sync(limits=LOOSE)])

    taken = [*shop.page.evaluate("window.taken"), *other.evaluate("window.taken")]

    numbers = [one for one in taken if one != "seen"]
    assert sorted(numbers) == list(range(1, 21))
    assert taken.count("seen") == 2  # the seventh came twice more, once in each tab
    assert shop.flush(other)["sent"] == 20
    assert len({slip["redemption_id"] for slip in shop.line.booked.values()}) == 20


def test_two_tabs_do_not_send_at_once(shop: Shop) -> None:
    other = shop.tab()
    shop.take(shop.redemption(1))

    sent = shop.page.evaluate(
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
    assert shop.flush(other) == {"sent": 0, "left": 0, "problem": None}


def test_a_turn_is_done_whole_or_not_at_all(shop: Shop) -> None:
    kept = run(
        shop.page,
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


def test_a_newer_page_in_another_tab_opens_its_tables_at_once(shop: Shop) -> None:
    opening = """async ({Store}, [tables, version]) => {
        const store = await Store.open("trial", tables, version);
        await store.put(Object.keys(tables).at(-1), "value", "key");
        return "kept";
    }"""
    run(shop.page, "store.js", opening, [{"one": {}}, 1])

    assert run(shop.tab(), "store.js", opening, [{"one": {}, "two": {}}, 2]) == "kept"
