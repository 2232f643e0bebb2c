from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.support.js_modules import run

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-300, 300)
LEAVES = WHOLE | st.booleans() | st.binary(max_size=300) | st.text(max_size=80)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=30)
        | st.dictionaries(WHOLE | st.text(max_size=5), inner, max_size=30)
    ),
    max_leaves=30,
)
DEEPEST = b"\x81" * 7 + b"\x00"

# A value has one encoding, so a decoded value is encoded to the same bytes.
AGAIN = """({cborDecode, cborEncode}, messages) => messages.map((bytes) => {
    try {
        return Array.from(cborEncode(cborDecode(Uint8Array.from(bytes))));
    } catch (wrong) {
        return wrong.name;
    }
})"""


def again(page: Page, messages: list[bytes]) -> list[Any]:
    """Return each message after the browser read and wrote it, or the name of its error."""
    found = run(page, "codes/cbor.js", AGAIN, [list(message) for message in messages])
    return [bytes(one) if isinstance(one, list) else one for one in found]


@given(values=st.lists(VALUES, max_size=10))
def test_the_servers_messages_are_read_and_written_alike(page: Page, values: list[Any]) -> None:
    messages = [cbor2.dumps(value) for value in values]

    found = again(page, messages)

    for value, message, one in zip(values, messages, found, strict=True):
        assert one == ("RangeError" if deep(value) > 8 else message)


def deep(value: Any) -> int:
    """Return so many nested values."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(deep, inner), default=0)


@given(messages=st.lists(st.binary(max_size=40), max_size=30))
def test_every_value_has_one_encoding(page: Page, messages: list[bytes]) -> None:
    for message, one in zip(messages, again(page, messages), strict=True):
        assert one in {message, "RangeError"}


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("00 00", id="bytes left over"),
        pytest.param("18 17", id="a small number in two bytes"),
        pytest.param("19 00 ff", id="a byte in three"),
        pytest.param("1a 00 00 ff ff", id="two bytes in five"),
        pytest.param("1b 00 00 00 00 ff ff ff ff", id="four bytes in nine"),
        pytest.param("1b 00 20 00 00 00 00 00 00", id="more than a number holds here"),
        pytest.param("58 01 00", id="a long head of bytes"),
        pytest.param("9f 00 ff", id="an array without length"),
        pytest.param("bf 00 00 ff", id="a map without length"),
        pytest.param("5f 41 00 ff", id="bytes in chunks"),
        pytest.param("a2 01 00 01 00", id="a key twice"),
        pytest.param("a1 40 00", id="bytes as a key"),
        pytest.param("a1 80 00", id="an array as a key"),
        pytest.param("c0 00", id="a tag"),
        pytest.param("d8 1c 00", id="a shared reference"),
        pytest.param("f6", id="null"),
        pytest.param("f9 00 00", id="a float"),
        pytest.param("61 ff", id="no text"),
        pytest.param("42 00", id="cut short"),
        pytest.param("9b 00 0f ff ff ff ff ff ff", id="an array longer than the world"),
        pytest.param("", id="nothing"),
        pytest.param("81" * 8 + "00", id="nine deep"),
    ],
)
def test_another_encoding_or_type_is_refused(page: Page, message: str) -> None:
    assert again(page, [bytes.fromhex(message)]) == ["RangeError"]


def test_eight_levels_of_nesting_are_read(page: Page) -> None:
    assert again(page, [DEEPEST]) == [DEEPEST]


@pytest.mark.parametrize("value", ["1.5", "null", "undefined", "2 ** 53", "new Date()", "({})"])
def test_a_value_that_no_code_holds_is_not_written(page: Page, value: str) -> None:
    refused = run(
        page,
        "codes/cbor.js",
        f"""({{cborEncode}}) => {{
            try {{ return cborEncode({value}).length; }} catch ({{name}}) {{ return name; }}
        }}""",
    )

    assert refused == "TypeError"
