from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.drops.events import Claimed
from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Audience, Mode, SeedRule
from ledger.write.request import Request
from ledger.write.writer import WriterLimits
from pos_gateway.api.drops_schema import DropBody
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_with_drop import (
    CHEN,
    DAY,
    GARDEN,
    LI,
    PILLOW,
    WANG,
    DropApp,
    open_drop_app,
    status_and_reason,
)
from tests.support.ledger_fixture import writer_held

ELSEWHERE = [{"item": "garden", "session": "afternoon", "left": 1}, PILLOW | {"left": 9}]


def claims(drop_app: DropApp) -> list[str]:
    """Return the ids of the tickets in the log."""
    facts = drop_app.services.ledger.facts(0, 1_000)
    return [fact.event.ticket_id for fact in facts if isinstance(fact.event, Claimed)]


def test_a_claim_is_answered_with_the_ticket(drop_app_any_db: DropApp) -> None:
    answer = drop_app_any_db.claim(WANG, party=3)

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["number"], body["party"], body["entry"]) == (1, 3, None)
    assert {name: body[name] for name in GARDEN} == GARDEN
    assert claims(drop_app_any_db) == [body["ticket"]]
    assert drop_app_any_db.left() == 1
    assert "Idempotency-Replayed" not in answer.headers


def test_the_same_again_is_answered_the_same_and_claims_once(drop_app_any_db: DropApp) -> None:
    first = drop_app_any_db.claim(WANG)
    position = drop_app_any_db.position

    again = drop_app_any_db.claim(WANG)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert drop_app_any_db.position == position


def test_a_late_retry_gets_its_first_answer_though_all_is_over(drop_app: DropApp) -> None:
    first = drop_app.claim(WANG)
    drop_app.claim(LI)
    drop_app.pass_until(drop_app.opens_at + 3 * DAY)

    again = drop_app.claim(WANG)

    assert (again.status_code, again.get_data()) == (200, first.get_data())


@pytest.mark.parametrize("other", [{"party": 2}, {"session": "afternoon"}, PILLOW])
def test_a_used_id_is_not_used_for_something_else(
    drop_app_any_db: DropApp, other: dict[str, Any]
) -> None:
    drop_app_any_db.claim(WANG)
    position = drop_app_any_db.position

    answer = drop_app_any_db.claim(WANG, **other)

    assert status_and_reason(answer) == (422, "request_reused")
    assert drop_app_any_db.position == position


def test_an_id_is_the_members_own(drop_app: DropApp) -> None:
    first = drop_app.claim(WANG, "k1")

    other = drop_app.claim(LI, "k1")

    assert (first.status_code, other.status_code) == (201, 201)
    assert first.get_json()["ticket"] != other.get_json()["ticket"]


def test_before_the_opening_the_instant_is_told(drop_app_any_db: DropApp) -> None:
    opens_at = drop_app_any_db.opens_at + timedelta(hours=1)
    drop_app_any_db.announce("mid-autumn", opens_at=opens_at)
    position = drop_app_any_db.position

    answer = drop_app_any_db.claim(WANG, drop="mid-autumn")

    shown = drop_app_any_db.ask("GET", "/drops/mid-autumn", key="").get_json()
    assert status_and_reason(answer) == (409, "not_open_yet")
    assert answer.get_json()["particulars"] == {"opens_at": opens_at.isoformat()}
    assert msgspec.convert(shown, DropBody, strict=False).opens_at == opens_at
    assert shown["status"] == "announced"
    assert drop_app_any_db.position == position


def test_the_same_id_claims_once_it_is_open(drop_app: DropApp) -> None:
    opens_at = drop_app.opens_at + timedelta(hours=1)
    drop_app.announce("mid-autumn", opens_at=opens_at)
    drop_app.pass_until(opens_at - timedelta(microseconds=1))
    early = drop_app.claim(WANG, drop="mid-autumn")

    drop_app.pass_until(opens_at)
    answer = drop_app.claim(WANG, drop="mid-autumn")

    assert (early.status_code, answer.status_code) == (409, 201)


def test_sold_out_tells_what_is_left_elsewhere_and_how_many_wait(drop_app_any_db: DropApp) -> None:
    drop_app_any_db.claim(WANG)
    drop_app_any_db.claim(LI)
    position = drop_app_any_db.position

    answer = drop_app_any_db.claim(CHEN)

    assert status_and_reason(answer) == (409, "sold_out")
    assert answer.get_json()["particulars"] == {
        "elsewhere": ELSEWHERE,
        "waiting": 0,
        "waiting_max": 2,
    }
    assert drop_app_any_db.position == position


def test_who_has_a_ticket_is_told_which(drop_app_any_db: DropApp) -> None:
    ticket = drop_app_any_db.ticket(WANG)

    answer = drop_app_any_db.claim(WANG, "k2", session="afternoon")

    assert status_and_reason(answer) == (409, "already_claimed")
    assert answer.get_json()["particulars"] == {"ticket_id": ticket}


@pytest.mark.parametrize(
    ("audience", "needs"),
    [(Audience(groups=("model_worker",)), "group"), (Audience(branches=("miyun-2",)), "branch")],
)
def test_whom_a_drop_is_not_for_is_told_why(
    drop_app: DropApp, audience: Audience, needs: str
) -> None:
    drop_app.announce("care", opens_at=drop_app.time(), audience=audience)

    answer = drop_app.claim(WANG, drop="care")

    assert status_and_reason(answer) == (409, "not_eligible")
    assert answer.get_json()["particulars"] == {"needs": needs}
    assert drop_app.claim(CHEN, drop="care").status_code == 201


@pytest.mark.parametrize(
    ("asked", "status", "reason", "particulars"),
    [
        ({"session": "night"}, 409, "session_unknown", None),
        ({"party": 4}, 409, "party_too_large", {"most": 3}),
        ({"party": 0}, 422, "input_invalid", None),
        ({"member": LI}, 403, "not_a_proxy", None),
        ({"member": "nobody"}, 403, "not_a_proxy", None),
        ({"drop": "no-such"}, 404, "drop_unknown", None),
        ({"claim_id": "-"}, 422, "input_invalid", {"field": "claim_id"}),
    ],
)
def test_what_cannot_be_claimed(
    drop_app: DropApp, asked: dict[str, Any], status: int, reason: str, particulars: object
) -> None:
    position = drop_app.position

    answer = drop_app.claim(WANG, **asked)

    assert status_and_reason(answer) == (status, reason)
    assert particulars is None or answer.get_json()["particulars"] == particulars
    assert drop_app.position == position


def test_what_is_over_or_called_off_is_claimed_no_more(drop_app: DropApp) -> None:
    drop_app.announce("care", opens_at=drop_app.time())
    drop_app.claim(LI, drop="care")
    drop_app.services.ledger.officers.drops.cancel_drop("care", reason="闭园")
    drop_app.services.ledger.officers.drops.close_drop("may-day", reason="大雨", by=OFFICER)

    assert status_and_reason(drop_app.claim(WANG)) == (409, "drop_closed")
    assert status_and_reason(drop_app.claim(WANG, drop="care")) == (409, "drop_cancelled")
    assert drop_app.ask("GET", "/drops/care", key="").get_json()["status"] == "cancelled"
    listed = drop_app.ask("GET", "/drops", key="").get_json()["drops"]
    assert [(one["drop"], one["status"]) for one in listed] == [("may-day", "closed")]


def test_a_blocked_card_claims_nothing(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)

    assert status_and_reason(drop_app.claim(WANG)) == (409, "card_blocked")


def test_a_household_has_what_a_household_may(drop_app: DropApp) -> None:
    drop_app.announce("gifts", opens_at=drop_app.time(), per_household=1)
    for member_id in (WANG, LI):
        drop_app.services.ledger.officers.families.change_household(
            member_id, household_id="h-1", by=OFFICER
        )

    first = drop_app.claim(WANG, drop="gifts")
    second = drop_app.claim(LI, drop="gifts")

    assert first.status_code == 201
    assert status_and_reason(second) == (409, "household_limit_reached")


def test_past_the_queue_a_claim_is_told_to_come_again_and_then_has_it(tmp_path: Path) -> None:
    limits = WriterLimits(queue_max=2)
    with open_drop_app(f"sqlite:///{tmp_path}/log.db", tmp_path / "var", limits) as drop_app:
        with writer_held(drop_app.services.ledger):
            for _ in range(2):
                drop_app.services.ledger.writer.submit(Request(lambda _states, _now: None, by=None))
            busy = drop_app.claim(WANG, **PILLOW)
        answer = drop_app.claim(WANG, **PILLOW)

    assert status_and_reason(busy) == (503, "busy")
    assert busy.headers["Retry-After"] == "1"
    assert answer.status_code == 201


def test_a_draw_is_entered_under_an_id_and_left_again(drop_app_any_db: DropApp) -> None:
    seed = SeedRule(
        statement="体彩排列五",
        source="pailie-5",
        day=(drop_app_any_db.opens_at + 3 * DAY).astimezone(CHINA).date(),
    )
    opens_at = drop_app_any_db.time() + timedelta(seconds=0.1)
    drop_app_any_db.announce("lots", opens_at=opens_at, mode=Mode.DRAW, seed_rule=seed)
    drop_app_any_db.pass_until(opens_at)

    first = drop_app_any_db.claim(WANG, drop="lots")
    again = drop_app_any_db.claim(WANG, drop="lots")
    twice = drop_app_any_db.claim(WANG, "k2", drop="lots")

    body = first.get_json()
    assert (first.status_code, again.status_code) == (201, 200)
    assert body["ticket"] is None
    assert status_and_reason(twice) == (409, "already_entered")
    (entry,) = drop_app_any_db.as_member(WANG, "GET", "/tickets").get_json()["entries"]
    assert (entry["drop"], entry["entry"]) == ("lots", body["entry"])
    left = drop_app_any_db.as_member(WANG, "POST", "/drops/lots/withdrawal", {})
    assert left.get_json() == {"done": True}
    assert status_and_reason(
        drop_app_any_db.as_member(WANG, "POST", "/drops/lots/withdrawal", {})
    ) == (*(409, "not_entered"),)
    since = drop_app_any_db.claim(WANG, drop="lots")
    assert (since.status_code, since.get_json()) == (200, body | {"released": True})
    assert drop_app_any_db.as_member(WANG, "GET", "/tickets").get_json()["entries"] == []
