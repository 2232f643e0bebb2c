from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cbor2
import pytest
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import HongkaError
from pos_gateway import code
from pos_gateway.code import (
    InvalidCode,
    Printed,
    Session,
    card_bytes,
    card_id_text,
    make_printed_code,
    make_session_code,
    printed_code_hash,
    read,
)
from pos_gateway.code_keys import Key, KeyRing

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
    """A message of ours, but for its claims or header."""
    header = header or signer.header
    payload = cbor2.dumps(claims)
    signature = signer.private.sign(cbor2.dumps(["Signature1", header, b"", payload]))
    return text_of(cbor2.dumps([header, {}, payload, signature]))


def claims(*, issued: datetime = NOW, lifetime_seconds: int = 60) -> dict[int, object]:
    seconds = int(issued.timestamp())
    return {4: seconds + lifetime_seconds, 6: seconds, 7: JTI, -65537: [1, CARD]}


# Session codes


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


def test_the_claims_are_laid_out_as_designed() -> None:
    header, unprotected, payload, signature = cbor2.loads(RAW)

    assert len(RAW) == 121
    assert list(cbor2.loads(header).items()) == [(1, -8), (4, RING.keys[0].kid)]
    assert unprotected == {}
    assert list(cbor2.loads(payload).items()) == list(claims().items())
    assert len(signature) == 64


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
    # The control: these are the same message to cbor2, so the refusal above is our own doing.
    for spelling in (RAW + b"\x00", b"\x98\x04" + RAW[1:], RAW[:9] + b"\xb8\x00" + RAW[10:]):
        assert cbor2.loads(spelling) == cbor2.loads(RAW)


def test_the_signature_has_one_spelling() -> None:
    # S + L verifies by the bare equation; RFC 8032 has it refused.
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(RAW[-32:], "little") + order

    assert problem_of(text_of(RAW[:-32] + scalar.to_bytes(32, "little"))) == "forged"


@pytest.mark.parametrize("around", ["\n", " ", "\r\n", "\t", "\x00", "\u3000"])
def test_nothing_is_stripped_off_a_session_code(around: str) -> None:
    problem_of(CODE + around)
    problem_of("HK1:" + around + CODE[4:])
    problem_of(around + CODE)


def test_spaces_inside_a_session_code_belong_to_it() -> None:
    made = (
        make_session_code(RING, card=CARD, now=NOW, jti=number.to_bytes(8))
        for number in range(2_000)
    )
    spaced = next(text for text in made if "  " in text)

    assert isinstance(read(spaced, RING, now=NOW), Session)
    problem_of(spaced.replace("  ", " "))


@pytest.mark.parametrize("text", [CODE.lower(), "hk1:" + CODE[4:], "HK1:" + CODE[4:].lower()])
def test_a_session_code_in_lower_case_is_refused(text: str) -> None:
    assert problem_of(text) == "malformed"


@pytest.mark.parametrize("text", ["HK1:", "HK1:Ä", "HK1:::::::", "HK1:A", "HK1:\ud800", "HK1:AB#"])
def test_what_is_not_base45_of_ours_is_malformed(text: str) -> None:
    assert problem_of(text) == "malformed"


def test_a_key_nobody_published_is_unknown() -> None:
    assert problem_of(CODE, ring=KeyRing((key(2),))) == "unknown_key"
    assert problem_of(CODE, ring=KeyRing(())) == "unknown_key"


def test_a_code_signed_by_another_key_under_our_kid_is_forged() -> None:
    assert problem_of(signed(claims(), signer=key(2), header=RING.keys[0].header)) == "forged"


def test_every_key_with_the_kid_is_tried() -> None:
    first, second = colliding_keys()
    ring = KeyRing((first, second))

    for signer in (first, second):
        made = make_session_code(KeyRing((signer,)), card=CARD, now=NOW, jti=JTI)
        assert isinstance(read(made, ring, now=NOW), Session)


def colliding_keys() -> tuple[Key, Key]:
    """Two keys that share a kid by chance; some hundreds must be drawn."""
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
        pytest.param(claims() | {-65537: [3, CARD, b"grant"]}, id="ticket"),
        pytest.param({4: 1_800_000_000, 8: {1: {}}, -65537: [2, CARD]}, id="certificate claims"),
        pytest.param(claims() | {-65537: [1, "card"]}, id="card as text"),
        pytest.param([1, 2, 3, b"a list that is of some length"], id="no claims"),
    ],
)
def test_what_we_signed_for_another_purpose_is_no_session(other: object) -> None:
    assert problem_of(signed(other)) == "unsupported"


def test_a_code_that_lives_too_long_is_forged() -> None:
    assert isinstance(read(signed(claims(lifetime_seconds=300)), RING, now=NOW), Session)
    assert problem_of(signed(claims(lifetime_seconds=301))) == "forged"


@pytest.mark.parametrize(
    ("card", "jti", "lifetime_seconds"),
    [(CARD[:-1], JTI, 60), (CARD, JTI + b"0", 60), (CARD, JTI, 0), (CARD, JTI, 301)],
)
def test_a_session_code_out_of_shape_is_our_mistake(
    card: bytes, jti: bytes, lifetime_seconds: int
) -> None:
    with pytest.raises(ValueError, match=r"bytes|lifetime"):
        make_session_code(RING, card=card, now=NOW, jti=jti, lifetime_seconds=lifetime_seconds)


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


# The oracle: the same messages by the library `cwt`


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


def test_our_codes_are_verified_by_another_library() -> None:
    payload = COSE.new().decode(b"\xd2" + RAW, oracle_key(RING.keys[0]))

    assert cbor2.loads(payload) == claims()


def test_codes_of_another_library_are_read_by_us() -> None:
    signer = RING.keys[0]
    made = COSE.new().encode_and_sign(
        cbor2.dumps(claims()), oracle_key(signer), protected={1: -8, 4: signer.kid}
    )
    assert isinstance(made, bytes)

    assert made[:1] == b"\xd2"
    assert isinstance(read(text_of(made[1:]), RING, now=NOW), Session)
    assert problem_of(text_of(made)) == "malleated"


# Printed codes

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


@pytest.mark.parametrize("text", ["HK2:" + NUMBER, "HK3:" + "A" * 362, "hk3:A"])
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
            assert (code._check_sum(changed) == 0) == (other == number[place])


@given(st.binary(min_size=16, max_size=16))
def test_every_exchange_of_two_characters_is_caught(random_bytes: bytes) -> None:
    number = make_printed_code(random_bytes)[4:]

    for first in range(26):
        for second in range(first):
            exchanged = list(number)
            exchanged[first], exchanged[second] = number[second], number[first]
            assert (code._check_sum(exchanged) == 0) == (number[first] == number[second])


def test_the_check_catches_both_kinds_of_error_in_every_number() -> None:
    # The sum is linear over exclusive or: what holds of an error by itself holds in every number.
    def alone(place: int, symbol: str) -> int:
        return code._check_sum("0" * place + symbol + "0" * (25 - place))

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
    assert code._check_sum(exchanged) != 0


def test_the_log_knows_a_hash_of_the_number() -> None:
    hashed = printed_code_hash(NUMBER)

    assert hashed == hashlib.sha256(NUMBER.encode()).hexdigest()[:32]
    assert NUMBER not in hashed


# Card ids


@given(st.binary(min_size=12, max_size=12))
def test_a_card_id_is_written_and_read(card: bytes) -> None:
    assert card_bytes(card_id_text(card)) == card
    assert len(card_id_text(card)) == 24


@pytest.mark.parametrize("card_id", ["", "0g" * 12, "AB" * 12, "ab " * 12, "ab" * 11, "ab" * 13])
def test_a_card_id_has_one_spelling(card_id: str) -> None:
    with pytest.raises(ValueError, match=r"hex|card id"):
        card_bytes(card_id)


# The refusal


def test_an_invalid_code_is_one_reason_and_never_quotes_the_code(tmp_path: Path) -> None:
    with pytest.raises(HongkaError) as refused:
        read(CODE, KeyRing.load(tmp_path), now=NOW)

    assert refused.value.reason == "invalid_code"
    assert refused.value.particulars == {"problem": "unknown_key"}
    assert CODE[4:20] not in str(refused.value)
