import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pos_gateway.codes import Device, read
from pos_gateway.codes.device import Algorithm, certify, device_key
from tests.browser.test_codes import milliseconds
from tests.pos_gateway.codes.test_device import CARD, JTI, NOW, RING, SECOND, WEEK, both, certified
from tests.pos_gateway.codes.test_qr_image import rasterised, zbar, zxing
from tests.support.js_modules import open_page, run
from tests.support.offline_browser_till import WITHOUT_ED25519


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """Return a page with its own storage, whose device asks Python for certificates."""
    context = chromium.new_context()
    page = open_page(context)
    page.expose_function("certificate", certificate)
    page.evaluate("now => { window.now = now }", milliseconds(NOW))
    yield page
    context.close()


def certificate(body: dict[str, str]) -> dict[str, str]:
    """Return the answer of `PUT /api/v1/card/device`."""
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


@both
def test_a_browser_makes_codes_that_the_server_reads(phone: Page, algorithm: Algorithm) -> None:
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


def test_a_key_survives_a_reload_and_cannot_be_exported(phone: Page) -> None:
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


def test_two_tabs_that_start_at_once_certify_one_key(phone: Page) -> None:
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


def test_a_forgotten_device_gets_another_key(phone: Page) -> None:
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


def test_a_drawn_code_is_read_by_two_decoders(page: Page) -> None:
    # Version 11 at level M: the picture is 61 modules and the quiet zone.
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
