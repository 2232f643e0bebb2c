from pathlib import Path

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import HongkaError
from pos_gateway.codes import InvalidCode, read
from pos_gateway.codes.keys import KeyRing
from tests.pos_gateway.codes.test_codes import CODE, NOW, RAW, RING, problem_of, text_of


@pytest.mark.parametrize("place", range(len(RAW)))
def test_a_changed_byte_is_refused(place: int) -> None:
    for bit in range(8):
        changed = bytearray(RAW)
        changed[place] ^= 1 << bit
        problem_of(text_of(bytes(changed)))


@pytest.mark.parametrize("place", range(4, len(CODE)))
def test_a_changed_character_is_refused(place: int) -> None:
    for other in "0Z %:":
        if other != CODE[place]:
            problem_of(CODE[:place] + other + CODE[place + 1 :])


@pytest.mark.parametrize("length", range(len(CODE)))
def test_a_code_cut_short_is_refused(length: int) -> None:
    problem_of(CODE[:length])


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(RAW + b"\x00", id="trailing byte"),
        pytest.param(RAW + RAW, id="written twice"),
        pytest.param(b"\xd2" + RAW, id="tagged"),
        pytest.param(b"\xd9\xd9\xf7" + RAW, id="self-described"),
        pytest.param(b"\x98\x04" + RAW[1:], id="long head of the array"),
        pytest.param(b"\x9f" + RAW[1:] + b"\xff", id="array without length"),
        pytest.param(RAW[:1] + b"\x58\x07" + RAW[2:], id="long head of the header"),
        pytest.param(RAW[:10] + b"\x59\x00\x2b" + RAW[12:], id="long head of the payload"),
        pytest.param(RAW[:-66] + b"\x59\x00\x40" + RAW[-64:], id="long head of the signature"),
        pytest.param(RAW[:9] + b"\xa1\x04\x41\x00" + RAW[10:], id="an unprotected header"),
        pytest.param(RAW[:9] + b"\xa2\x04\x40\x04\x40" + RAW[10:], id="duplicate keys"),
        pytest.param(RAW[:9] + b"\xbf\xff" + RAW[10:], id="map without length"),
        pytest.param(RAW[:9] + b"\xb8\x00" + RAW[10:], id="long head of the map"),
        pytest.param(RAW[:1] + b"\xd8\x1c" + RAW[1:], id="a shared reference"),
        pytest.param(RAW[:10] + b"\x5f" + RAW[10:55] + b"\xff" + RAW[55:], id="payload in chunks"),
    ],
)
def test_another_spelling_of_a_good_code_is_refused(spelling: bytes) -> None:
    assert problem_of(text_of(spelling)) == "malleated"


def test_a_lenient_reader_would_take_those_spellings() -> None:
    # The control: cbor2 reads the same message in these, so the refusal above is ours.
    for spelling in (RAW + b"\x00", b"\x98\x04" + RAW[1:], RAW[:9] + b"\xb8\x00" + RAW[10:]):
        assert cbor2.loads(spelling) == cbor2.loads(RAW)


def test_the_signature_has_one_spelling() -> None:
    # S + L satisfies the bare equation; RFC 8032 requires its refusal.
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(RAW[-32:], "little") + order

    assert problem_of(text_of(RAW[:-32] + scalar.to_bytes(32, "little"))) == "forged"


@pytest.mark.parametrize("around", ["\n", " ", "\r\n", "\t", "\x00", "\u3000"])
def test_nothing_is_stripped_off_a_session_code(around: str) -> None:
    problem_of(CODE + around)
    problem_of("HK1:" + around + CODE[4:])
    problem_of(around + CODE)


@pytest.mark.parametrize("text", [CODE.lower(), "hk1:" + CODE[4:], "HK1:" + CODE[4:].lower()])
def test_a_session_code_in_lower_case_is_refused(text: str) -> None:
    assert problem_of(text) == "malformed"


@pytest.mark.parametrize("text", ["HK1:", "HK1:Ä", "HK1:::::::", "HK1:A", "HK1:\ud800", "HK1:AB#"])
def test_what_is_not_base45_of_ours_is_malformed(text: str) -> None:
    assert problem_of(text) == "malformed"


@pytest.mark.parametrize("text", ["HK1:" + "A" * 597, "HK0:" + " " * 597, "0" * 10**6])
def test_a_long_text_is_refused_unread(text: str) -> None:
    assert problem_of(text) == "too_long"


@given(st.text(max_size=700))
@example("HK1:" + "0" * 117)
def test_any_text_is_read_or_refused(text: str) -> None:
    for prefix in ("", "HK0:", "HK1:", CODE[:40]):
        try:
            read(prefix + text, RING, now=NOW)
        except InvalidCode:
            continue


@given(st.binary(max_size=390))
def test_any_bytes_are_refused(raw: bytes) -> None:
    for start in (b"", RAW[:12], RAW[:55]):
        problem_of(text_of(start + raw))


def test_an_invalid_code_is_one_reason_and_never_quotes_the_code(tmp_path: Path) -> None:
    with pytest.raises(HongkaError) as refused:
        read(CODE, KeyRing.load(tmp_path), now=NOW)

    assert refused.value.reason == "invalid_code"
    assert refused.value.particulars == {"problem": "unknown_key"}
    assert CODE[4:20] not in str(refused.value)
