"""The outcome of a rehearsal: its figures, and whether it is sound."""

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from matplotlib.text import Text
from PIL import Image

from pos_gateway.rehearsal.copy import Place
from pos_gateway.rehearsal.crowd import Played, Player, Way
from pos_gateway.rehearsal.outcome import outcome, percentile
from pos_gateway.rehearsal.picture import draw, drawn
from pos_gateway.rehearsal.run import Rehearsed
from tests.pos_gateway.rehearsal.test_checks import (
    NOTHING,
    PLAN,
    SOUND,
    attempt,
    claimed,
    log,
    sold_out,
    unanswered,
)


def test_an_outcome_counts_from_the_log_and_tells_what_is_not_sound() -> None:
    players = [
        Player(0, "wang", "gulou", (), "k", Way.HONEST),
        Player(1, "li", "gulou", ("劳模",), "k", Way.BOT),
        Player(2, "zhao", "guoyuan", ("劳模",), "k", Way.HONEST),
    ]
    answers = [
        attempt("wang", pressed=0.5),
        sold_out("zhao", sent=1.2, answered=1.3),
        attempt("li", status=429, reason="too_many_requests", ticket="", answered=9.0),
        attempt("wang", status=200, pressed=0.8),
    ]

    found = outcome(PLAN, players, log(*SOUND), Played(answers, Counter({200: 3}), 1, 0.25))

    assert (found.claimed, found.places, found.capacity) == (2, 3, 3)
    assert found.seconds_to_sold_out == 0.2
    assert found.slots["garden/morning"].per_second == [3]
    counted = {kind: one.answers for kind, one in found.latency.items()}
    assert counted == {"all": 3, "accepted": 1, "repeated": 1, "refused": 1, "honest": 3}
    assert (found.p50_ms, found.p99_ms) == (400.0, 600.0)
    assert found.gateway["accepted"].max_ms == 100.0
    assert found.refusals == {"409 sold_out": 1, "429 too_many_requests": 1}
    assert msgspec.to_builtins(found.ways) == {
        "honest": {"members": 2, "tickets": 1},
        "impatient": {"members": 0, "tickets": 0},
        "bot": {"members": 1, "tickets": 1},
    }
    assert found.groups["劳模"].members == 2
    assert (found.untold, found.unsent, found.late_ms, found.sound) == (1, 1, 250.0, True)


@pytest.mark.parametrize("fault", ["oversold", "double_claims", "unfair", "lost"])
def test_an_outcome_with_a_fault_is_not_sound(fault: str) -> None:
    found = outcome(PLAN, [], log(*SOUND), NOTHING)

    assert found.sound
    assert not msgspec.structs.replace(found, **{fault: 1}).sound


def test_places_that_are_left_are_not_sold_out() -> None:
    found = outcome(PLAN, [], log(claimed("wang")), NOTHING)

    assert found.seconds_to_sold_out is None
    assert found.p50_ms is None


def test_who_pressed_early_waited_since_the_opening() -> None:
    early = attempt("wang", pressed=-1.5, sent=0.1, answered=0.2)
    too_early = sold_out("li", pressed=-2, sent=-1.9, answered=-1.8)

    found = outcome(PLAN, [], log(claimed("wang")), NOTHING._replace(attempts=[early, too_early]))

    assert found.latency["all"].answers == 1
    assert found.p50_ms == 200.0
    assert found.gateway["all"].p50_ms == 100.0


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.99) == 4.0
    assert percentile([], 0.5) is None


CJK = re.compile("[\u4e00-\u9fff]")
LETTERS = re.compile("[a-z]{3}")


def rehearsed(tmp_path: Path) -> Rehearsed:
    """Return a rehearsal with two tickets, one refusal and one unanswered claim."""
    attempts = [attempt("wang"), attempt("li", party=2), sold_out("zhao"), unanswered("qian")]
    crowd = [
        Player(number, one.member_id, "gulou", (), "", way)
        for number, (one, way) in enumerate(zip(attempts, [*Way, Way.HONEST], strict=True))
    ]
    facts, played = log(*SOUND), NOTHING._replace(attempts=attempts)
    return Rehearsed(
        outcome=outcome(PLAN, crowd, facts, played),
        plan=PLAN,
        facts=facts,
        attempts=attempts,
        gateways=1,
        place=Place(var=tmp_path, ledger_url="sqlite://"),
    )


def words(tmp_path: Path) -> list[str]:
    """Return the texts in the picture without numbers and ids."""
    figure = drawn(rehearsed(tmp_path), "演练 Rehearsal of may-day")
    found = [one.get_text() for one in figure.findobj(Text) if isinstance(one, Text)]
    return [one for one in found if LETTERS.search(one) and one != "garden/morning"]


def test_what_is_written_in_the_picture_of_a_rehearsal_is_in_both_languages(tmp_path: Path) -> None:
    written = words(tmp_path)

    assert len(written) > 10
    assert [one for one in written if not CJK.search(one)] == []
    assert {"已抢完\n409 sold_out", "没有答复\n0 TimeoutError"} <= set(written)


def test_its_chinese_is_drawn_with_a_font_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"

    draw(rehearsed(tmp_path), "演练 Rehearsal of may-day", path)

    with Image.open(path) as picture:
        assert picture.width > 1_000
