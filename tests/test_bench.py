"""The benches run and end in one line of JSON; no time is ever judged here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import click
import pytest

from scripts.bench.figures import Figure, Figures, percentile
from scripts.bench.gateway import check
from scripts.bench.load import Load

BENCHES = Path(__file__).parents[1] / "scripts" / "bench"
TINY = ("--rounds", "1", "--database", "sqlite")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bench", "settings"),
    [
        ("ledger", ("--seconds", "0.05", "--cards", "50", "--facts", "2e4")),
        ("ledger", ("--part", "memory", "--redemptions", "200")),
        ("projections", ("--seconds", "0.05", "--facts", "1000")),
        ("gateway", ("--seconds", "1", "--connections", "4")),
    ],
)
def test_a_bench_ends_in_one_line_of_json(bench: str, settings: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [BENCHES / bench, *TINY, *settings], capture_output=True, text=True, check=True, timeout=240
    )

    line = json.loads(ran.stdout.splitlines()[-1])
    assert line["bench"] == bench
    assert {"cores", "load_at_start", "load_at_end", "python", "sqlite"} <= line["machine"].keys()
    assert line["figures"]
    for figure in line["figures"]:
        assert figure["rounds"] >= 1
        assert figure["lowest"] <= figure["median"] <= figure["highest"]


@pytest.mark.parametrize(
    ("least", "most", "samples", "reached"),
    [
        (None, None, [1.0], None),
        (0.5, None, [0.4, 0.6, 0.5], True),
        (0.5, None, [0.4, 0.6, 0.4], False),
        (None, 1.2, [1.0, 9.0, 1.2], True),
        (None, 1.2, [1.0, 9.0, 1.3], False),
    ],
)
def test_the_median_must_reach_what_is_demanded(
    least: float | None, most: float | None, samples: list[float], *, reached: bool | None
) -> None:
    figure = Figure(name="made up", unit="×", least=least, most=most, samples=samples)

    assert figure.reached is reached


def test_the_rounds_of_a_figure_are_kept_together(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures("made up")

    for sample in (3.0, 1.0, 2.0):
        figures.add("speed", sample, "1/s", least=2.5)
    figures.show()

    (figure,) = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert figure == {
        "name": "speed",
        "unit": "1/s",
        "median": 2.0,
        "lowest": 1.0,
        "highest": 3.0,
        "rounds": 3,
        "least": 2.5,
        "most": None,
        "reached": False,
    }


def test_a_percentile_is_a_sample() -> None:
    assert percentile([], 0.99) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0


ANSWERED = Load(
    answered=90, refused=0, broken=0, asked=92, prepared=100, seconds=1.0, p50_ms=1.0, p99_ms=2.0
)


@pytest.mark.parametrize("recorded", [90, 91, 92])
def test_the_log_may_hold_what_was_asked_and_not_answered(recorded: int) -> None:
    check(ANSWERED, recorded)


@pytest.mark.parametrize("recorded", [89, 93])
def test_the_log_must_hold_what_was_answered_and_nothing_else(recorded: int) -> None:
    with pytest.raises(click.ClickException):
        check(ANSWERED, recorded)
