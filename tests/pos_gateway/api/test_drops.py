from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.drops.events import Claimed
from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Audience, Mode, SeedRule
from ledger.write.request import Request
from ledger.write.writer import Limits
from pos_gateway.api.drops_schema import DropBody, DropsBody
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_with_drop import CHEN, DAY, GARDEN, LI, PILLOW, WANG, Hall, opened, told
from tests.support.ledger_fixture import held_up

ELSEWHERE = [{"item": "garden", "session": "afternoon", "left": 1}, PILLOW | {"left": 9}]


def claims(hall: Hall) -> list[str]:
    """The ids of the tickets in the log."""
    facts = hall.house.ledger.facts(0, 1_000)
    return [fact.event.ticket_id for fact in facts if isinstance(fact.event, Claimed)]


def test_a_claim_is_answered_with_the_ticket(any_hall: Hall) -> None:
    answer = any_hall.claim(WANG, party=3)

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["number"], body["party"], body["entry"]) == (1, 3, None)
    assert {name: body[name] for name in GARDEN} == GARDEN
    assert claims(any_hall) == [body["ticket"]]
    assert any_hall.left() == 1
    assert "Idempotency-Replayed" not in answer.headers


def test_the_same_again_is_answered_the_same_and_claims_once(any_hall: Hall) -> None:
    first = any_hall.claim(WANG)
    position = any_hall.position

    again = any_hall.claim(WANG)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert any_hall.position == position


def test_a_late_retry_gets_its_first_answer_though_all_is_over(hall: Hall) -> None:
    first = hall.claim(WANG)
    hall.claim(LI)
    hall.pass_until(hall.opens_at + 3 * DAY)

    again = hall.claim(WANG)

    assert (again.status_code, again.get_data()) == (200, first.get_data())


@pytest.mark.parametrize("other", [{"party": 2}, {"session": "afternoon"}, PILLOW])
def test_a_used_id_is_not_used_for_something_else(any_hall: Hall, other: dict[str, Any]) -> None:
    any_hall.claim(WANG)
    position = any_hall.position

    answer = any_hall.claim(WANG, **other)

    assert told(answer) == (422, "request_reused")
    assert any_hall.position == position


def test_an_id_is_the_members_own(hall: Hall) -> None:
    first = hall.claim(WANG, "k1")

    other = hall.claim(LI, "k1")

    assert (first.status_code, other.status_code) == (201, 201)
    assert first.get_json()["ticket"] != other.get_json()["ticket"]


def test_before_the_opening_the_instant_is_told(any_hall: Hall) -> None:
    opens_at = any_hall.opens_at + timedelta(hours=1)
    any_hall.announce("mid-autumn", opens_at=opens_at)
    position = any_hall.position

    answer = any_hall.claim(WANG, drop="mid-autumn")

    shown = any_hall.ask("GET", "/drops/mid-autumn", key="").get_json()
    assert told(answer) == (409, "not_open_yet")
    assert answer.get_json()["particulars"] == {"opens_at": opens_at.isoformat()}
    assert msgspec.convert(shown, DropBody, strict=False).opens_at == opens_at
    assert shown["status"] == "announced"
    assert any_hall.position == position


def test_the_same_id_claims_once_it_is_open(hall: Hall) -> None:
    opens_at = hall.opens_at + timedelta(hours=1)
    hall.announce("mid-autumn", opens_at=opens_at)
    hall.pass_until(opens_at - timedelta(microseconds=1))
    early = hall.claim(WANG, drop="mid-autumn")

    hall.pass_until(opens_at)
    answer = hall.claim(WANG, drop="mid-autumn")

    assert (early.status_code, answer.status_code) == (409, 201)


def test_sold_out_tells_what_is_left_elsewhere_and_how_many_wait(any_hall: Hall) -> None:
    any_hall.claim(WANG)
    any_hall.claim(LI)
    position = any_hall.position

    answer = any_hall.claim(CHEN)

    assert told(answer) == (409, "sold_out")
    assert answer.get_json()["particulars"] == {
        "elsewhere": ELSEWHERE,
        "waiting": 0,
        "waiting_max": 2,
    }
    assert any_hall.position == position


def test_who_has_a_ticket_is_told_which(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG)

    answer = any_hall.claim(WANG, "k2", session="afternoon")

    assert told(answer) == (409, "already_claimed")
    assert answer.get_json()["particulars"] == {"ticket_id": ticket}


@pytest.mark.parametrize(
    ("audience", "needs"),
    [
        (Audience(groups=("model_worker",)), "group"),
        (Audience(branches=("miyun-2",)), "branch"),
    ],
)
def test_whom_a_drop_is_not_for_is_told_why(hall: Hall, audience: Audience, needs: str) -> None:
    hall.announce("care", opens_at=hall.time(), audience=audience)

    answer = hall.claim(WANG, drop="care")

    assert told(answer) == (409, "not_eligible")
    assert answer.get_json()["particulars"] == {"needs": needs}
    assert hall.claim(CHEN, drop="care").status_code == 201


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
    hall: Hall, asked: dict[str, Any], status: int, reason: str, particulars: object
) -> None:
    position = hall.position

    answer = hall.claim(WANG, **asked)

    assert told(answer) == (status, reason)
    assert particulars is None or answer.get_json()["particulars"] == particulars
    assert hall.position == position


def test_what_is_over_or_called_off_is_claimed_no_more(hall: Hall) -> None:
    hall.announce("care", opens_at=hall.time())
    hall.claim(LI, drop="care")
    hall.house.ledger.officers.drops.cancel_drop("care", reason="闭园", by=OFFICER)
    hall.house.ledger.officers.drops.close_drop("may-day", reason="大雨", by=OFFICER)

    assert told(hall.claim(WANG)) == (409, "drop_closed")
    assert told(hall.claim(WANG, drop="care")) == (409, "drop_cancelled")
    assert hall.ask("GET", "/drops/care", key="").get_json()["status"] == "cancelled"
    listed = hall.ask("GET", "/drops", key="").get_json()["drops"]
    assert [(one["drop"], one["status"]) for one in listed] == [("may-day", "closed")]


def test_a_blocked_card_claims_nothing(hall: Hall) -> None:
    hall.house.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)

    assert told(hall.claim(WANG)) == (409, "card_blocked")


def test_a_household_has_what_a_household_may(hall: Hall) -> None:
    hall.announce("gifts", opens_at=hall.time(), per_household=1)
    for member_id in (WANG, LI):
        hall.house.ledger.officers.families.change_household(
            member_id, household_id="h-1", by=OFFICER
        )

    first = hall.claim(WANG, drop="gifts")
    second = hall.claim(LI, drop="gifts")

    assert first.status_code == 201
    assert told(second) == (409, "household_limit_reached")


def test_past_the_queue_a_claim_is_told_to_come_again_and_then_has_it(tmp_path: Path) -> None:
    limits = Limits(queue_max=2)
    with opened(f"sqlite:///{tmp_path}/log.db", tmp_path / "var", limits) as hall:
        with held_up(hall.house.ledger):
            for _ in range(2):
                hall.house.ledger.writer.submit(Request(lambda _states, _now: None, by=None))
            busy = hall.claim(WANG, **PILLOW)
        answer = hall.claim(WANG, **PILLOW)

    assert told(busy) == (503, "busy")
    assert busy.headers["Retry-After"] == "1"
    assert answer.status_code == 201


def test_a_drop_says_the_time_and_what_is_left_and_may_be_cached(any_hall: Hall) -> None:
    any_hall.claim(WANG)

    listed = any_hall.ask("GET", "/drops", key="")
    answer = any_hall.ask("GET", "/drops/may-day", key="")

    body = msgspec.json.decode(answer.get_data(), type=DropBody)
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert listed.headers["Cache-Control"] == "public, max-age=1"
    assert abs(body.server_time - any_hall.time()) < timedelta(seconds=5)
    assert [(s.session, s.capacity, s.left) for item in body.items for s in item.sessions] == [
        *(("morning", 2, 1), ("afternoon", 1, 1), ("hall", 9, 9))
    ]
    assert [one.drop for one in msgspec.json.decode(listed.get_data(), type=DropsBody).drops] == [
        "may-day"
    ]


def test_a_drop_nobody_announced_is_not_kept_by_a_cache(hall: Hall) -> None:
    assert told(hall.ask("GET", "/drops/no-such", key="")) == (404, "drop_unknown")


def test_the_list_begins_with_what_opens_first_and_ends_with_what_is_closed(hall: Hall) -> None:
    hall.announce("later", opens_at=hall.opens_at + 5 * DAY)
    hall.announce("sooner", opens_at=hall.opens_at + 4 * DAY)
    hall.pass_until(hall.opens_at + 2 * DAY)

    listed = hall.ask("GET", "/drops", key="").get_json()["drops"]

    assert [one["drop"] for one in listed] == ["sooner", "later", "may-day"]


def test_what_is_over_is_listed_no_longer(hall: Hall) -> None:
    hall.pass_until(hall.opens_at + 4 * DAY)

    assert hall.ask("GET", "/drops", key="").get_json()["drops"] == []
    assert hall.ask("GET", "/drops/may-day", key="").get_json()["status"] == "closed"


def test_a_draw_is_entered_under_an_id_and_left_again(any_hall: Hall) -> None:
    seed = SeedRule(
        statement="体彩排列五",
        source="pailie-5",
        day=(any_hall.opens_at + 3 * DAY).astimezone(CHINA).date(),
    )
    opens_at = any_hall.time() + timedelta(seconds=0.1)
    any_hall.announce("lots", opens_at=opens_at, mode=Mode.DRAW, seed_rule=seed)
    any_hall.pass_until(opens_at)

    first = any_hall.claim(WANG, drop="lots")
    again = any_hall.claim(WANG, drop="lots")
    twice = any_hall.claim(WANG, "k2", drop="lots")

    body = first.get_json()
    assert (first.status_code, again.status_code) == (201, 200)
    assert body["ticket"] is None
    assert told(twice) == (409, "already_entered")
    (entry,) = any_hall.as_member(WANG, "GET", "/tickets").get_json()["entries"]
    assert (entry["drop"], entry["entry"]) == ("lots", body["entry"])
    left = any_hall.as_member(WANG, "POST", "/drops/lots/withdrawal", {})
    assert left.get_json() == {"done": True}
    assert told(any_hall.as_member(WANG, "POST", "/drops/lots/withdrawal", {})) == (
        *(409, "not_entered"),
    )
    assert any_hall.as_member(WANG, "GET", "/tickets").get_json()["entries"] == []
