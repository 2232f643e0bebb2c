import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_gateway.codes import Printed, make_printed_code, printed, printed_code_hash, read
from tests.pos_gateway.codes.test_codes import NOW, RING, problem_of

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER = make_printed_code(bytes.fromhex("00112233445566778899aabbccddeeff"))[4:]


@given(st.binary(min_size=16, max_size=16))
def test_a_printed_code_is_thirty_characters_and_read_back(random_bytes: bytes) -> None:
    made = make_printed_code(random_bytes)

    assert len(made) == 30
    assert set(made[4:]) <= set(SYMBOLS)
    assert read(made, RING, now=NOW) == Printed(made[4:])


def test_a_printed_code_keeps_125_bits() -> None:
    numbers = {make_printed_code((1 << bit).to_bytes(16))[4:-1] for bit in range(125)}

    assert len(numbers) == 125
    assert "0" * 25 not in numbers


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_printed_code_of_other_than_sixteen_bytes_is_our_mistake(length: int) -> None:
    with pytest.raises(ValueError, match="16"):
        make_printed_code(bytes(length))


@given(
    spaced=st.lists(st.sampled_from(["", "-", " ", "\u3000", "–", "‐", "－"]), min_size=26),
    prefix=st.sampled_from(["HK0:", "hk0:", "ＨＫ０：", "HKO:", " HK0: ", ""]),
    wide=st.booleans(),
)
def test_a_number_is_read_however_it_is_typed(
    spaced: list[str], prefix: str, *, wide: bool
) -> None:
    typed = "".join(symbol + gap for symbol, gap in zip(NUMBER, spaced, strict=False))
    typed = typed.lower().replace("0", "o").replace("1", "l")
    if wide:
        typed = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in typed)

    assert read(prefix + typed, RING, now=NOW) == Printed(NUMBER)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    number = make_printed_code((0b00001_00000_00001 << 40).to_bytes(16))[4:]

    for one in "IiLl1":
        assert read(number.replace("1", one), RING, now=NOW) == Printed(number)


@pytest.mark.parametrize(
    "text",
    ["", "HK0:", NUMBER[:-1], NUMBER + "0", "U" + NUMBER[1:], "HK9:" + NUMBER, "HK0;" + NUMBER],
)
def test_what_is_no_number_is_malformed(text: str) -> None:
    assert problem_of(text) == "malformed"


@pytest.mark.parametrize("text", ["HK2:" + NUMBER, "hk2:A"])
def test_codes_of_later_kinds_are_named_as_such(text: str) -> None:
    assert problem_of(text) == "unsupported"


@given(st.binary(min_size=16, max_size=16))
@example(bytes(16))
@example(b"\xff" * 16)
def test_every_single_wrong_character_is_caught(random_bytes: bytes) -> None:
    number = make_printed_code(random_bytes)[4:]

    for place in range(26):
        for other in SYMBOLS:
            changed = number[:place] + other + number[place + 1 :]
            assert (printed._check_sum(changed) == 0) == (other == number[place])


@given(st.binary(min_size=16, max_size=16))
def test_every_exchange_of_two_characters_is_caught(random_bytes: bytes) -> None:
    number = make_printed_code(random_bytes)[4:]

    for first in range(26):
        for second in range(first):
            exchanged = list(number)
            exchanged[first], exchanged[second] = number[second], number[first]
            assert (printed._check_sum(exchanged) == 0) == (number[first] == number[second])


def test_the_check_catches_both_kinds_of_error_in_every_number() -> None:
    # The sum is linear over exclusive or, so an error is detected in every number alike.
    def alone(place: int, symbol: str) -> int:
        return printed._check_sum("0" * place + symbol + "0" * (25 - place))

    weighed = [[alone(place, symbol) for symbol in SYMBOLS] for place in range(26)]

    for row in weighed:
        assert sorted(row) == list(range(32))
        assert all(row[a ^ b] == row[a] ^ row[b] for a in range(32) for b in range(32))
    for first in range(26):
        for second in range(first):
            differences = [a ^ b for a, b in zip(weighed[first], weighed[second], strict=True)]
            assert sorted(differences) == list(range(32))


def test_a_wrong_check_character_says_so() -> None:
    wrong = next(symbol for symbol in SYMBOLS if symbol != NUMBER[-1])

    assert problem_of("HK0:" + NUMBER[:-1] + wrong) == "check_character"


def test_a_plain_sum_would_miss_an_exchange() -> None:
    # The control: without weights, "01" and "10" sum to the same.
    exchanged = NUMBER[1] + NUMBER[0] + NUMBER[2:]

    assert NUMBER[0] != NUMBER[1]
    assert sum(map(SYMBOLS.index, exchanged)) == sum(map(SYMBOLS.index, NUMBER))
    assert printed._check_sum(exchanged) != 0


def test_the_log_knows_a_hash_of_the_number() -> None:
    hashed = printed_code_hash(NUMBER)

    assert hashed == hashlib.sha256(NUMBER.encode()).hexdigest()[:32]
    assert NUMBER not in hashed


@given(st.binary(min_size=16, max_size=16))
def test_the_lines_printed_to_be_typed_are_the_whole_number(random_bytes: bytes) -> None:
    text = make_printed_code(random_bytes)

    assert printed.read_printed(" ".join(printed.lines_to_type(text))) == read(text, RING, now=NOW)
