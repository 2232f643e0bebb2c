from typing import Any

from playwright.sync_api import Page

from tests.pos_gateway.codes.test_codes import NOW
from tests.support.browser import LiveServer, WatchedBrowser
from tests.support.js_modules import run, serve

CLOCK = """async ({Clock}, {ways, offset}) => {
    const storage = {kept: null, getItem: () => storage.kept};
    storage.setItem = (_, value) => { storage.kept = value; };
    const machine = {wall: 1_000_000, steady: 0};
    const by = {local: () => machine.wall, steady: () => machine.steady, storage};
    const pass = (ms) => { machine.wall += ms; machine.steady += ms; };
    const queue = [...ways];
    const ask = async (clientMs) => {
        const way = queue.shift();
        if (!way) throw new TypeError("offline");
        pass(way[0]);
        const answered = {offset_ms: machine.wall + offset - clientMs};
        pass(way[1]);
        return answered;
    };
    const clock = new Clock({...by, ask});
    const answered = await clock.sync();
    return await (SCRIPT)({clock, answered, machine, pass, offset, by, Clock, storage});
}"""


def clocked(page: Page, script: str, ways: list[tuple[int, int]]) -> Any:
    """Return the result of `script` with a clock; `ways` are milliseconds there and back."""
    return run(page, "clock.js", CLOCK.replace("SCRIPT", script), {"ways": ways, "offset": 5_000})


def test_the_quickest_answer_counts_minus_half_its_round_trip(page: Page) -> None:
    ways = [(900, 100), (20, 20), (10, 400), (300, 300), (50, 50)]

    off, answered = clocked(
        page,
        "({clock, machine, offset, answered}) => [clock.now() - machine.wall - offset, answered]",
        ways,
    )

    assert (off, answered) == (0, True)


def test_without_an_answer_the_machines_time_is_used_and_marked(page: Page) -> None:
    found = clocked(
        page,
        "({clock, machine, answered}) => [clock.now() - machine.wall, answered, clock.syncedAt]",
        [],
    )

    assert found == [0, False, None]


def test_an_answer_that_took_too_long_is_ignored(page: Page) -> None:
    assert clocked(page, "({answered}) => answered", [(4_000, 1_001)]) is False


def test_the_last_offset_is_kept_offline_and_after_a_restart(page: Page) -> None:
    found = clocked(
        page,
        """async ({clock, machine, pass, by, Clock, offset}) => {
            pass(60_000);
            const again = new Clock({...by, ask: () => Promise.reject(new TypeError())});
            const answered = await again.sync();
            return [again.now() - machine.wall - offset, answered, again.syncedAt - offset];
        }""",
        [(10, 10)],
    )

    assert found == [0, False, 1_000_020]


def test_a_clock_set_back_by_hand_does_not_move_time_back(page: Page) -> None:
    found = clocked(
        page,
        """({clock, machine, pass}) => {
            const before = clock.now();
            pass(1_000);
            machine.wall -= 3_600_000;
            const put = clock.now() - before;
            machine.wall += 3_600_000;
            machine.wall += 60_000; // asleep: the steady clock stood still
            return [put, clock.now() - before];
        }""",
        [(10, 10)],
    )

    assert found == [1_000, 61_000]


def test_a_full_or_spoiled_storage_does_no_harm(page: Page) -> None:
    found = clocked(
        page,
        """async ({by, Clock, machine}) => {
            const spoiled = [];
            for (const kept of ["{", "[]", "7", '{"offsetMs": "x", "syncedAt": 1}', "null"]) {
                const storage = {getItem: () => kept, setItem: () => { throw new Error("full"); }};
                const clock = new Clock({...by, storage, ask: async () => ({offset_ms: 70})});
                const before = clock.now() - machine.wall;
                await clock.sync();
                spoiled.push([before, clock.now() - machine.wall]);
            }
            return spoiled;
        }""",
        [],
    )

    assert found == [[0, 70]] * 5


def test_the_gateway_tells_a_browser_the_time(
    browser: WatchedBrowser, live_server: LiveServer
) -> None:
    live_server.now = NOW
    page = browser.desktop()
    page.goto("/")

    page.route("**/browser/**", serve)

    off = run(
        page,
        "clock.js",
        """async ({Clock}, now) => {
            const clock = new Clock();
            const answered = await clock.sync();
            return [answered, clock.now() - now, new Clock().now() - now];
        }""",
        round(NOW.timestamp() * 1_000),
    )

    answered, here, restarted = off
    assert answered
    assert 0 <= here <= restarted < 2_000
