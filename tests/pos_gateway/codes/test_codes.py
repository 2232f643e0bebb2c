import hashlib
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from hypothesis import given
from hypothesis import strategies as st

from pos_gateway.codes import InvalidCode, Session, card_bytes, make_session_code, read
from pos_gateway.codes.keys import Key, KeyRing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CARD, JTI = bytes(range(1, 13)), bytes(range(8))
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def key(seed: int, *, start: datetime = NOW - timedelta(days=1)) -> Key:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Key(private, start, start + timedelta(days=90))


RING = KeyRing((key(1),))
CODE = make_session_code(RING, card=CARD, now=NOW, jti=JTI)
RAW = b45decode(CODE[4:].encode())


def text_of(raw: bytes) -> str:
    return "HK1:" + b45encode(raw).decode()


def problem_of(text: str, *, ring: KeyRing = RING, now: datetime = NOW) -> str:
    with pytest.raises(InvalidCode) as refused:
        read(text, ring, now=now)
    return refused.value.problem


def signed(claims: object, *, signer: Key = RING.keys[0], header: bytes | None = None) -> str:
    """Return a message of ours with other claims or another header."""
    header = header or signer.header
    payload = cbor2.dumps(claims)
    signature = signer.private.sign(cbor2.dumps(["Signature1", header, b"", payload]))
    return text_of(cbor2.dumps([header, {}, payload, signature]))


def claims(*, issued: datetime = NOW, lifetime_seconds: int = 60) -> dict[int, object]:
    seconds = int(issued.timestamp())
    return {4: seconds + lifetime_seconds, 6: seconds, 7: JTI, -65537: [1, CARD]}


@given(
    card=st.binary(min_size=12, max_size=12),
    jti=st.binary(min_size=8, max_size=8),
    at=st.datetimes(datetime(2026, 11, 21), datetime(2027, 2, 18), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    lifetime_seconds=st.integers(1, 300),
)
def test_what_is_made_is_read(card: bytes, jti: bytes, at: datetime, lifetime_seconds: int) -> None:
    made = make_session_code(RING, card=card, now=at, jti=jti, lifetime_seconds=lifetime_seconds)

    session = read(made, RING, now=at)

    whole = at.replace(microsecond=0)
    expires_at = whole + lifetime_seconds * SECOND
    assert session == Session(card.hex(), jti.hex(), whole, expires_at)
    assert len(made) == 186


def test_spaces_inside_a_session_code_belong_to_it() -> None:
    made = (
        make_session_code(RING, card=CARD, now=NOW, jti=number.to_bytes(8))
        for number in range(2_000)
    )
    spaced = next(text for text in made if "  " in text)

    assert isinstance(read(spaced, RING, now=NOW), Session)
    problem_of(spaced.replace("  ", " "))


def test_every_key_with_the_kid_is_tried() -> None:
    first, second = colliding_keys()
    ring = KeyRing((first, second))

    for signer in (first, second):
        made = make_session_code(KeyRing((signer,)), card=CARD, now=NOW, jti=JTI)
        assert isinstance(read(made, ring, now=NOW), Session)


def colliding_keys() -> tuple[Key, Key]:
    """Return two keys that share a kid by chance, after some hundreds of tries."""
    seen: dict[bytes, Key] = {}
    for number in range(5_000):
        private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"%d" % number).digest())
        drawn = Key(private, NOW - timedelta(days=1), NOW + timedelta(days=1))
        if drawn.kid in seen:
            return seen[drawn.kid], drawn
        seen[drawn.kid] = drawn
    raise AssertionError("no two keys shared a kid")


@pytest.mark.parametrize("algorithm", [-7, -35, 5, -257, None])
def test_a_code_does_not_choose_its_algorithm(algorithm: int | None) -> None:
    header = cbor2.dumps({1: algorithm, 4: RING.keys[0].kid})

    assert problem_of(signed(claims(), header=header)) == "unsupported"


def test_a_code_is_read_until_its_end_and_thirty_seconds_more() -> None:
    expires = NOW + 60 * SECOND

    assert isinstance(read(CODE, RING, now=expires + 29 * SECOND), Session)
    assert problem_of(CODE, now=expires + 30 * SECOND) == "expired"


def test_a_code_fetched_ahead_is_read_from_thirty_seconds_before_its_time() -> None:
    assert isinstance(read(CODE, RING, now=NOW - 30 * SECOND), Session)
    assert problem_of(CODE, now=NOW - 31 * SECOND) == "not_yet_valid"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(claims() | {-65537: [0, CARD]}, id="printed"),
        pytest.param(claims() | {-65537: [2, CARD]}, id="device certificate"),
        pytest.param(claims() | {-65537: [3, CARD]}, id="ticket without its id"),
        pytest.param({4: 1_800_000_000, 8: {1: {}}, -65537: [2, CARD]}, id="certificate claims"),
        pytest.param(claims() | {-65537: [1, "card"]}, id="card as text"),
        pytest.param([1, 2, 3, b"a list that is of some length"], id="no claims"),
    ],
)
def test_what_we_signed_for_another_purpose_is_no_session(other: object) -> None:
    assert problem_of(signed(other)) == "unsupported"


@pytest.mark.parametrize(
    ("card", "jti", "lifetime_seconds"),
    [(CARD[:-1], JTI, 60), (CARD, JTI + b"0", 60), (CARD, JTI, 0), (CARD, JTI, 301)],
)
def test_a_session_code_out_of_shape_is_our_mistake(
    card: bytes, jti: bytes, lifetime_seconds: int
) -> None:
    with pytest.raises(ValueError, match=r"bytes|lifetime"):
        make_session_code(RING, card=card, now=NOW, jti=jti, lifetime_seconds=lifetime_seconds)


def oracle_key(of: Key) -> COSEKeyInterface:
    return COSEKey.new(
        {
            1: 1,
            2: of.kid,
            3: -8,
            -1: 6,
            -2: of.public.public_bytes_raw(),
            -4: of.private.private_bytes_raw(),
        }
    )


@given(st.binary(min_size=12, max_size=12))
def test_a_card_id_is_written_and_read(card: bytes) -> None:
    assert card_bytes(card.hex()) == card


@pytest.mark.parametrize("card_id", ["", "0g" * 12, "AB" * 12, "ab " * 12, "ab" * 11, "ab" * 13])
def test_a_card_id_has_one_spelling(card_id: str) -> None:
    with pytest.raises(ValueError, match=r"hex|card id"):
        card_bytes(card_id)
