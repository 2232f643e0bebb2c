from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.pos_gateway.codes.test_codes import CODE
from tests.pos_gateway.codes.test_device import JTI, NOW, certified
from tests.pos_gateway.codes.test_ticket import CODE as TICKET_CODE
from tests.support.browser import launch_chromium, write_camera_film
from tests.support.js_modules import open_page, run

PRINTED = "HK0:0123456789ABCDEFGHJKMNPQRS"
DEVICE_CODES = [certified(algorithm).code(NOW, JTI) for algorithm in ("Ed25519", "P-256")]

SCANNER = """async ({Scanner}) => {
    const reader = await import("zxing-wasm/reader");
    const wasm = "/packages/zxing-wasm/dist/reader/zxing_reader.wasm";
    reader.prepareZXingModule({overrides: {locateFile: () => wasm}});
    const readCode = async (picture) =>
        (await reader.readBarcodes(picture, {formats: ["QRCode"], maxNumberOfSymbols: 1}))[0]?.text;
    const video = document.createElement("video");
    document.body.replaceChildren(video);
    window.heard = [];
    window.problems = [];
    window.scanner?.stop();
    window.scanner = new Scanner(video, (text) => heard.push(text), {
        onProblem: (problem) => problems.push(problem), load: async () => ({readCode}),
    });
}"""
START = """() => scanner.start().then(() => "started", ({name, problem}) => name + " " + problem)"""


@pytest.fixture
def filmed(playwright: Playwright, tmp_path: Path) -> Iterator[tuple[Page, Path]]:
    """Return a page whose camera films a chosen code."""
    camera = write_camera_film(tmp_path / "camera.y4m", PRINTED)
    with launch_chromium(playwright, tmp_path, camera=camera) as browser:
        context = browser.new_context(permissions=["camera"])
        yield open_page(context), camera


def test_codes_shown_to_the_camera_are_read_in_turn(filmed: tuple[Page, Path]) -> None:
    page, camera = filmed
    run(page, "scan.js", SCANNER)

    assert page.evaluate(START) == "started"
    page.wait_for_function("heard.length === 1")
    write_camera_film(camera, CODE)
    page.wait_for_function("heard.length === 2")

    assert page.evaluate("heard") == [PRINTED, CODE]
    assert page.evaluate("[scanner.running, scanner.hasTorch]") == [True, False]
    assert page.evaluate("scanner.torch(true)") is False
    assert page.evaluate("document.querySelector('video').videoWidth") == 1280
    page.evaluate("scanner.stop()")
    assert page.evaluate("[scanner.running, document.querySelector('video').srcObject]") == [
        False,
        None,
    ]


CANVAS = """async () => {
    const {drawCode} = await import("/browser/codes/draw.js");
    const canvas = document.createElement("canvas");
    Object.assign(canvas, {width: 1280, height: 720});
    const context = canvas.getContext("2d");
    const clear = () => {
        context.fillStyle = "#777";
        context.fillRect(0, 0, 1280, 720);
    };
    clear();
    window.show = async (text) => {
        if (!text) return clear();
        const drawn = drawCode(text, "");
        drawn.setAttribute("width", "500");
        drawn.setAttribute("height", "500");
        const picture = new Image();
        picture.src = "data:image/svg+xml," +
            encodeURIComponent(new XMLSerializer().serializeToString(drawn));
        await picture.decode();
        clear();
        context.drawImage(picture, 390, 110, 500, 500);
    };
    window.asked = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        asked.push(wanted);
        const stream = canvas.captureStream(20);
        // A canvas that does not change sends no frames; a camera does.
        const still = setInterval(() => context.fillRect(0, 0, 1, 1), 40);
        stream.getVideoTracks()[0].addEventListener("ended", () => clearInterval(still));
        return stream;
    };
}"""


@pytest.fixture
def canvas(page: Page) -> Page:
    """Return a page whose camera shows the drawing of `show(text)`."""
    page.goto("http://localhost")
    page.evaluate(CANVAS)
    run(page, "scan.js", SCANNER)
    return page


def test_every_kind_of_code_drawn_by_a_browser_is_scanned_by_a_browser(canvas: Page) -> None:
    texts = [PRINTED, CODE, TICKET_CODE, *DEVICE_CODES]
    canvas.evaluate(START)

    for number, text in enumerate(texts, start=1):
        canvas.evaluate("text => show(text)", text)
        canvas.wait_for_function("number => heard.length >= number", arg=number)

    assert canvas.evaluate("heard") == texts
    (wanted,) = canvas.evaluate("asked")
    assert wanted["video"]["facingMode"] == "environment"
    assert (wanted["video"]["width"], wanted["video"]["height"]) == (
        {"ideal": 1280},
        {"ideal": 720},
    )


def test_a_code_that_stays_in_view_is_one_scan_and_no_two_scanners_run(canvas: Page) -> None:
    canvas.evaluate("text => show(text)", PRINTED)
    canvas.evaluate(START)
    canvas.wait_for_function("heard.length === 1")

    canvas.wait_for_timeout(2_500)

    assert canvas.evaluate("heard") == [PRINTED]
    canvas.evaluate(START)
    canvas.wait_for_function("heard.length === 2")
    canvas.wait_for_timeout(300)
    assert canvas.evaluate("heard") == [PRINTED, PRINTED]


def test_a_code_comes_again_after_two_seconds_out_of_sight(page: Page) -> None:
    new = run(
        page,
        "repeats.js",
        """({firstSeen}) => {
            const isNew = firstSeen();
            return [["a", 0], ["a", 1_999], ["b", 2_000], ["a", 3_998], ["a", 5_998], ["b", 5_999]]
                .map(([text, at]) => isNew(text, at));
        }""",
    )

    assert new == [True, False, True, False, True, True]


def test_nothing_is_read_after_it_is_stopped_even_while_it_starts(canvas: Page) -> None:
    canvas.evaluate("text => show(text)", PRINTED)

    canvas.evaluate("() => { const starting = scanner.start(); scanner.stop(); return starting; }")
    canvas.wait_for_timeout(500)

    assert canvas.evaluate("[heard.length, scanner.running]") == [0, False]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("NotAllowedError", "refused"),
        ("NotFoundError", "no_camera"),
        ("OverconstrainedError", "no_camera"),
        ("NotReadableError", "busy"),
    ],
)
def test_a_missing_picture_is_explained(canvas: Page, name: str, problem: str) -> None:
    canvas.evaluate(
        "name => { navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', name)); }",
        name,
    )

    assert canvas.evaluate(START) == f"NoCamera {problem}"
    assert canvas.evaluate("scanner.running") is False


def test_a_denied_camera_is_reported(chromium: Browser) -> None:
    context = chromium.new_context(permissions=[])
    page = open_page(context)
    run(page, "scan.js", SCANNER)

    outcome = page.evaluate(START)

    assert outcome in {"NoCamera refused", "NoCamera no_camera"}
    context.close()


def test_a_lost_camera_is_reported(canvas: Page) -> None:
    canvas.evaluate(START)

    canvas.evaluate(
        "document.querySelector('video').srcObject.getVideoTracks()[0]"
        ".dispatchEvent(new Event('ended'))"
    )

    assert canvas.evaluate("[problems, scanner.running]") == [["lost"], False]


def test_a_reader_that_fails_to_load_is_reported(canvas: Page) -> None:
    run(
        canvas,
        "scan.js",
        """({Scanner}) => {
            window.scanner = new Scanner(document.querySelector("video"), () => {}, {
                onProblem: (problem) => problems.push(problem),
                load: () => Promise.reject(new TypeError("no such file")),
            });
        }""",
    )

    canvas.evaluate(START)
    canvas.wait_for_function("problems.length === 1")

    assert canvas.evaluate("[problems, scanner.running]") == [["no_reader"], False]


def test_the_screen_stays_on_until_it_is_released(whole_chromium: Browser) -> None:
    page = open_page(whole_chromium.new_context())

    held = run(
        page,
        "wake.js",
        """async ({keepAwake}) => {
            const locks = [];
            const request = WakeLock.prototype.request;
            WakeLock.prototype.request = async function (kind) {
                locks.push(await request.call(this, kind));
                return locks.at(-1);
            };
            const later = () => new Promise((resolve) => setTimeout(resolve, 100));
            const held = () => locks.map(({released}) => !released);
            const seen = [];
            const letGo = keepAwake();
            await later();
            seen.push(held());
            document.dispatchEvent(new Event("visibilitychange")); // while it is kept
            await later();
            await locks[0].release(); // as the browser does when the page is hidden
            document.dispatchEvent(new Event("visibilitychange"));
            await later();
            seen.push(held());
            letGo();
            document.dispatchEvent(new Event("visibilitychange"));
            await later();
            return [...seen, held()];
        }""",
    )

    assert held == [[True], [False, True], [False, False]]


def test_a_code_over_the_whole_page_is_closed_by_key_button_or_touch(page: Page) -> None:
    for close in ("Escape", "button", "touch"):
        page.goto("http://localhost")
        run(
            page,
            "bright.js",
            """async ({showBright}, text) => {
                const {drawCode} = await import("/browser/codes/draw.js");
                showBright(drawCode(text, "会员码"), {label: "会员码", close: "关闭"});
            }""",
            CODE,
        )
        shown = page.get_by_role("dialog", name="会员码")
        assert shown.is_visible()

        if close == "Escape":
            page.keyboard.press("Escape")
        elif close == "button":
            page.get_by_role("button", name="关闭").click()
        else:
            page.get_by_role("img", name="会员码").click()

        assert shown.count() == 0
