import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.pos_gateway.codes.test_codes import CODE
from tests.pos_gateway.codes.test_ticket import CODE as TICKET_CODE
from tests.support.browser_till import PRESS
from tests.support.js_modules import run

PRINTED = "HK0:0123456789ABCDEFGHJKMNPQRS"
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
NAMED = {" ": "Space", "-": "Minus", "+": "Equal", ".": "Period", "/": "Slash", ":": "Semicolon"}
SHIFTED = {"$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal", ":": "Semicolon"}

PAGE = """(module) => {
    document.body.innerHTML = "<input><button>结账</button><div tabindex=0>空</div>";
    window.heard = [];
    window.clicked = 0;
    document.querySelector("button").addEventListener("click", () => { window.clicked += 1; });
    window.stopListening?.();
    window.at = 0;
    window.stopListening = module.listenToWedge((text) => heard.push(text), {now: () => window.at});
}"""


def keys_of(text: str) -> list[tuple[str, bool]]:
    """Return the keys that a scanner set to a US keyboard presses: (key code, with Shift)."""
    presses = []
    for symbol in text:
        if symbol in SHIFTED:
            presses.append((SHIFTED[symbol], True))
        elif symbol.isalpha():
            presses.append((f"Key{symbol}", True))
        else:
            presses.append((NAMED.get(symbol, f"Digit{symbol}"), False))
    return presses


def type_out(page: Page, text: str, *, ends: str | None = "Enter") -> None:
    """Press real keys as fast as the browser takes them."""
    for place, shift in keys_of(text):
        page.keyboard.press(f"Shift+{place}" if shift else place)
    if ends:
        page.keyboard.press(ends)


def listening(page: Page, focus: str | None = None) -> None:
    run(page, "wedge.js", PAGE)
    if focus:
        page.locator(focus).focus()


@pytest.mark.parametrize("focus", [None, "button", "div"])
@pytest.mark.parametrize("text", [PRINTED, CODE, TICKET_CODE])
def test_the_input_of_a_hand_scanner_is_one_scan(page: Page, text: str, focus: str | None) -> None:
    listening(page, focus)

    type_out(page, text)

    assert page.evaluate("heard") == [text]
    assert page.evaluate("clicked") == 0


@pytest.mark.parametrize("mark", ["", "]Q1", "]d2"])
def test_a_scanner_with_a_number_pad_small_letters_and_its_mark_is_read(
    page: Page, mark: str
) -> None:
    presses = [
        (place.replace("Digit", "Numpad"), False) if not shift else (place, shift)
        for place, shift in keys_of(CODE)
    ]
    marked = [("BracketRight", False), *keys_of(mark[1:].upper())] if mark else []
    small = [(place, shift and not place.startswith("Key")) for place, shift in marked + presses]
    listening(page)

    page.evaluate(PRESS, [*small, ["NumpadEnter", False]])

    assert page.evaluate("heard") == [mark.upper() + CODE]


def test_caps_lock_changes_nothing(page: Page) -> None:
    listening(page)

    page.keyboard.press("CapsLock")
    type_out(page, PRINTED)
    page.keyboard.press("CapsLock")

    assert page.evaluate("heard") == [PRINTED]


def test_a_foreign_layout_changes_nothing(page: Page) -> None:
    presses = [*keys_of(PRINTED), ("Enter", False)]

    heard = run(
        page,
        "wedge.js",
        """({listenToWedge}, presses) => {
            const heard = [];
            const stop = listenToWedge((text) => heard.push(text)); // by the time of the events
            for (const [code, shiftKey] of presses) {
                const event = {code, shiftKey, key: "ö", bubbles: true};
                document.body.dispatchEvent(new KeyboardEvent("keydown", event));
            }
            stop();
            return heard;
        }""",
        presses,
    )

    assert heard == [PRINTED]


def test_typing_into_a_field_is_left_alone(page: Page) -> None:
    listening(page, "input")

    type_out(page, PRINTED, ends=None)

    assert page.locator("input").input_value() == PRINTED
    page.keyboard.press("Enter")
    assert page.evaluate("heard") == []


def test_a_pause_of_more_than_three_tenths_of_a_second_starts_a_new_scan(page: Page) -> None:
    listening(page)

    type_out(page, "HK0:AB", ends=None)
    page.evaluate("at = 301")
    type_out(page, "CD")
    type_out(page, "HK0:EF", ends=None)
    page.evaluate("at = 601")
    type_out(page, "GH")

    assert page.evaluate("heard") == ["HK0:EFGH"]


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("HK0:", []),
        ("AB:12", []),
        ("HKX:12", []),
        ("XYZ HHKHK1:AB", ["HK1:AB"]),
        ("HK1:" + "A" * 597, []),
        ("", []),
    ],
)
def test_only_a_code_is_a_scan(page: Page, typed: str, heard: list[str]) -> None:
    listening(page)

    type_out(page, typed)

    assert page.evaluate("heard") == heard


def test_space_and_enter_press_a_button_except_during_a_scan(page: Page) -> None:
    listening(page, "button")

    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    type_out(page, "HK1:A B  C/D-")

    assert page.evaluate("clicked") == 2


def test_releasing_a_key_of_a_scan_has_no_effect(page: Page) -> None:
    # Firefox presses a button when Space is released.
    prevented = run(
        page,
        "wedge.js",
        """({listenToWedge}, presses) => {
            const stop = listenToWedge(() => {});
            const send = (type, code) => !document.body.dispatchEvent(
                new KeyboardEvent(type, {code, shiftKey: code === "Semicolon",
                    bubbles: true, cancelable: true}));
            const alone = [send("keydown", "Space"), send("keyup", "Space")];
            for (const code of presses) { send("keydown", code); send("keyup", code); }
            const scanned = [send("keydown", "Space"), send("keyup", "Space")];
            stop();
            return [alone, scanned];
        }""",
        ["KeyH", "KeyK", "Digit1", "Semicolon", "KeyA"],
    )

    assert prevented == [[False, False], [True, True]]


def test_keys_held_with_control_are_no_scan(page: Page) -> None:
    listening(page)

    for place, _ in keys_of("HK0:AB"):
        page.keyboard.press(f"Control+Shift+{place}" if place == "Digit0" else place)
    page.keyboard.press("Enter")

    assert page.evaluate("heard") == []


def test_nothing_is_scanned_after_the_end(page: Page) -> None:
    listening(page)

    page.evaluate("stopListening()")
    type_out(page, PRINTED)

    assert page.evaluate("heard") == []


@given(body=st.text(st.sampled_from(BASE45), min_size=1, max_size=100))
def test_any_base45_is_scanned_as_it_was_typed(page: Page, body: str) -> None:
    text = "HK1:" + body
    presses = [*keys_of(text), ("Enter", False)]

    heard = run(
        page,
        "wedge.js",
        """({Typing}, presses) => {
            const typing = new Typing();
            return presses.map(([code, shiftKey], at) => typing.press({code, shiftKey, at}));
        }""",
        presses,
    )

    assert heard == [None] * len(text) + [text]


def test_an_amount_may_follow_a_code_at_once(page: Page) -> None:
    run(
        page,
        "till/keypad.js",
        """(module) => {
            window.pressed = [];
            module.listenToKeys(document.createElement("div"), (key) => pressed.push(key));
        }""",
    )

    marked = [["BracketRight", False], *keys_of("Q1" + PRINTED)]
    page.evaluate(PRESS, [*marked, ["Enter", False], ["Digit6", False]])

    assert page.evaluate("pressed") == ["6"]
