"""A code read twice is verified once, and its times are judged each time."""

import pytest

from pos_gateway import codes
from pos_gateway.codes import Device, Session, Ticket, make_session_code, read
from pos_gateway.codes.keys import KeyRing
from tests.pos_gateway.codes import test_device, test_ticket
from tests.pos_gateway.codes.test_codes import CARD, JTI, NOW, RING, SECOND, key, problem_of

DAY = 24 * 60 * 60 * SECOND
SESSION = make_session_code(RING, card=CARD, now=NOW, jti=JTI)
DEVICE = test_device.certified(ring=RING).code(NOW, JTI)


@pytest.fixture(autouse=True)
def nothing_verified() -> None:
    """Forget the codes of other tests, so that the counts are those of this one."""
    codes._verified.cache_clear()


def verified() -> int:
    """Return how many codes were verified, and not found among the remembered ones."""
    return codes._verified.cache_info().misses


@pytest.mark.parametrize(
    ("text", "kind"), [(SESSION, Session), (test_ticket.CODE, Ticket), (DEVICE, Device)]
)
def test_a_code_read_again_is_the_same_and_not_verified_again(text: str, kind: type) -> None:
    first = read(text, RING, now=NOW)
    again = read(text, RING, now=NOW + SECOND)

    assert isinstance(first, kind)
    assert again == first
    assert verified() == 1


@pytest.mark.parametrize("text", [SESSION, test_ticket.CODE, DEVICE])
def test_a_remembered_code_is_refused_outside_its_times(text: str) -> None:
    # Given a code whose signature is remembered
    code = read(text, RING, now=NOW)
    # When it is read before and after its time
    early, late = NOW - DAY, NOW + 100 * DAY
    # Then it is refused, and read again in between
    assert problem_of(text, now=early) == "not_yet_valid"
    assert problem_of(text, now=late) == "expired"
    assert read(text, RING, now=NOW) == code
    assert verified() == 1


def test_a_rotated_ring_remembers_nothing_of_the_last_one() -> None:
    # Given a code remembered with one ring
    read(SESSION, RING, now=NOW)
    # When the keys are read again, with and without the key that signed
    rotated, without = KeyRing((key(2), *RING.keys)), KeyRing((key(2),))
    # Then it is verified anew with one, and refused with the other
    assert isinstance(read(SESSION, rotated, now=NOW), Session)
    assert problem_of(SESSION, ring=without) == "unknown_key"
    assert verified() == 3


def test_a_refused_code_is_not_remembered() -> None:
    for _ in range(3):
        problem_of(SESSION[:-1] + "0" + SESSION[-1:], ring=RING)

    assert codes._verified.cache_info().currsize == 0


def test_no_more_codes_are_remembered_than_the_limit() -> None:
    assert codes._verified.cache_parameters()["maxsize"] == codes.VERIFIED_MAX
