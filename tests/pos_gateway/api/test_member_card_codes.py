"""Session codes that a phone fetches ahead of time."""

from datetime import datetime
from typing import Any

import pytest

from pos_gateway.codes import Session, read
from tests.pos_gateway.api.test_member_card import MINUTE, SECOND, redeem
from tests.support.app import WANG_CARD
from tests.support.app_with_drop import WANG, DropApp, status_and_reason
from tests.support.signing_phone import Phone


@pytest.mark.parametrize("count", [1, 20])
def test_codes_fetched_ahead_follow_each_other(drop_app: DropApp, count: int) -> None:
    answer = drop_app.as_member(WANG, "POST", "/card/session-codes", {"count": count}).get_json()

    codes = answer["codes"]
    starts = [datetime.fromisoformat(one["issued_at"]) for one in codes]
    assert starts == [drop_app.now.replace(microsecond=0) + n * 15 * SECOND for n in range(count)]
    for one, start in zip(codes, starts, strict=True):
        session = read(one["code"], drop_app.services.keys, now=start)
        assert isinstance(session, Session)
        assert (session.card_id, session.expires_at) == (WANG_CARD, start + MINUTE)
        assert one["expires_at"] == session.expires_at.isoformat().replace("+00:00", "Z")
    assert len({one["code"] for one in codes}) == count


def test_a_code_of_a_time_to_come_is_refused_until_then(drop_app: DropApp) -> None:
    codes = drop_app.as_member(WANG, "POST", "/card/session-codes", {}).get_json()["codes"]

    early = redeem(drop_app, codes[-1]["code"])
    drop_app.now += 7 * 15 * SECOND

    assert len(codes) == 8
    assert early.get_json()["particulars"] == {"problem": "not_yet_valid"}
    assert redeem(drop_app, codes[-1]["code"], "cake-2").status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("POST", "/card/session-codes", {"count": 21}),
        ("POST", "/card/session-codes", {"count": 0}),
        ("PUT", "/card/device", {"algorithm": "RSA", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 45}),
        ("PUT", "/card/device", {"algorithm": "P-256", "public_key": "=" * 43}),
        ("PUT", "/card/device", Phone().asked | {"algorithm": "P-256"}),
        ("POST", "/card/block", {"card": WANG_CARD}),
    ],
)
def test_what_cannot_be_is_refused(
    drop_app: DropApp, method: str, path: str, asked: dict[str, Any]
) -> None:
    position = drop_app.position

    answer = drop_app.as_member(WANG, method, path, asked)

    assert status_and_reason(answer) == (422, "input_invalid")
    assert drop_app.position == position
