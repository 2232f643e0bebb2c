"""The results of benches are shown as numbers, and kept until program or load change."""

import inspect
from pathlib import Path

import pytest

from scripts.bench import all as every
from scripts.bench import calls, command
from scripts.bench.figures import number_text
from scripts.bench.population import ROOT
from scripts.bench.servers import SCRIPT


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.12345, "0.123"), (99.96, "100"), (999.4, "999"), (999.6, "1,000"), (1_320.4, "1,320")],
)
def test_a_number_is_shown_without_an_exponent(number: float, text: str) -> None:
    assert number_text(number) == text


def test_results_are_those_of_one_program_and_one_load() -> None:
    used = [SCRIPT, Path(inspect.getfile(inspect.unwrap(command.running)))]
    used.append(Path(inspect.getfile(calls.example_drop)))

    assert all(any(one.is_relative_to(ROOT / room) for room in every.ROOMS) for one in used)


def test_what_a_bench_says_after_its_result_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every, "STATE", tmp_path / "all.json")
    monkeypatch.setattr(every, "LIMIT", ("sh", "-c", "echo table; echo '{}'; echo late >&2"))

    assert every._run("ledger") == "{}"
