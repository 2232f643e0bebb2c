from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.support.js_modules import run

OPENS = datetime(2019, 4, 25, 1, tzinfo=UTC)
MORNING = {"item": "garden", "session": "morning"}
TICKET = {"status": "held", "title": "玫瑰园门票", "number": 7}
WAIT = {**MORNING, "party": 1, "number": 3, "ahead": 2, "offered_until": None}
OFFERED = {**WAIT, "ahead": 0, "offered_until": "2019-04-25T02:00:00Z"}
ENTRY = {**MORNING, "entry": "472822b467b1"}


def told(
    page: Page,
    *,
    minutes: float = 5,
    left: int = 2,
    chosen: bool = True,
    party: int = 1,
    mine: dict[str, Any] | None = None,
    asking: bool = False,
    **changed: Any,
) -> tuple[str, str | None]:
    """Return the text on a drop some minutes after its opening, and the act of the button."""
    session = {"session": "morning", "left": left, "capacity": 9, "waiting": 3}
    item = {"item": "garden", "party_max": 3, "by_person": True, "sessions": [session]}
    drop = {
        "status": "open",
        "mode": "first_come",
        "opens_at": OPENS.isoformat(),
        "closes_at": (OPENS + timedelta(days=2)).isoformat(),
        "per_member": 1,
        "waiting_max": 20,
        "drawn": False,
        "items": [item],
        **changed,
    }
    moment = {
        "drop": drop,
        "now": (OPENS + timedelta(minutes=minutes)).timestamp() * 1_000,
        "chosen": MORNING if chosen else None,
        "party": party,
        "mine": {"tickets": [], "waiting": [], "entries": [], **(mine or {})},
        "asking": asking,
    }
    found = run(page, "card/truth.js", "({truthOf}, moment) => truthOf(moment)", moment)
    return found["name"], found["act"]


DRAW = {"mode": "draw"}


@pytest.mark.parametrize(
    ("moment", "truth"),
    [
        ({"minutes": -60}, ("not_yet", None)),
        ({"minutes": -0.1}, ("opening", None)),
        ({"status": "announced", "minutes": 0}, ("open", "claims")),
        ({"chosen": False}, ("choose", None)),
        ({"asking": True}, ("asking", None)),
        ({"party": 3}, ("sold_out_wait", "waiting")),
        ({"left": 0, "waiting_max": 3}, ("sold_out", None)),
        ({"left": 0, "chosen": False}, ("all_gone", None)),
        ({"left": 0, "mine": {"waiting": [WAIT]}}, ("in_line", None)),
        ({"left": 0, "mine": {"waiting": [WAIT]}, "chosen": False}, ("in_line", None)),
        ({"left": 0, "mine": {"waiting": [OFFERED]}}, ("offered", "claims")),
        ({"mine": {"tickets": [TICKET]}}, ("yours", "ticket")),
        ({"mine": {"tickets": [TICKET]}, "per_member": 2}, ("open", "claims")),
        ({"mine": {"tickets": [{**TICKET, "status": "released"}]}}, ("open", "claims")),
        ({"minutes": 3_000}, ("closed", None)),
        ({"status": "closed", "mine": {"waiting": [WAIT]}}, ("in_line", None)),
        ({"status": "cancelled", "mine": {"tickets": [TICKET]}}, ("cancelled", None)),
        ({"mode": "allotment"}, ("given_out", None)),
        ({"mode": "allotment", "mine": {"tickets": [TICKET]}}, ("yours", "ticket")),
        ({**DRAW, "minutes": -1}, ("not_yet", None)),
        ({**DRAW}, ("enter", "claims")),
        ({**DRAW, "mine": {"entries": [ENTRY]}}, ("entered", None)),
        ({**DRAW, "minutes": 3_000, "mine": {"entries": [ENTRY]}}, ("to_be_drawn", None)),
        ({**DRAW, "minutes": 3_000}, ("closed", None)),
        ({**DRAW, "minutes": 3_000, "drawn": True}, ("not_drawn", "waiting")),
        ({**DRAW, "minutes": 3_000, "drawn": True, "chosen": False}, ("not_drawn", None)),
        ({**DRAW, "minutes": 3_000, "drawn": True, "mine": {"waiting": [WAIT]}}, ("in_line", None)),
    ],
)
def test_the_button_tells_the_truth_at_every_moment(
    page: Page, moment: dict[str, Any], truth: tuple[str, str | None]
) -> None:
    assert told(page, **moment) == truth


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_page_polls_with_pauses_and_jitter(page: Page, data: st.DataObject) -> None:
    seconds = data.draw(st.integers(-100_000, 300_000))
    drop = {
        "status": data.draw(st.sampled_from(["announced", "open", "closed"])),
        "opens_at": OPENS.isoformat(),
        "closes_at": (OPENS + timedelta(days=2)).isoformat(),
    }
    now = (OPENS + timedelta(seconds=seconds)).timestamp() * 1_000
    chances = [0, data.draw(st.floats(0.01, 0.99)), 1]

    early, between, late = run(
        page,
        "card/poll.js",
        "({pollIn}, [drop, now, chances]) => chances.map((one) => pollIn(drop, now, one))",
        [drop, now, chances],
    )

    assert 1_000 <= early <= between <= late <= 90_000
    assert late - early >= min(1_000, early)


def test_an_unanswered_request_is_repeated_and_a_refusal_is_final(page: Page) -> None:
    problems = [
        {"status": 0, "reason": "offline"},
        {"status": 503, "reason": "busy", "particulars": {"retry_after_seconds": 2}},
        {"status": 429, "reason": "too_many_requests", "particulars": {"retry_after_seconds": 3}},
        {"status": 500, "reason": "unexpected"},
        {"status": 409, "reason": "not_open_yet", "particulars": {"opens_at": OPENS.isoformat()}},
        {"status": 428, "reason": "challenge_needed"},
        {"status": 409, "reason": "sold_out"},
        {"status": 403, "reason": "key_ended"},
    ]
    now = (OPENS - timedelta(seconds=5)).timestamp() * 1_000

    pauses = run(
        page,
        "card/pause.js",
        """({pauseAfter}, [problems, now]) => problems.map((one) =>
            [1, 30].map((tries) => pauseAfter(one, tries, {now, random: 1})))""",
        [problems, now],
    )

    assert pauses == [
        [400, 5_000],
        [2_500, 2_500],
        [3_500, 3_500],
        [400, None],
        [5_300, 5_300],
        [0, None],
        [None, None],
        [None, None],
    ]
