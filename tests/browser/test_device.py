import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from pos_gateway.codes import make_printed_code, printed_code_hash
from pos_gateway.codes.device import Algorithm
from pos_gateway.codes.keys import KeyRing
from tests.browser.test_codes import agree, in_browser, milliseconds
from tests.pos_gateway.codes.test_device import DAY, JTI, NOW, RING, SECOND, certified, key
from tests.support.js_modules import run
from tests.support.signing_phone import ALGORITHMS, as_text

both = pytest.mark.parametrize("algorithm", ALGORITHMS)
RAWS = [certified(algorithm).raw(NOW, JTI) for algorithm in ALGORITHMS]


@both
def test_a_phones_code_is_read_as_the_server_reads_it(page: Page, algorithm: Algorithm) -> None:
    texts = [certified(algorithm, seed=seed).code(NOW, JTI) for seed in range(1, 20)]

    assert agree(page, texts) == {"device"}


@both
def test_a_phones_code_holds_a_minute_either_way(page: Page, algorithm: Algorithm) -> None:
    text = certified(algorithm).code(NOW, JTI)

    outcomes = [agree(page, [text], now=NOW + late * SECOND) for late in (-61, -60, 60, 61)]

    assert outcomes == [{"not_yet_valid"}, {"device"}, {"device"}, {"expired"}]


@both
def test_server_and_browser_agree_on_a_certificate(page: Page, algorithm: Algorithm) -> None:
    phone = certified(algorithm, expires_at=NOW + DAY)
    text = phone.code(NOW, JTI)
    stale, other = KeyRing((key(1, start=NOW - 200 * DAY),)), KeyRing((key(2),))
    ahead, after = phone.code(NOW + 2 * DAY, JTI), phone.code(NOW - 9 * DAY, JTI)

    begins_late = KeyRing((key(1, start=NOW + DAY),))

    assert agree(page, [text], ring=begins_late) == {"forged"}
    assert agree(page, [text], ring=KeyRing((key(1, start=NOW + DAY - SECOND),))) == {"device"}
    assert agree(page, [text], ring=stale) == {"forged"}
    assert agree(page, [text], ring=other) == {"unknown_key"}
    assert agree(page, [ahead], now=NOW + 2 * DAY) == {"expired"}
    assert agree(page, [after], now=NOW - 9 * DAY) == {"forged"}


def test_every_changed_bit_of_a_phones_code_is_refused_for_the_same_reason(page: Page) -> None:
    texts = []
    for raw in RAWS:
        for bit in range(len(raw) * 8):
            changed = bytearray(raw)
            changed[bit // 8] ^= 1 << bit % 8
            texts.append(as_text(bytes(changed)))

    assert agree(page, texts) == {"malleated", "malformed", "unknown_key", "forged"}


def test_a_phones_code_cut_short_or_lengthened_is_refused(page: Page) -> None:
    cut = [as_text(raw[:length]) for raw in RAWS for length in range(len(raw))]
    longer = [as_text(raw + more) for raw in RAWS for more in (b"\x00", raw)]

    assert agree(page, [*cut, *longer]) <= {"malleated", "malformed", "too_long"}


@given(data=st.data())
def test_server_and_browser_agree_on_any_mutation_of_a_phones_code(
    page: Page, data: st.DataObject
) -> None:
    texts = []
    for _ in range(20):
        raw = data.draw(st.sampled_from(RAWS))
        places = st.integers(0, len(raw))
        start, end = sorted((data.draw(places), data.draw(places)))
        put = data.draw(st.binary(max_size=20) | st.just(raw[start:end]))
        texts.append(as_text(raw[:start] + put + raw[end:]))

    agree(page, texts)


def test_a_signature_valid_for_every_message_is_refused_by_both(page: Page) -> None:
    # With the point 0 as nonce commitment, a signature needs no nonce: S = k · a.
    phone = certified("Ed25519", seed=7)
    raw = phone.raw(NOW, JTI)
    signed = b"\x84jSignature1C\xa1\x01'X\x94" + phone.certificate + raw[-84:-66]
    scalar = bytearray(hashlib.sha512(bytes([7]) * 32).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    nonce = b"\x01" + bytes(31)
    order = 2**252 + 27742317777372353535851937790883648493
    hashed = int.from_bytes(hashlib.sha512(nonce + phone.exported + signed).digest(), "little")
    whole = hashed * int.from_bytes(scalar, "little") % order

    crafted = as_text(raw[:-64] + nonce + whole.to_bytes(32, "little"))

    assert agree(page, [crafted, phone.code(NOW, JTI)]) == {"forged", "device"}


PRINTED = make_printed_code(bytes(range(16)))
NUMBER_HASH = printed_code_hash(PRINTED.removeprefix("HK0:"))


def test_dead_cards_and_devices_are_refused(page: Page) -> None:
    text = certified().code(NOW, JTI)
    (found,) = in_browser(page, [text])
    problems = run(
        page,
        "codes/read.js",
        """async ({read}, {text, keys, now, card, device}) => {
            const {keyRing} = await import("/browser/codes/keys.js");
            const ring = await keyRing(keys);
            const one = (cards, devices) => {
                const dead = {cards: new Set(cards), devices: new Set(devices)};
                return read(text, {keys: ring, now, dead})
                    .then(({kind}) => kind, ({problem}) => problem);
            };
            return [await one([], []), await one([card], []), await one([], [device])];
        }""",
        {"text": text, "keys": RING.public(), "now": milliseconds(NOW)}
        | {"card": found["card"], "device": found["device"]},
    )

    assert problems == ["device", "dead_card", "dead_device"]


@pytest.mark.parametrize(
    ("prints", "all_prints", "found"),
    [
        ([], True, "printed"),
        ([hashlib.sha256(b"other").hexdigest()[:8]], True, "printed"),
        ([NUMBER_HASH[:8]], True, "dead_card"),
        ([], False, "print_unknown"),
    ],
)
def test_a_dead_printed_number_is_refused_by_the_beginning_of_its_hash(
    page: Page, prints: list[str], *, all_prints: bool, found: str
) -> None:
    asked = {"text": PRINTED, "prints": prints, "allPrints": all_prints}
    problem = run(
        page,
        "codes/read.js",
        """({read}, {text, prints, allPrints}) => {
            const dead = {cards: new Set(), devices: new Set(), prints: new Set(prints), allPrints};
            return read(text, {keys: new Map(), now: 0, dead})
                .then(({kind}) => kind, ({problem}) => problem);
        }""",
        asked,
    )

    assert problem == found
