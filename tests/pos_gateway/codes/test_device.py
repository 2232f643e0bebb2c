import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import numpy as np
import pytest
import zxingcpp
from base45 import b45decode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from ledger.errors import InputInvalid
from pos_gateway.codes import Device, InvalidCode, read
from pos_gateway.codes.device import Algorithm, certify, device_key
from pos_gateway.codes.keys import Key, KeyRing
from pos_gateway.codes.qr_image import modules, png
from tests.support.signing_phone import ALGORITHMS, Phone, as_text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CARD, JTI = bytes(range(1, 13)), bytes(range(8))
WEEK = NOW + 7 * DAY


def key(seed: int, *, start: datetime = NOW - DAY) -> Key:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Key(private, start, start + timedelta(days=90))


RING = KeyRing((key(1),))


def certified(
    algorithm: Algorithm = "Ed25519",
    *,
    seed: int = 7,
    ring: KeyRing = RING,
    at: datetime = NOW,
    expires_at: datetime = WEEK,
) -> Phone:
    """Return a phone with a certificate."""
    phone = Phone(algorithm, seed)
    public = device_key(algorithm, phone.exported)
    phone.certificate = certify(ring, card=CARD, key=public, now=at, expires_at=expires_at)
    return phone


def problem_of(text: str, *, ring: KeyRing = RING, now: datetime = NOW) -> str:
    with pytest.raises(InvalidCode) as refused:
        read(text, ring, now=now)
    return refused.value.problem


both = pytest.mark.parametrize("algorithm", ALGORITHMS)


@given(
    algorithm=some.sampled_from(ALGORITHMS),
    seed=some.integers(1, 254),
    jti=some.binary(min_size=8, max_size=8),
    late=some.integers(-60, 60),
)
def test_what_a_phone_signs_is_read(algorithm: Algorithm, seed: int, jti: bytes, late: int) -> None:
    phone = certified(algorithm, seed=seed)

    found = read(phone.code(NOW, jti), RING, now=NOW + late * SECOND)

    thumbprint = device_key(algorithm, phone.exported).thumbprint
    assert found == Device(CARD.hex(), thumbprint, jti.hex(), NOW)


@pytest.mark.parametrize(
    ("algorithm", "size", "characters"), [("Ed25519", 239, 363), ("P-256", 241, 366)]
)
def test_a_code_fills_a_picture_of_version_eleven(
    algorithm: Algorithm, size: int, characters: int
) -> None:
    phone = certified(algorithm)
    text = phone.code(NOW, JTI)

    image = Image.open(io.BytesIO(png(text, scale=4)))

    assert (len(phone.raw(NOW, JTI)), len(text)) == (size, characters)
    assert len(modules(text)) == 61 + 8
    assert [one.text for one in zxingcpp.read_barcodes(np.asarray(image.convert("L")))] == [text]
    assert zbar(image) == [text]


def zbar(image: Image.Image) -> list[str]:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - importing it loads libzbar, which may be absent
    except ImportError:
        pytest.skip("libzbar0 is missing: zbar did not judge the codes")
    return [found.data.decode() for found in pyzbar.decode(image)]


@both
def test_an_independent_reader_verifies_certificate_and_code(algorithm: Algorithm) -> None:
    phone = certified(algorithm)
    _, unprotected, _, _ = whole = cbor2.loads(b45decode(phone.code(NOW, JTI)[4:].encode()))
    ours = RING.keys[0]
    signer = COSEKey.new({1: 1, 2: ours.kid, 3: -8, -1: 6, -2: ours.public.public_bytes_raw()})

    granted = cbor2.loads(COSE.new().decode(cbor2.CBORTag(18, unprotected[13]), signer))
    device = COSEKey.new(
        {**uncompressed(granted[8][1], phone), 3: -8 if algorithm == "Ed25519" else -7}
    )
    tagged = cbor2.CBORTag(18, whole)
    verified = COSE.new().decode(tagged, device, external_aad=phone.certificate)

    assert granted == {4: int(WEEK.timestamp()), 8: granted[8], -65537: [2, CARD]}
    assert cbor2.loads(verified) == {6: int(NOW.timestamp()), 7: JTI}


def uncompressed(cose: dict[int, Any], phone: Phone) -> dict[int, Any]:
    """Return a key in the form that the oracle accepts: it knows no compressed point."""
    if cose[1] == 1:
        return cose
    assert (cose[-2], cose[-3]) == (phone.exported[1:33], phone.exported[-1] % 2 == 1)
    return {1: 2, -1: 1, -2: phone.exported[1:33], -3: phone.exported[33:]}


def test_a_device_is_known_by_the_thumbprint_of_its_key() -> None:
    # RFC 9679: SHA-256 of the required parameters of a COSE_Key, in their shortest encoding.
    exported = certified().exported
    required = bytes.fromhex("a3 01 01 20 06 21 58 20") + exported

    thumbprint = device_key("Ed25519", exported).thumbprint

    assert thumbprint == hashlib.sha256(required).hexdigest()[:32]


@both
def test_a_changed_bit_anywhere_is_refused(algorithm: Algorithm) -> None:
    raw = certified(algorithm).raw(NOW, JTI)

    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        problem_of(as_text(bytes(changed)))


@both
def test_one_code_has_one_spelling(algorithm: Algorithm) -> None:
    phone = certified(algorithm)
    raw = phone.raw(NOW, JTI)
    header, unprotected, claims, signature = cbor2.loads(raw)
    respelt = {
        cbor2.dumps(cbor2.CBORTag(18, [header, unprotected, claims, signature])),
        cbor2.dumps([header, {13: cbor2.dumps(unprotected[13])}, claims, signature]),
        cbor2.dumps([header, {**unprotected, 4: b""}, claims, signature]),
        raw + b"\x00",
        raw[:-1],
        b"\x9f" + raw[1:] + b"\xff",
        b"",
    }

    assert {problem_of(as_text(one)) for one in respelt} <= {"malformed", "malleated"}


@both
def test_a_code_does_not_choose_its_algorithm(algorithm: Algorithm) -> None:
    phone = certified(algorithm)
    other = -7 if algorithm == "Ed25519" else -8

    assert problem_of(as_text(phone.raw(NOW, JTI, algorithm=other))) == "malleated"


@both
def test_a_certificate_is_not_lent_to_another_key(algorithm: Algorithm) -> None:
    thief = Phone(algorithm, seed=8)
    thief.certificate = certified(algorithm).certificate

    assert problem_of(thief.code(NOW)) == "forged"


def test_a_code_is_bound_to_the_certificate_it_was_signed_beside() -> None:
    older, newer = certified(), certified(expires_at=WEEK - DAY)
    header, _, claims, signature = cbor2.loads(older.raw(NOW, JTI))
    moved = [header, {13: cbor2.loads(newer.certificate)}, claims, signature]

    assert problem_of(as_text(cbor2.dumps(moved))) == "forged"


def test_a_certificate_nobody_of_us_signed_is_refused() -> None:
    stranger, ours = key(2), RING.keys[0]
    phone = certified(ring=KeyRing((stranger,)))
    pretended = phone.certificate.replace(stranger.kid, ours.kid, 1)

    assert problem_of(phone.code(NOW)) == "unknown_key"
    phone.certificate = pretended
    assert problem_of(phone.code(NOW)) == "forged"


def test_a_code_is_read_for_a_minute_either_way() -> None:
    text = certified().code(NOW)

    assert isinstance(read(text, RING, now=NOW - 60 * SECOND), Device)
    assert isinstance(read(text, RING, now=NOW + 60 * SECOND), Device)
    assert problem_of(text, now=NOW - 61 * SECOND) == "not_yet_valid"
    assert problem_of(text, now=NOW + 61 * SECOND) == "expired"


def test_a_phone_signs_until_its_certificate_ends() -> None:
    phone = certified()
    last = WEEK - SECOND

    assert isinstance(read(phone.code(last), RING, now=WEEK), Device)
    assert problem_of(phone.code(WEEK), now=WEEK) == "expired"


def test_a_key_of_ours_that_leaks_after_its_time_certifies_nobody_for_today() -> None:
    leaked = key(1, start=NOW - 100 * DAY)
    ring = KeyRing((leaked,))
    phone = certified(ring=ring, at=NOW - 11 * DAY, expires_at=NOW - 5 * DAY)
    public = device_key("Ed25519", phone.exported)
    backdated = KeyRing((Key(leaked.private, NOW - DAY, NOW + DAY),))
    phone.certificate = certify(backdated, card=CARD, key=public, now=NOW, expires_at=WEEK)

    assert problem_of(phone.code(NOW), ring=ring) == "forged"


def test_a_certificate_for_longer_than_a_week_is_forged() -> None:
    phone = certified(at=NOW + DAY, expires_at=WEEK + DAY)

    assert problem_of(phone.code(NOW)) == "forged"


def test_a_certificate_out_of_shape_is_our_mistake() -> None:
    public = device_key("Ed25519", Phone().exported)

    with pytest.raises(ValueError, match="expires_at"):
        certified(expires_at=WEEK + SECOND)
    with pytest.raises(ValueError, match="12 bytes"):
        certify(RING, card=CARD[1:], key=public, now=NOW, expires_at=WEEK)


def test_a_point_of_a_curve_is_one_key_compressed_or_not() -> None:
    exported = Phone("P-256").exported
    compressed = bytes([2 + exported[-1] % 2]) + exported[1:33]

    assert device_key("P-256", exported) == device_key("P-256", compressed)


@pytest.mark.parametrize(
    ("algorithm", "exported"),
    [
        ("Ed25519", b""),
        ("Ed25519", bytes(32)),
        ("Ed25519", b"\x01" + bytes(31)),
        ("Ed25519", b"\xff" * 32),
        ("Ed25519", Phone("P-256").exported),
        ("P-256", b""),
        ("P-256", b"\x00"),
        ("P-256", b"\x04" + bytes(64)),
        ("P-256", b"\x02" + b"\xff" * 32),
        ("P-256", Phone("Ed25519").exported),
    ],
)
def test_what_is_no_key_is_refused(algorithm: Algorithm, exported: bytes) -> None:
    with pytest.raises(InputInvalid) as refused:
        device_key(algorithm, exported)

    assert refused.value.particulars == {"field": "public_key"}
