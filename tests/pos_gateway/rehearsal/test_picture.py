import re
from pathlib import Path

from matplotlib.text import Text
from PIL import Image

from pos_gateway.rehearsal.copy import Place
from pos_gateway.rehearsal.crowd import Player, Way
from pos_gateway.rehearsal.outcome import outcome
from pos_gateway.rehearsal.picture import draw, drawn
from pos_gateway.rehearsal.run import Rehearsed
from tests.pos_gateway.rehearsal.test_checks import (
    NOTHING,
    PLAN,
    SOUND,
    attempt,
    log,
    sold_out,
    unanswered,
)

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
