"""The benches run and end in one line of JSON; no duration is asserted here."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import click
import msgspec
import psycopg
import pytest

from ledger.application import Ledger
from ledger.errors import HongkaError
from ledger.store import Draft, Stored, leaf
from ledger.write import state_batch
from pos_gateway.api.drops_schema import ClaimAsked, ClaimBody
from pos_gateway.auth.api_key import make_member_key
from scripts.bench import city, plain, redis
from scripts.bench.all import PARTS, markdown
from scripts.bench.figures import ROWS, Figure, Figures, percentile
from scripts.bench.population import Population
from scripts.bench.servers import Load, check_answers, check_recorded

BENCHES = Path(__file__).parents[2] / "scripts" / "bench"
TINY = ("--rounds", "1", "--database", "sqlite")
SMALL_CITY = ("--facts", "2e4", "--cards", "1000", "--offers", "40", "--merchants", "20")
TILLS = ("--seconds", "1", "--part", "tills", "--part", "cold")
STARTS = ("--part", "start", "--part", "rebuild")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bench", "settings"),
    [
        ("ledger", ("--seconds", "0.05", "--cards", "50")),
        ("projections", ("--seconds", "0.05", "--facts", "1000")),
        ("growth", ("--part", "claims", "--many", "1000")),
        pytest.param("growth", (*SMALL_CITY, *TILLS), marks=pytest.mark.night),
        pytest.param("growth", (*SMALL_CITY, *STARTS), marks=pytest.mark.night),
        pytest.param(
            "gateway",
            ("--seconds", "1", "--connections", "4", "--members", "2000"),
            marks=pytest.mark.night,
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
    assert all(figure["rounds"] >= 1 for figure in line["figures"] or [{"rounds": 0}])
    for figure in line["figures"]:
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
        figures.add("", "hongka --help, processor time", sample, "s")
    figures.show()

    (figure,) = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert figure == {
        "name": "hongka --help, processor time",
        "unit": "s",
        "median": 2.0,
        "lowest": 1.0,
        "highest": 3.0,
        "rounds": 3,
        "least": None,
        "most": 0.5,
        "reached": False,
    }


def test_ratios_are_those_of_a_round_and_bounded_where_the_table_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = Figures("made up")

    for start in ("postgres, 32 connections: ", "postgres, 7 connections: "):
        for own, beside in ((2.0, 10.0), (3.0, 10.0), (9.0, 30.0)):
            figures.add(start, "redemption", own, "1/s")
            figures.add(start, "no-op", beside, "1/s")
    figures.show()

    found = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    ratios = {one["name"]: one for one in found if one["unit"] == "×"}
    bounded, free = (ratios[f"postgres, {one} connections: redemption to no-op"] for one in (32, 7))
    assert (bounded["median"], bounded["lowest"], bounded["rounds"]) == (0.3, 0.2, 3)
    assert (bounded["least"], bounded["reached"]) == (0.25, True)
    assert (free["median"], free["least"], free["reached"]) == (0.3, None, None)


def test_a_percentile_is_a_sample() -> None:
    assert percentile([], 0.99) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0


ANSWERED = Load(
    answered=90, refused=0, broken=0, asked=92, prepared=100, seconds=1.0, p50_ms=1.0, p99_ms=2.0
)


@pytest.mark.parametrize("recorded", [180, 182, 184])
def test_the_log_may_hold_unanswered_requests(recorded: int) -> None:
    check_recorded("made up", [ANSWERED, ANSWERED], recorded)


@pytest.mark.parametrize("recorded", [89, 93])
def test_the_log_must_hold_every_answered_request_and_nothing_else(recorded: int) -> None:
    with pytest.raises(click.ClickException):
        check_recorded("made up", [ANSWERED], recorded)


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"refused": 1}, False),
        ({"refused": 89}, True),
        ({"broken": 1}, False),
        ({"asked": 101}, False),  # some were sent again
    ],
)
def test_an_unexpected_answer_stops_the_bench(more: dict[str, int], *, refused: bool) -> None:
    with pytest.raises(click.ClickException):
        check_answers(
            "made up", msgspec.structs.replace(ANSWERED, **more), refused=refused, fresh=True
        )


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[plain.Store]:
    with ExitStack() as stack:
        if request.param == "redis":
            if redis.PROGRAM is None:
                pytest.skip(redis.LEFT_OUT)
            url = stack.enter_context(redis.running(tmp_path))
        else:
            url = request.getfixturevalue("postgres_server").bare_database()
        yield stack.enter_context(closing(plain.store_at(url)))


BOTH = pytest.mark.parametrize("store", ["postgres", "redis"], indirect=True)
ROSE_GARDEN = ClaimAsked(item="garden", session="may-1")


@BOTH
def test_the_plain_app_gives_no_more_than_there_is(store: plain.Store) -> None:
    store.fill({"m0": "a hash", "m1": "another"}, [("may-day", "garden", "may-1", 1)])

    numbers = [store.claim("may-day", f"c{one}", f"m{one}", ROSE_GARDEN) for one in range(2)]

    assert numbers == [1, None]
    assert store.count("may-day") == 1


@BOTH
def test_the_plain_app_gives_a_member_one(store: plain.Store) -> None:
    store.fill({"m0": "a hash"}, [("may-day", "garden", "may-1", 5)])
    store.claim("may-day", "c1", "m0", ROSE_GARDEN)

    with pytest.raises((psycopg.IntegrityError, RuntimeError)):
        store.claim("may-day", "c2", "m0", ROSE_GARDEN)

    assert store.count("may-day") == 1


@BOTH
def test_the_plain_app_checks_the_key_and_answers_like_the_gateway(store: plain.Store) -> None:
    key, key_hash = make_member_key("m0", "page", bytes(32))
    store.fill({"m0": key_hash}, [("may-day", "garden", "may-1", 1)])
    browser = plain.app_on(store).test_client()

    answers = [
        browser.put(
            f"/api/v1/drops/{drop_id}/claims/c1",
            json={"item": "garden", "session": "may-1"},
            headers={"Authorization": f"Bearer {shown}"},
        )
        for drop_id, shown in (("may-day", key[:-1] + "x"), ("may-day", key), ("another-day", key))
    ]

    assert [answer.status_code for answer in answers] == [401, 201, 409]
    assert msgspec.json.decode(answers[1].data, type=ClaimBody).number == 1
    assert answers[2].get_json()["reason"] == "sold_out"


SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)


def test_a_past_written_in_bulk_is_the_one_that_the_ledger_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cards in two logs: in one their past is written, in the other it is redeemed."""
    monkeypatch.setattr(state_batch, "SNAPSHOT_EVERY", 100)
    cards, redemptions, merchants = 20, 1_200, 5
    span = {"since": SINCE, "until": UNTIL}
    bulk, lived = (f"sqlite:///{tmp_path}/{name}.db" for name in ("bulk", "lived"))
    with closing(Ledger(bulk, told_time=lambda: SINCE)) as ledger:
        city.found(ledger, merchants=merchants, offers=25)
    shutil.copyfile(tmp_path / "bulk.db", tmp_path / "lived.db")
    for url, facts in ((bulk, 3 * cards + redemptions * 6 // 5), (lived, 0)):
        with closing(Ledger(url)) as one:
            city.fill(one.store, cards=cards, facts=facts, merchants=merchants, **span)
    with closing(Ledger(lived)) as ledger:
        past = city.past(cards, redemptions, merchants, SINCE, UNTIL)
        answers = list(ledger.tills.redemptions.redeem_many(past, in_flight=100))
    assert not [one for one in answers if isinstance(one, HongkaError)]

    written, recorded = rows_and_states(bulk), rows_and_states(lived)

    assert written == recorded
    assert {"redemption.made", "fund.reserved"} <= {one.topic for one in written[0]}


def rows_and_states(url: str) -> tuple[list[Stored], list[object]]:
    """Return all rows of a log, whose leaves and versions are right, and the states read of it."""
    with closing(Ledger(url)) as ledger:
        with ledger.store.reading() as view:
            rows = view.tail(0, 100_000)
            assert view.load(["fund-bench"])["fund-bench"].snapshot
            assert (view.head.position, view.head.leaf) == (len(rows), rows[-1].leaf)
        assert [one.position for one in rows] == list(range(1, len(rows) + 1))
        assert all(one.leaf == leaf(one.position, Draft(*one[1:8])) for one in rows)
        streams = sorted({one.stream for one in rows})
        states = [ledger.state(stream) for stream in streams]
    return rows, states


def test_a_city_is_made_once_and_copied(tmp_path: Path) -> None:
    size, kept = Population(facts=200, cards=10, offers=20, merchants=3), tmp_path / "kept"
    for name in ("first", "second"):
        size.copy_to(f"sqlite:///{tmp_path}/{name}.db", kept)

    (file,) = kept.iterdir()

    assert (tmp_path / "second.db").read_bytes() == file.read_bytes()
    with closing(Ledger(f"sqlite:///{tmp_path}/second.db")) as ledger:
        (scan,) = city.scans(Random(1), cards=10, count=1, merchants=3)  # noqa: S311 - any will do
        assert len(ledger.tills.redemptions.validation(scan).held) == 20
        assert ledger.tills.redemptions.redeem("after-the-past", scan).made.price_minor


def test_the_table_of_the_readme_is_made_of_the_results() -> None:
    start, name, beside = ROWS[0][1:4]
    medians = {name: 1320.4, beside: 10_990.0, f"{name} to {beside}": 0.1201, f"{name}, p99": 45.0}
    figures = [
        {"name": start + one, "median": median, "unit": "ms" if "p99" in one else "1/s"}
        for one, median in medians.items()
    ]
    part = {"machine": {"cores": 2}, "left_out": ["LEFT OUT: a thing"], "figures": figures}

    lines = markdown({"parts": dict.fromkeys(PARTS, part)}).splitlines()

    (row,) = (line for line in lines if line.startswith(f"| {ROWS[0][0]}"))
    assert row == f"| {ROWS[0][0]} | 1,320 | {ROWS[0][4]} | 10,990 | 0.12 |  | 45 ms |"
    assert lines[-1] == "LEFT OUT: a thing"
