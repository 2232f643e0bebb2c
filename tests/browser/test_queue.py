from typing import Any

import pytest

from tests.support.js_modules import run
from tests.support.offline_browser_till import HOUR, LOOSE, STRICT, OfflineBrowserTill, till

__all__ = ["till"]


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
def test_each_floor_limit_holds(
    till: OfflineBrowserTill, sync: dict[str, Any], taken: object
) -> None:
    assert till.take(till.redemption(1), **sync) == [taken]


@pytest.mark.parametrize(("late_ms", "taken"), [(24 * HOUR, 1), (24 * HOUR + 1, "hours")])
def test_a_till_redeems_so_many_hours_after_its_sync(
    till: OfflineBrowserTill, late_ms: int, taken: object
) -> None:
    assert till.take(till.redemption(1, at=till.synced_ms + late_ms)) == [taken]


def test_limits_count_for_a_day_after_the_arrival_whatever_is_synced(
    till: OfflineBrowserTill,
) -> None:
    assert till.take(*map(till.redemption, (1, 2, 3))) == [1, 2, "amount"]
    assert till.flush()["left"] == 0
    ends = 26 * HOUR  # they arrived two hours after the sync; JavaScript cuts microseconds off

    assert till.take(till.redemption(3), mark="another") == ["amount"]
    for late_ms, taken, counts in ((ends - 2, "amount", 2), (ends + 1, 3, 0)):
        at = till.synced_ms + late_ms
        assert till.page.evaluate("at => queue.tally(at)", at) == {
            "redemptions": counts,
            "amountMinor": counts * 680,
        }
        again = till.redemption(3, at=at)
        assert till.take(again, mark="another", at=at) == [taken]


def test_what_never_arrives_counts_as_long_as_it_may(till: OfflineBrowserTill) -> None:
    till.take(till.redemption(0))

    for late_ms, counts in ((14 * 24 * HOUR - 1, 1), (14 * 24 * HOUR, 0)):
        tally = till.page.evaluate("at => queue.tally(at)", till.synced_ms + late_ms)
        assert tally["redemptions"] == counts


def test_a_refused_redemption_does_not_count(till: OfflineBrowserTill) -> None:
    dear = [{"choice": "tenth-off", "merchant_share_minor": 2_001, "union_share_minor": 0}]

    assert till.take(till.redemption(1, given=dear), till.redemption(1)) == ["amount", 1]


def test_a_code_is_taken_once_even_after_the_flush_and_a_restart(till: OfflineBrowserTill) -> None:
    first = till.redemption(1)
    till.take(first)
    till.flush()
    till.page.evaluate("now => queue.tidy(now)", till.synced_ms + 23 * HOUR)
    till.page.close()
    till.page = till.tab()

    assert till.take(till.redemption(2, jti=first["jti"])) == ["seen"]
    assert till.page.evaluate("jti => queue.hasSeen(jti)", first["jti"]) is True
    till.page.evaluate("now => queue.tidy(now)", till.synced_ms + 25 * HOUR)
    assert till.page.evaluate("jti => queue.hasSeen(jti)", first["jti"]) is False


def test_a_code_redeemed_online_or_shown_for_weeks_is_remembered(till: OfflineBrowserTill) -> None:
    at = till.synced_ms
    for seen in ({"jti": "aa", "at": at}, {"jti": "bb", "at": at, "expiresAt": at + 99 * HOUR}):
        till.page.evaluate("seen => queue.saw(seen)", seen)
    till.page.evaluate("queue.saw({at: 0})")  # a printed number has no id of its own

    assert till.take(till.redemption(1, jti="aa")) == ["seen"]
    till.page.evaluate("now => queue.tidy(now)", at + 100 * HOUR)
    assert till.page.evaluate("queue.hasSeen('bb')") is True


def test_confirming_twice_makes_one_redemption(till: OfflineBrowserTill) -> None:
    first, printed = till.redemption(1), till.redemption(2, jti=None)

    assert till.take(first, printed, printed, first) == [1, 2, 2, 1]
    assert till.flush()["sent"] == 2


def test_a_printed_number_is_taken_each_time(till: OfflineBrowserTill) -> None:
    printed = {"jti": None, "code": till.connection.app.printed}

    assert till.take(*(till.redemption(number, **printed) for number in (1, 2))) == [1, 2]


def test_two_tabs_use_no_number_and_no_code_twice(till: OfflineBrowserTill) -> None:
    other = till.tab()
    taking = """([redemptions, sync]) => {
        window.taken = Promise.all(redemptions.map((one) => take(one, sync)));
    }"""
    for page, start in ((till.page, 1), (other, 101)):
        redemptions = [till.redemption(number) for number in range(start, start + 10)]
        again = till.redemption(7, redemptionId=f"again-{start}")
        page.evaluate(taking, [[*redemptions, again], till.sync(limits=LOOSE)])

    taken = [*till.page.evaluate("window.taken"), *other.evaluate("window.taken")]

    numbers = [one for one in taken if one != "seen"]
    assert sorted(numbers) == list(range(1, 21))
    assert taken.count("seen") == 2  # the seventh was taken twice more, once in each tab
    assert till.flush(other)["sent"] == 20
    assert len({slip["redemption_id"] for slip in till.connection.booked.values()}) == 20


def test_two_tabs_do_not_send_at_once(till: OfflineBrowserTill) -> None:
    other = till.tab()
    till.take(till.redemption(1))

    sent = till.page.evaluate(
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
    assert till.flush(other) == {"sent": 0, "left": 0, "problem": None}


def test_a_batch_of_the_queue_is_done_whole_or_not_at_all(till: OfflineBrowserTill) -> None:
    kept = run(
        till.page,
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


def test_a_newer_page_in_another_tab_opens_its_tables_at_once(till: OfflineBrowserTill) -> None:
    opening = """async ({Store}, [tables, version]) => {
        const store = await Store.open("trial", tables, version);
        await store.put(Object.keys(tables).at(-1), "value", "key");
        return "kept";
    }"""
    run(till.page, "store.js", opening, [{"one": {}}, 1])

    assert run(till.tab(), "store.js", opening, [{"one": {}, "two": {}}, 2]) == "kept"
