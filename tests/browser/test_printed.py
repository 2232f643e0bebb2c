from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from pos_gateway.codes import make_printed_code
from tests.browser.test_codes import agree
from tests.pos_gateway.codes.test_printed import SYMBOLS

RANDOM = st.binary(min_size=16, max_size=16)
GAPS = st.sampled_from(["", "", "-", " ", "\u3000", "–", "‐", "－", "\t", "\x1c", "\x85", "\ufeff"])


@given(numbers=st.lists(RANDOM, min_size=1, max_size=20))
def test_a_printed_number_is_read(page: Page, numbers: list[bytes]) -> None:
    texts = [make_printed_code(number) for number in numbers]

    assert agree(page, [*texts, *(text[4:] for text in texts)]) == {"printed"}


@given(data=st.data())
def test_a_number_is_read_alike_however_it_is_typed(page: Page, data: st.DataObject) -> None:
    texts = []
    for _ in range(20):
        number = make_printed_code(data.draw(RANDOM))[4:]
        typed = "".join(symbol + data.draw(GAPS) for symbol in number).lower()
        typed = typed.replace("0", data.draw(st.sampled_from("0oOｏ")))
        typed = typed.replace("1", data.draw(st.sampled_from("1iIlLⅠ")))
        if data.draw(st.booleans()):
            typed = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in typed)
        texts.append(data.draw(st.sampled_from(["", "HK0:", "hkO：", " HK0: "])) + typed)

    agree(page, texts)


@given(random_bytes=RANDOM)
def test_every_wrong_character_and_transposition_is_caught_by_both(
    page: Page, random_bytes: bytes
) -> None:
    number = make_printed_code(random_bytes)[4:]
    wrong = [
        number[:place] + other + number[place + 1 :]
        for place in range(26)
        for other in SYMBOLS
        if other != number[place]
    ]
    exchanged = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(25)
        if number[place] != number[place + 1]
    ]

    assert agree(page, [*wrong, *exchanged]) == {"check_character"}
