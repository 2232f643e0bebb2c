"""Session codes that a phone fetches ahead of time."""

from datetime import datetime

import pytest

from pos_gateway.codes import Session, read
from tests.pos_gateway.api.test_member_card import MINUTE, SECOND, redeem
from tests.support.app import WANG_CARD
from tests.support.app_with_drop import WANG, DropApp


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
