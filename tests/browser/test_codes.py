from datetime import datetime
from typing import Any

import cbor2
import pytest
from base45 import b45decode, b45encode
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from pos_gateway.codes import InvalidCode, Printed, Ticket, make_ticket_code, read
from pos_gateway.codes.device import Device
from pos_gateway.codes.keys import KeyRing
from tests.pos_gateway.codes.test_codes import (
    CARD,
    CODE,
    JTI,
    NOW,
    RAW,
    RING,
    SECOND,
    colliding_keys,
    key,
    text_of,
)
from tests.pos_gateway.codes.test_ticket import CODE as TICKET_CODE
from tests.pos_gateway.codes.test_ticket import RAW as TICKET_RAW
from tests.support.js_modules import run

SPELLINGS = [
    RAW + b"\x00",
    RAW + RAW,
    b"\xd2" + RAW,
    b"\xd9\xd9\xf7" + RAW,
    b"\x98\x04" + RAW[1:],
    b"\x9f" + RAW[1:] + b"\xff",
    RAW[:1] + b"\x58\x07" + RAW[2:],
    RAW[:10] + b"\x59\x00\x2b" + RAW[12:],
    RAW[:-66] + b"\x59\x00\x40" + RAW[-64:],
    RAW[:9] + b"\xa1\x04\x41\x00" + RAW[10:],
    RAW[:9] + b"\xa2\x04\x40\x04\x40" + RAW[10:],
    RAW[:9] + b"\xbf\xff" + RAW[10:],
    RAW[:9] + b"\xb8\x00" + RAW[10:],
    RAW[:1] + b"\xd8\x1c" + RAW[1:],
    RAW[:10] + b"\x5f" + RAW[10:55] + b"\xff" + RAW[55:],
]


def in_python(text: str, ring: KeyRing, now: datetime) -> dict[str, Any]:
    """Return the server's reading of a text, in the browser's format."""
    try:
        found = read(text, ring, now=now)
    except InvalidCode as invalid:
        return {"problem": invalid.problem}
    if isinstance(found, Printed):
        return {"kind": "printed", "number": found.number}
    what = {"card": found.card_id, "jti": found.jti, "issuedAt": milliseconds(found.issued_at)}
    if isinstance(found, Device):
        return what | {"kind": "device", "device": found.device}
    what["expiresAt"] = milliseconds(found.expires_at)
    if isinstance(found, Ticket):
        return what | {"kind": "ticket", "ticket": found.ticket_id}
    return what | {"kind": "session"}


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000)


def in_browser(
    page: Page, texts: list[str], *, ring: KeyRing = RING, now: datetime = NOW
) -> list[dict[str, Any]]:
    """Return the browser's reading of these texts."""
    found: list[dict[str, Any]] = run(
        page,
        "codes/read.js",
        """async ({read}, {texts, keys, now}) => {
            const {keyRing} = await import("/browser/codes/keys.js");
            const ring = await keyRing(keys);
            const one = (text) => read(text, {keys: ring, now}).catch((invalid) => {
                if (!invalid.problem) throw invalid;
                return {problem: invalid.problem};
            });
            return await Promise.all(texts.map(one));
        }""",
        {"texts": texts, "keys": ring.public(), "now": milliseconds(now)},
    )
    return found


def agree(page: Page, texts: list[str], *, ring: KeyRing = RING, now: datetime = NOW) -> set[str]:
    """Assert that server and browser agree. Return the outcomes."""
    here = [in_python(text, ring, now) for text in texts]

    there = in_browser(page, texts, ring=ring, now=now)

    assert there == here
    return {found.get("problem") or found["kind"] for found in here}


def test_codes_of_the_server_are_read(page: Page) -> None:
    assert agree(page, [CODE, TICKET_CODE]) == {"session", "ticket"}


def test_a_code_is_read_as_scanners_spell_it(page: Page) -> None:
    wide = CODE.translate({ord(one): ord(one) + 0xFEE0 for one in "HK1:%$"})
    spelled = [CODE.lower(), f"]Q1{CODE}", f" ]q1{CODE}\r\n", wide, f"{CODE[:50]}\r\n{CODE[50:]}"]

    assert agree(page, [CODE, *spelled]) == {"session"}
    assert agree(page, ["]Q1https://qr.alipay.com/fkx", "]Q1", f"]QQ{CODE}"]) == {"malformed"}


def test_a_code_holds_as_long_in_the_browser_as_on_the_server(page: Page) -> None:
    for seconds in (-31, -30, 0, 89, 90):
        agree(page, [CODE], now=NOW + seconds * SECOND)
    for seconds, problem in ((-31, "not_yet_valid"), (90, "expired")):
        assert agree(page, [CODE], now=NOW + seconds * SECOND) == {problem}


def test_every_key_with_the_kid_is_tried(page: Page) -> None:
    first, second = colliding_keys()
    both = KeyRing((first, second))
    texts = [
        make_ticket_code(
            KeyRing((signer,)), card=CARD, ticket=CARD, now=NOW, expires_at=NOW + SECOND, jti=JTI
        )
        for signer in (first, second)
    ]

    assert agree(page, texts, ring=both) == {"ticket"}
    assert agree(page, texts, ring=KeyRing((first,))) == {"ticket", "forged"}


def test_an_unpublished_key_is_unknown(page: Page) -> None:
    assert agree(page, [CODE], ring=KeyRing((key(2),))) == {"unknown_key"}
    assert agree(page, [CODE], ring=KeyRing(())) == {"unknown_key"}


def test_a_key_kept_for_its_tickets_signs_no_code_for_today(page: Page) -> None:
    stale = KeyRing((key(1, start=NOW.replace(year=2025)),))

    assert agree(page, [CODE], ring=stale) == {"forged"}


def test_a_key_signs_no_code_from_before_its_time(page: Page) -> None:
    early = KeyRing((key(1, start=NOW + SECOND),))

    assert agree(page, [CODE], ring=early) == {"forged"}
    assert agree(page, [CODE], ring=KeyRing((key(1, start=NOW),))) == {"session"}


def test_another_spelling_of_a_good_code_is_refused(page: Page) -> None:
    assert agree(page, [text_of(raw) for raw in SPELLINGS]) == {"malleated"}


def test_every_changed_bit_is_refused_for_the_same_reason(page: Page) -> None:
    texts = []
    for raw in (RAW, TICKET_RAW):
        for bit in range(len(raw) * 8):
            changed = bytearray(raw)
            changed[bit // 8] ^= 1 << bit % 8
            texts.append(text_of(bytes(changed)))

    outcomes = agree(page, texts)

    assert outcomes == {"malleated", "forged", "unknown_key", "unsupported"}


def test_a_code_cut_short_or_with_a_changed_character_is_refused(page: Page) -> None:
    cut = [CODE[:length] for length in range(len(CODE))]
    changed = [CODE[:at] + other + CODE[at + 1 :] for at in range(len(CODE)) for other in "0Z%a"]

    assert "session" not in agree(page, cut)
    agree(page, changed)


@pytest.mark.parametrize("around", [" ", "\x00", "\u3000"])
def test_no_blank_is_stripped_off_a_signed_code(page: Page, around: str) -> None:
    texts = [CODE + around, "HK1:" + around + CODE[4:], "\x00" + around + CODE]

    assert not agree(page, texts) & {"session", "printed"}


@given(data=st.data())
def test_server_and_browser_agree_on_any_mutation(page: Page, data: st.DataObject) -> None:
    texts = []
    for _ in range(30):
        raw = data.draw(st.sampled_from([RAW, TICKET_RAW, *SPELLINGS]))
        start, end = sorted(
            data.draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw))))
        )
        put = data.draw(st.binary(max_size=20) | st.just(raw[start:end]))
        texts.append(text_of(raw[:start] + put + raw[end:]))

    agree(page, texts)


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=80)))
def test_server_and_browser_agree_on_any_text(page: Page, texts: list[str]) -> None:
    agree(page, [prefix + text for text in texts for prefix in ("", "HK0:", "HK1:", CODE[:40])])


def signed(claims: object) -> str:
    header, signer = RING.keys[0].header, RING.keys[0].private
    payload = cbor2.dumps(claims)
    signature = signer.sign(cbor2.dumps(["Signature1", header, b"", payload]))
    return text_of(cbor2.dumps([header, {}, payload, signature]))


def test_a_signature_for_another_purpose_is_unsupported(page: Page) -> None:
    began = int(NOW.timestamp())
    times = {4: began + 60, 6: began, 7: JTI}
    others: list[object] = [
        times | {-65537: [0, CARD]},
        times | {-65537: [2, CARD]},
        times | {-65537: [3, CARD]},
        times | {-65537: [1, "card"]},
        times | {-65537: [1, CARD, CARD]},
        {4: began, 8: {1: {}}, -65537: [2, CARD]},
        [1, 2, 3, b"a list that is of some length"],
    ]

    assert agree(page, [signed(other) for other in others]) == {"unsupported"}
    assert agree(page, [signed({4: began + 301, 6: began, 7: JTI, -65537: [1, CARD]})]) == {
        "forged"
    }


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")],
)
def test_base45_is_that_of_the_standard(page: Page, text: str, encoded: str) -> None:
    found = run(
        page,
        "codes/base45.js",
        """({base45Encode, base45Decode}, [text, encoded]) => [
            base45Encode(new TextEncoder().encode(text)),
            new TextDecoder().decode(base45Decode(encoded))]""",
        [text, encoded],
    )

    assert found == [encoded, text]


@given(raw=st.binary(max_size=200))
def test_base45_is_that_of_the_server(page: Page, raw: bytes) -> None:
    found = run(
        page,
        "codes/base45.js",
        """({base45Encode, base45Decode}, bytes) => {
            const text = base45Encode(Uint8Array.from(bytes));
            return [text, Array.from(base45Decode(text))];
        }""",
        list(raw),
    )

    assert found == [b45encode(raw).decode(), list(raw)]
    assert b45decode(found[0].encode()) == raw


@pytest.mark.parametrize("text", ["A", "GGW", "ZZZ", "::", "ab0", "AA\n", "Ä00"])
def test_text_that_is_not_base45_is_refused(page: Page, text: str) -> None:
    with pytest.raises(ValueError, match="base45"):
        b45decode(text.encode())

    refused = run(
        page,
        "codes/base45.js",
        """({base45Decode}, text) => {
            try { return base45Decode(text).length; } catch (wrong) { return wrong.name; }
        }""",
        text,
    )
    assert refused == "RangeError"
