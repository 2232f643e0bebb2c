"""Changed, reencoded and forged ticket codes are refused."""

import cbor2
import pytest

from pos_gateway.codes.keys import KeyRing
from tests.pos_gateway.codes.test_codes import RING, key, problem_of, signed, text_of
from tests.pos_gateway.codes.test_ticket import CODE, RAW, claims


@pytest.mark.parametrize("place", range(len(RAW)))
def test_a_changed_byte_is_refused(place: int) -> None:
    for bit in range(8):
        changed = bytearray(RAW)
        changed[place] ^= 1 << bit
        problem = problem_of(text_of(bytes(changed)))
        assert place not in range(12, len(RAW) - 66) or problem == "forged"


@pytest.mark.parametrize("place", range(len(CODE)))
def test_a_code_with_a_changed_character_or_cut_short_is_refused(place: int) -> None:
    for other in set("0Z %:") - {CODE[place]}:
        problem_of(CODE[:place] + other + CODE[place + 1 :])
    problem_of(CODE[:place])


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(RAW + b"\x00", id="trailing byte"),
        pytest.param(b"\xd2" + RAW, id="tagged"),
        pytest.param(b"\x98\x04" + RAW[1:], id="long head of the array"),
        pytest.param(RAW[:10] + b"\x59\x00\x38" + RAW[12:], id="long head of the payload"),
        pytest.param(RAW[:-66] + b"\x59\x00\x40" + RAW[-64:], id="long head of the signature"),
        pytest.param(RAW[:9] + b"\xa1\x04\x41\x00" + RAW[10:], id="an unprotected header"),
        pytest.param(RAW[:10] + b"\x5f" + RAW[10:68] + b"\xff" + RAW[68:], id="payload in chunks"),
    ],
)
def test_another_spelling_of_a_good_code_is_refused(spelling: bytes) -> None:
    lenient = cbor2.loads(spelling)  # the control: another reader accepts it
    message = getattr(lenient, "value", lenient)
    assert message[2] == cbor2.loads(RAW)[2]

    assert problem_of(text_of(spelling)) == "malleated"


@pytest.mark.parametrize("around", ["\n", " ", "\t", "\x00"])
def test_nothing_is_stripped_off_a_ticket_code(around: str) -> None:
    for text in (CODE + around, "HK1:" + around + CODE[4:], around + CODE, CODE.lower()):
        problem_of(text)


def test_a_ticket_code_under_our_kid_by_another_key_is_forged() -> None:
    assert problem_of(signed(claims(), signer=key(2), header=RING.keys[0].header)) == "forged"
    assert problem_of(CODE, ring=KeyRing((key(2),))) == "unknown_key"
