from pathlib import Path

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import HongkaError
from pos_gateway.codes import InvalidCode, read
from pos_gateway.codes.keys import KeyRing
from tests.pos_gateway.codes import test_ticket
from tests.pos_gateway.codes.test_codes import CODE, NOW, RAW, RING, problem_of, text_of

CODES = (CODE, test_ticket.CODE)
"""A session code and a ticket code, which are refused alike."""

PLACES = [(raw, place) for raw in (RAW, test_ticket.RAW) for place in range(len(raw))]


@pytest.mark.parametrize(("raw", "place"), PLACES)
def test_a_changed_byte_is_refused(raw: bytes, place: int) -> None:
    for bit in range(8):
        changed = bytearray(raw)
        changed[place] ^= 1 << bit
        problem = problem_of(text_of(bytes(changed)))
        assert place not in range(12, len(raw) - 66) or problem == "forged"


@pytest.mark.parametrize(("code", "place"), [(one, at) for one in CODES for at in range(len(one))])
def test_a_code_with_a_changed_character_or_cut_short_is_refused(code: str, place: int) -> None:
    for other in set("0Z %:") - {code[place]}:
        problem_of(code[:place] + other + code[place + 1 :])
    problem_of(code[:place])


def spellings(raw: bytes) -> dict[str, bytes]:
    """Return other spellings of a good code, by name; the first that a lenient reader takes."""
    return {
        "trailing byte": raw + b"\x00",
        "tagged": b"\xd2" + raw,
        "long head of the array": b"\x98\x04" + raw[1:],
        "long head of the payload": raw[:10] + b"\x59\x00" + raw[11:],
        "long head of the signature": raw[:-66] + b"\x59\x00\x40" + raw[-64:],
        "an unprotected header": raw[:9] + b"\xa1\x04\x41\x00" + raw[10:],
        "payload in chunks": raw[:10] + b"\x5f" + raw[10:-66] + b"\xff" + raw[-66:],
        "long head of the map": raw[:9] + b"\xb8\x00" + raw[10:],
        "written twice": raw + raw,
        "self-described": b"\xd9\xd9\xf7" + raw,
        "array without length": b"\x9f" + raw[1:] + b"\xff",
        "long head of the header": raw[:1] + b"\x58\x07" + raw[2:],
        "duplicate keys": raw[:9] + b"\xa2\x04\x40\x04\x40" + raw[10:],
        "map without length": raw[:9] + b"\xbf\xff" + raw[10:],
        "a shared reference": raw[:1] + b"\xd8\x1c" + raw[1:],
    }


@pytest.mark.parametrize("raw", [RAW, test_ticket.RAW])
@pytest.mark.parametrize("name", spellings(RAW))
def test_another_spelling_of_a_good_code_is_refused(raw: bytes, name: str) -> None:
    assert problem_of(text_of(spellings(raw)[name])) == "malleated"


@pytest.mark.parametrize("raw", [RAW, test_ticket.RAW])
@pytest.mark.parametrize("name", list(spellings(RAW))[:8])
def test_a_lenient_reader_would_take_such_spellings(raw: bytes, name: str) -> None:
    # The control: cbor2 reads the same message in these, so the refusal above is ours.
    lenient = cbor2.loads(spellings(raw)[name])

    assert getattr(lenient, "value", lenient)[2] == cbor2.loads(raw)[2]


def test_the_signature_has_one_spelling() -> None:
    # S + L satisfies the bare equation; RFC 8032 requires its refusal.
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(RAW[-32:], "little") + order

    assert problem_of(text_of(RAW[:-32] + scalar.to_bytes(32, "little"))) == "forged"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("around", [" ", "\x00", "\u3000"])
def test_no_blank_is_stripped_off_a_code(code: str, around: str) -> None:
    problem_of(code + around)
    problem_of("HK1:" + around + code[4:])
    problem_of("\x00" + around + code)


WIDE = {ord(one): ord(one) + 0xFEE0 for one in "HK1:%$"}


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_read_as_scanners_spell_it(code: str) -> None:
    spelled = [code.lower(), "hk1:" + code[4:], code + "\r\n", code[:50] + "\r\n" + code[50:]]
    spelled += ["]Q1" + code, " ]q1" + code.lower(), code.translate(WIDE)]
    for text in spelled:
        assert read(text, RING, now=NOW) == read(code, RING, now=NOW)


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
