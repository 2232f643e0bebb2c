"""The benches run and end in one line of JSON; no duration is asserted here."""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import click
import msgspec
import pytest

from pos_gateway.api.drops_schema import ClaimAsked, ClaimBody
from pos_gateway.auth.api_key import make_member_key
from pos_gateway.web.problem_details import Problem
from scripts.bench import plain
from scripts.bench.drops import check_claims, check_turned_away
from scripts.bench.figures import Figure, Figures, percentile
from scripts.bench.gateway import check
from scripts.bench.load import Load, check_answers

BENCHES = Path(__file__).parents[2] / "scripts" / "bench"
TINY = ("--rounds", "1", "--database", "sqlite")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bench", "settings"),
    [
        ("ledger", ("--seconds", "0.05", "--cards", "50", "--facts", "2e4")),
        ("ledger", ("--part", "memory", "--redemptions", "200")),
        ("projections", ("--seconds", "0.05", "--facts", "1000")),
        pytest.param("gateway", ("--seconds", "1", "--connections", "4"), marks=pytest.mark.night),
        pytest.param(
            "drops", ("--quick", "--members", "2000", "--connections", "4"), marks=pytest.mark.night
        ),
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
def test_the_median_must_reach_its_target(
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
def test_the_log_may_hold_unanswered_requests(recorded: int) -> None:
    check(ANSWERED, recorded)


@pytest.mark.parametrize("recorded", [89, 93])
def test_the_log_must_hold_every_answered_request_and_nothing_else(recorded: int) -> None:
    with pytest.raises(click.ClickException):
        check(ANSWERED, recorded)


@pytest.mark.parametrize("recorded", [90, 91, 92])
def test_every_claim_answered_is_on_record(recorded: int) -> None:
    check_claims(ANSWERED, recorded)


@pytest.mark.parametrize(
    ("asked", "recorded"),
    [
        (92, 89),  # an answered redemption is lost
        (92, 93),  # a redemption was recorded without a request
        (101, 95),  # every member has claimed, and some again
    ],
)
def test_recorded_claims_without_a_request_stop_the_bench(asked: int, recorded: int) -> None:
    with pytest.raises(click.ClickException):
        check_claims(msgspec.structs.replace(ANSWERED, asked=asked), recorded)


@pytest.mark.parametrize(
    ("more", "refused"), [({"refused": 1}, False), ({"refused": 89}, True), ({"broken": 1}, False)]
)
def test_an_unexpected_answer_stops_the_bench(more: dict[str, int], *, refused: bool) -> None:
    with pytest.raises(click.ClickException):
        check_answers("made up", msgspec.structs.replace(ANSWERED, **more), refused=refused)


@pytest.mark.parametrize("counted", [179, 185])
def test_a_refusal_for_another_reason_stops_the_bench(counted: int) -> None:
    check_turned_away(180, [ANSWERED, ANSWERED])

    with pytest.raises(click.ClickException):
        check_turned_away(counted, [ANSWERED, ANSWERED])


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_plain_app_gives_no_more_than_there_is(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/plain.db"
    if database == "postgres":
        url = request.getfixturevalue("postgres_url")
    with closing(plain.taken(url)) as kept:
        kept.fill({"m0": "a hash", "m1": "another"}, [("may-day", "garden", "may-1", 1)])
        rose_garden = ClaimAsked(item="garden", session="may-1")

        numbers = [kept.claim("may-day", f"c{one}", f"m{one}", rose_garden) for one in range(2)]

        assert numbers == [1, None]
        assert plain.count_claims(kept, "may-day") == 1


def test_the_plain_app_checks_the_key_and_answers_like_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/plain.db"
    key, key_hash = make_member_key("m0", "page", bytes(32))
    with closing(plain.taken(url)) as kept:
        kept.fill({"m0": key_hash}, [("may-day", "garden", "may-1", 1)])
    monkeypatch.setenv("LEDGER_URL", url)
    browser = plain.application().test_client()

    answers = [
        browser.put(
            f"/api/v1/drops/may-day/claims/{claim_id}",
            json={"item": "garden", "session": "may-1"},
            headers={"Authorization": f"Bearer {shown}"},
        )
        for claim_id, shown in (("c1", key[:-1] + "x"), ("c2", key), ("c3", key))
    ]

    assert [answer.status_code for answer in answers] == [401, 201, 409]
    assert msgspec.json.decode(answers[1].data, type=ClaimBody).number == 1
    assert msgspec.json.decode(answers[2].data, type=Problem).reason == "sold_out"
