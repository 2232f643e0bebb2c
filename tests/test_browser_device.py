from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from pos_gateway.code import Device, read
from pos_gateway.code_device import Algorithm, certify, device_key
from pos_gateway.code_keys import KeyRing
from tests.devices import ALGORITHMS, as_text
from tests.modules import open_page, page, run
from tests.test_browser_codes import agree, in_browser, milliseconds
from tests.test_code_device import CARD, DAY, JTI, NOW, RING, SECOND, WEEK, certified, key

__all__ = ["page"]

pytestmark = pytest.mark.browser

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
def test_a_certificate_is_judged_alike(page: Page, algorithm: Algorithm) -> None:
    phone = certified(algorithm, expires_at=NOW + DAY)
    text = phone.code(NOW, JTI)
    stale, other = KeyRing((key(1, start=NOW - 200 * DAY),)), KeyRing((key(2),))
    ahead, after = phone.code(NOW + 2 * DAY, JTI), phone.code(NOW - 9 * DAY, JTI)

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
def test_any_mutation_of_a_phones_code_is_judged_alike(page: Page, data: st.DataObject) -> None:
    texts = []
    for _ in range(20):
        raw = data.draw(st.sampled_from(RAWS))
        places = st.integers(0, len(raw))
        start, end = sorted((data.draw(places), data.draw(places)))
        put = data.draw(st.binary(max_size=20) | st.just(raw[start:end]))
        texts.append(as_text(raw[:start] + put + raw[end:]))

    agree(page, texts)


def test_a_signature_that_would_sign_everything_is_forged_here_and_there(page: Page) -> None:
    # With the point 0 for its nonce a signature needs no nonce: S = k · a.
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


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page that keeps its own things, and whose device asks Python for certificates."""
    context = chromium.new_context()
    page = open_page(context)
    page.expose_function("certificate", certificate)
    page.evaluate("now => { window.now = now }", milliseconds(NOW))
    yield page
    context.close()


def certificate(body: dict[str, str]) -> dict[str, str]:
    """What `PUT /api/v1/card/device` answers."""
    exported = urlsafe_b64decode(body["public_key"] + "==")
    algorithm: Any = body["algorithm"]
    public = device_key(algorithm, exported)
    encoded = certify(RING, card=CARD, key=public, now=NOW, expires_at=WEEK)
    return {
        "certificate": urlsafe_b64encode(encoded).rstrip(b"=").decode(),
        "card": CARD.hex(),
        "device": public.thumbprint,
        "server_time": NOW.isoformat(),
        "expires_at": WEEK.isoformat(),
    }


WITHOUT_ED25519 = """() => {
    const make = crypto.subtle.generateKey.bind(crypto.subtle);
    crypto.subtle.generateKey = (how, ...more) => how.name === "Ed25519"
        ? Promise.reject(new DOMException("", "NotSupportedError")) : make(how, ...more);
}"""


@both
def test_a_browser_mints_codes_the_server_reads(phone: Page, algorithm: Algorithm) -> None:
    if algorithm == "P-256":
        phone.evaluate(WITHOUT_ED25519)

    texts = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}) => {
            const device = await CardDevice.open({put: certificate});
            await device.renew();
            return [await device.mint(now), await device.mint(now + 15_999)];
        }""",
    )

    found = [read(text, RING, now=NOW) for text in texts]
    assert all(isinstance(one, Device) for one in found)
    assert [(one.card_id, one.issued_at) for one in found if isinstance(one, Device)] == [
        (CARD.hex(), NOW),
        (CARD.hex(), NOW + 15 * SECOND),
    ]
    assert len({one.jti for one in found if isinstance(one, Device)}) == 2
    assert {len(text) for text in texts} == {363 if algorithm == "Ed25519" else 366}


def test_a_key_survives_a_reload_and_cannot_be_taken_out(phone: Page) -> None:
    began = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}) => {
            const device = await CardDevice.open({put: certificate});
            const before = [device.canMint(now), device.isStale(now), device.card];
            await device.renew();
            return before;
        }""",
    )
    phone.reload()

    text, taken, card = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}, now) => {
            const device = await CardDevice.open();
            const {Store} = await import("/browser/store.js");
            const store = await Store.open("hongka-card", {device: {}});
            const {pair} = await store.get("device", "this");
            const taken = await crypto.subtle.exportKey("pkcs8", pair.privateKey)
                .catch(({name}) => name);
            return [await device.mint(now), taken, device.card];
        }""",
        milliseconds(NOW),
    )

    assert began == [False, True, None]
    assert isinstance(read(text, RING, now=NOW), Device)
    assert (taken, card) == ("InvalidAccessError", CARD.hex())


def test_a_certificate_is_renewed_after_two_days_with_the_same_key(phone: Page) -> None:
    stale, devices, can = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}) => {
            const day = 24 * 60 * 60 * 1000;
            const devices = [];
            const put = async (body) => {
                const answer = await certificate(body);
                devices.push(answer.device);
                return answer;
            };
            const device = await CardDevice.open({put});
            await device.renew();
            await device.renew();
            return [[now + 2 * day - 1, now + 2 * day].map((at) => device.isStale(at)), devices,
                [now + 7 * day - 1, now + 7 * day].map((at) => device.canMint(at))];
        }""",
    )

    assert stale == [False, True]
    assert len(set(devices)) == 1
    assert can == [True, False]


def test_two_tabs_that_begin_at_once_certify_one_key(phone: Page) -> None:
    devices = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}) => {
            const devices = [];
            const put = async (body) => {
                const answer = await certificate(body);
                devices.push(answer.device);
                return answer;
            };
            const tabs = await Promise.all([CardDevice.open({put}), CardDevice.open({put})]);
            await Promise.all(tabs.map((device) => device.renew()));
            return devices;
        }""",
    )

    assert len(devices) == 2
    assert len(set(devices)) == 1


def test_a_device_that_is_forgotten_has_another_key(phone: Page) -> None:
    first, held, second = run(
        phone,
        "codes/device.js",
        """async ({CardDevice}) => {
            const device = await CardDevice.open({put: certificate});
            await device.renew();
            const first = await device.mint(now);
            await device.forget();
            const held = device.canMint(now);
            await device.renew();
            return [first, held, await device.mint(now)];
        }""",
    )

    assert not held
    one, other = (read(text, RING, now=NOW) for text in (first, second))
    assert isinstance(one, Device)
    assert isinstance(other, Device)
    assert one.device != other.device


def test_a_code_is_drawn_as_a_picture_two_decoders_read(page: Page) -> None:
    # Version 11 at level M, so its picture is 61 modules and the quiet zone.
    from tests.test_code_draw import rasterised, zbar, zxing  # noqa: PLC0415 - of one test alone

    text = certified().code(NOW, JTI)

    drawing = run(
        page,
        "codes/draw.js",
        """({drawCode}, text) => {
            const drawn = drawCode(text, "我的码");
            document.body.append(drawn);
            return drawn.outerHTML;
        }""",
        text,
    )

    image = rasterised(drawing, 4)
    assert 'viewBox="0 0 69 69"' in drawing
    assert 'shape-rendering="crispEdges"' in drawing
    assert page.get_by_role("img", name="我的码").count() == 1
    assert zxing(image) == [text]
    assert zbar(image) == [text]
    assert re.search('<path fill="#fff" d="M0 0h69v69H0z">', drawing)
