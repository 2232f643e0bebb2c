import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from base45 import b45decode
from cwt import COSE
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pos_gateway.codes import Session, Ticket, make_session_code, make_ticket_code, read
from pos_gateway.codes.keys import KeyRing
from pos_gateway.codes.qr_image import QUIET_ZONE, modules, png, svg
from tests.pos_gateway.codes import test_codes
from tests.pos_gateway.codes.test_codes import (
    CARD,
    JTI,
    NOW,
    RING,
    SECOND,
    key,
    oracle_key,
    problem_of,
    signed,
    text_of,
)
from tests.pos_gateway.codes.test_qr_image import rasterised, zbar, zxing
from tests.support.app import LI_CARD, App

TICKET = bytes(range(101, 113))
DAY = timedelta(days=1)
MAY_DAY = NOW + 40 * DAY
LONGEST = 62 * DAY
CODE = make_ticket_code(RING, card=CARD, ticket=TICKET, now=NOW, expires_at=MAY_DAY, jti=JTI)
RAW = b45decode(CODE[4:].encode())


def code(ring: KeyRing, at: datetime, lifetime: timedelta = LONGEST) -> str:
    return make_ticket_code(
        ring, card=CARD, ticket=TICKET, now=at, expires_at=at + lifetime, jti=JTI
    )


def claims(*, lifetime: timedelta = LONGEST, kind: list[Any] | None = None) -> dict[int, object]:
    seconds = int(NOW.timestamp())
    return {
        4: seconds + int(lifetime.total_seconds()),
        6: seconds,
        7: JTI,
        -65537: kind or [3, CARD, TICKET],
    }


@given(
    card=st.binary(min_size=12, max_size=12),
    ticket=st.binary(min_size=12, max_size=12),
    jti=st.binary(min_size=8, max_size=8),
    at=st.datetimes(datetime(2026, 11, 21), datetime(2027, 2, 18), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    lifetime=st.timedeltas(SECOND, LONGEST),
)
def test_what_is_made_is_read_from_its_time_until_its_end(
    card: bytes, ticket: bytes, jti: bytes, at: datetime, lifetime: timedelta
) -> None:
    expires_at = at.replace(microsecond=0) + lifetime
    made = make_ticket_code(RING, card=card, ticket=ticket, now=at, expires_at=expires_at, jti=jti)

    ends = expires_at.replace(microsecond=0)
    held = Ticket(card.hex(), ticket.hex(), jti.hex(), at.replace(microsecond=0), ends)
    assert read(made, RING, now=at) == held
    assert read(made, RING, now=ends) == held
    assert problem_of(made, now=ends + 30 * SECOND) == "expired"
    assert len(made) == 205


BOTH = pytest.mark.parametrize(
    ("text", "told", "kind"),
    [(test_codes.CODE, test_codes.claims(), Session), (CODE, claims(lifetime=40 * DAY), Ticket)],
)


@BOTH
def test_the_claims_are_laid_out_as_designed(
    text: str, told: dict[int, object], kind: type
) -> None:
    raw = b45decode(text[4:].encode())
    header, unprotected, payload, signature = cbor2.loads(raw)

    assert len(raw) == (134 if kind is Ticket else 121)
    assert list(cbor2.loads(header).items()) == [(1, -8), (4, RING.keys[0].kid)]
    assert unprotected == {}
    assert list(cbor2.loads(payload).items()) == list(told.items())
    assert len(signature) == 64


@BOTH
def test_our_codes_are_verified_by_another_library_and_its_codes_by_us(
    text: str, told: dict[int, object], kind: type
) -> None:
    signer = RING.keys[0]
    raw = b45decode(text[4:].encode())

    payload = COSE.new().decode(b"\xd2" + raw, oracle_key(signer))
    made = COSE.new().encode_and_sign(
        cbor2.dumps(told), oracle_key(signer), protected={1: -8, 4: signer.kid}
    )

    assert cbor2.loads(payload) == told
    assert isinstance(made, bytes)
    assert made[:1] == b"\xd2"
    assert isinstance(read(text_of(made[1:]), RING, now=NOW), kind)
    assert problem_of(text_of(made)) == "malleated"


@BOTH
def test_a_code_of_another_key_is_unknown_or_forged_under_our_kid(
    text: str, told: dict[int, object], kind: type
) -> None:
    forged = signed(told, signer=key(2), header=RING.keys[0].header)

    assert isinstance(read(signed(told), RING, now=NOW), kind)
    assert problem_of(forged) == "forged"
    for ring in (KeyRing((key(2),)), KeyRing(())):
        assert problem_of(text, ring=ring) == "unknown_key"


def test_a_ticket_code_holds_from_thirty_seconds_before_its_time_to_thirty_after_its_end() -> None:
    assert isinstance(read(CODE, RING, now=NOW - 30 * SECOND), Ticket)
    assert problem_of(CODE, now=NOW - 31 * SECOND) == "not_yet_valid"
    assert isinstance(read(CODE, RING, now=MAY_DAY + 29 * SECOND), Ticket)
    assert problem_of(CODE, now=MAY_DAY + 30 * SECOND) == "expired"


@pytest.mark.parametrize(
    ("kind", "lifetime", "read_as"),
    [([3, CARD, TICKET], LONGEST, Ticket), ([1, CARD], 300 * SECOND, Session)],
)
def test_each_kind_has_its_own_longest_life(
    kind: list[Any], lifetime: timedelta, read_as: type
) -> None:
    longest = signed(claims(kind=kind, lifetime=lifetime))
    longer = signed(claims(kind=kind, lifetime=lifetime + SECOND))

    assert isinstance(read(longest, RING, now=NOW), read_as)
    assert problem_of(longer) == "forged"


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param([1, CARD, TICKET], id="a session with a ticket"),
        pytest.param([3, CARD], id="a ticket without its id"),
        pytest.param([3, CARD, TICKET, 3], id="a ticket and more"),
        pytest.param([3, CARD, TICKET.hex()], id="a ticket as text"),
        pytest.param([4, CARD, TICKET], id="a kind to come"),
    ],
)
def test_a_kind_has_its_own_shape(kind: list[Any]) -> None:
    assert problem_of(signed(claims(kind=kind, lifetime=60 * SECOND))) == "unsupported"


def test_neither_kind_is_taken_for_the_other() -> None:
    # The same card, time and jti: only the kind differs.
    session = make_session_code(RING, card=CARD, now=NOW, jti=JTI)
    ticket = code(RING, NOW, lifetime=60 * SECOND)

    assert isinstance(read(session, RING, now=NOW), Session)
    assert isinstance(read(ticket, RING, now=NOW), Ticket)


def test_the_parts_of_two_codes_do_not_make_a_third() -> None:
    later = b45decode(code(RING, NOW + SECOND)[4:].encode())
    session = b45decode(make_session_code(RING, card=CARD, now=NOW, jti=JTI)[4:].encode())

    for other in (later, session):
        assert problem_of(text_of(RAW[:-64] + other[-64:])) == "forged"
        assert problem_of(text_of(other[:-64] + RAW[-64:])) == "forged"


@pytest.mark.parametrize(
    ("card", "ticket", "jti", "lifetime"),
    [
        (CARD[:-1], TICKET, JTI, DAY),
        (CARD, TICKET + b"0", JTI, DAY),
        (CARD, TICKET, JTI[:-1], DAY),
        (CARD, TICKET, JTI, timedelta(0)),
        (CARD, TICKET, JTI, -DAY),
        (CARD, TICKET, JTI, LONGEST + SECOND),
    ],
)
def test_a_ticket_code_out_of_shape_is_our_mistake(
    card: bytes, ticket: bytes, jti: bytes, lifetime: timedelta
) -> None:
    with pytest.raises(ValueError, match=r"bytes|expires_at"):
        make_ticket_code(
            RING, card=card, ticket=ticket, now=NOW, expires_at=NOW + lifetime, jti=jti
        )


def test_a_ticket_code_is_read_to_its_end_while_keys_are_rotated_daily(tmp_path: Path) -> None:
    made: list[tuple[str, datetime]] = []

    for days in range(250):
        now = NOW + days * DAY + days * SECOND
        ring = KeyRing.rotate(tmp_path, now)
        made.append((code(ring, now), now + LONGEST))
        live = [text for text, ends in made if now <= ends]
        assert all(isinstance(read(text, ring, now=now), Ticket) for text in live)

    dead = [text for text, ends in made if now > ends + 30 * SECOND]
    assert {problem_of(text, ring=ring, now=now) for text in dead} == {"expired", "unknown_key"}


def test_the_last_ticket_code_of_a_key_outlives_its_signing(tmp_path: Path) -> None:
    before = KeyRing.rotate(tmp_path, NOW)
    (old,) = before.keys
    last = code(before, old.not_after)
    ends = old.not_after + LONGEST

    after = KeyRing.rotate(tmp_path, ends + 30 * SECOND)

    assert isinstance(read(last, after, now=ends + 29 * SECOND), Ticket)
    assert before.public()[0] in after.public()


def test_a_key_kept_for_its_tickets_signs_no_code_for_today() -> None:
    kept = key(1, start=NOW - 100 * DAY)  # it signed until ten days ago

    for today in (claims(), claims(kind=[1, CARD], lifetime=60 * SECOND)):
        assert problem_of(signed(today, signer=kept), ring=KeyRing((kept,))) == "forged"


@pytest.mark.parametrize("picture", ["png", "svg"])
def test_the_picture_of_a_ticket_is_read_by_two_decoders(picture: str) -> None:
    image = Image.open(io.BytesIO(png(CODE))) if picture == "png" else rasterised(svg(CODE), 8)

    assert zxing(image) == [CODE]
    assert zbar(image) == [CODE]


def test_every_ticket_code_fits_version_eight_as_session_codes_do() -> None:
    for number in range(20):
        jti = (number * 1_000_003).to_bytes(8)
        made = make_ticket_code(
            RING, card=CARD, ticket=TICKET, now=NOW, expires_at=MAY_DAY, jti=jti
        )
        assert len(modules(made)) == 17 + 4 * 8 + 2 * QUIET_ZONE


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [("POST", "/validations", {}), ("PUT", "/redemptions/cake-1", {"choices": ["tenth-off"]})],
)
def test_a_ticket_code_is_refused_where_a_card_is_asked_for(
    app: App, method: str, path: str, more: dict[str, Any]
) -> None:
    shown = make_ticket_code(
        app.services.keys,
        card=bytes.fromhex(LI_CARD),
        ticket=TICKET,
        now=app.now,
        expires_at=app.now + DAY,
        jti=JTI,
    )
    position = app.position

    answer = app.ask(method, path, {"code": shown, "amount_minor": 6_800} | more)

    problem = answer.get_json()
    assert (answer.status_code, problem["reason"]) == (422, "invalid_code")
    assert problem["particulars"] == {"problem": "is_a_ticket"}
    assert "票" in problem["title"]
    assert app.position == position
