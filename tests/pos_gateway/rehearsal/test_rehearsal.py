import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ledger.application import Ledger
from ledger.drops.terms import Audience, Item, Mode, Plan, Session
from pos_gateway.rehearsal import checks
from tests.faults.gateways import children, until
from tests.support.cli_runner import Cli
from tests.support.postgres import SUPERUSER, as_role

SMALL = ("--members", "200", "--seconds", "6", "--seed", "1949")
REAL_MEMBERS = 6
BRANCH = "鼓楼街道总工会"


def furnish(ledger: Ledger, mode: Mode = Mode.FIRST_COME) -> None:
    """Register six members and announce forty tickets to the Rose Garden for tomorrow."""
    now = ledger.query(lambda _states, now: now)
    day = timedelta(days=1)
    for number in range(REAL_MEMBERS):
        groups = ("劳模",) if number % 3 == 0 else ()
        ledger.officers.cards.register_member(f"m{number}", branch=BRANCH, groups=groups)
        ledger.officers.cards.issue_card(f"{number:024x}", member_id=f"m{number}")
    ledger.officers.merchants.sign_merchant("rose-garden", name="玫瑰园")
    sessions = tuple(
        Session(session_id=one, starts_at=now + 4 * day, ends_at=now + 5 * day, capacity=places)
        for one, places in (("morning", 30), ("afternoon", 10))
    )
    garden = Item(
        item_id="garden",
        title="玫瑰园门票",
        kind="admission",
        sessions=sessions,
        supplier_id="rose-garden",
        party_max=3,
    )
    plan = Plan(
        title="五一玫瑰园",
        mode=mode,
        items=(garden,),
        opens_at=now + day,
        closes_at=now + 2 * day,
        audience=Audience(branches=(BRANCH, "果园街道总工会")),
        challenge=True,
    )
    ledger.officers.drops.announce_drop("may-day", plan=plan)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    cli = Cli(tmp_path / "var")
    with cli.services() as services:
        furnish(services.ledger)
    return cli


@pytest.fixture
def postgres_cli(tmp_path: Path, postgres_url: str) -> Cli:
    cli = Cli(tmp_path / "var")
    cli.environment["LEDGER_URL"] = as_role(SUPERUSER, postgres_url)  # which may make a copy
    with cli.services() as services:
        furnish(services.ledger)
    return cli


def left_over(cli: Cli) -> list[str]:
    """Return the folders of rehearsals that were not removed."""
    return [one.name for one in cli.var.glob("rehearsal-*") if one.is_dir()]


def rehearsed(cli: Cli, *typed: str, code: int = 0) -> dict[str, Any]:
    """Return the one line for scripts."""
    (line,) = cli.run("rehearse", "may-day", *typed, "--json", code=code).stdout.splitlines()
    told: dict[str, Any] = json.loads(line)
    return told


def check_sound(told: dict[str, Any]) -> None:
    """Check that everything was given once and in the right order."""
    verdicts = ("oversold", "double_claims", "unfair", "lost", "untold")
    assert {name: told[name] for name in verdicts} == dict.fromkeys(verdicts, 0)
    assert told["claimed"] == told["places"] == 40
    assert {name: one["taken"] for name, one in told["slots"].items()} == {
        "garden/morning": 30,
        "garden/afternoon": 10,
    }
    assert 0 < told["seconds_to_sold_out"] < 6
    assert 0 < told["p50_ms"] <= told["p99_ms"]
    assert told["pages"] == {"200": 200}
    assert {way: one["members"] for way, one in told["ways"].items()} == {
        "honest": 140,
        "impatient": 50,
        "bot": 10,
    }
    assert told["branches"] == {BRANCH: {"members": 200, "tickets": 40}}
    assert told["refusals"]["409 sold_out"] > 0


@pytest.mark.slow
def test_a_small_rehearsal_sells_all_once_and_leaves_the_ledger_alone(cli: Cli) -> None:
    head = cli.head()

    told = rehearsed(cli, *SMALL)

    check_sound(told)
    assert told["gateways"] == 1
    assert cli.head() == head
    assert left_over(cli) == []
    with Image.open(cli.var / "rehearsal-may-day.png") as picture:
        assert picture.width > 1_000
        assert len(picture.convert("RGB").getcolors(100_000) or []) > 50


@pytest.mark.night
@pytest.mark.slow
@pytest.mark.postgres
def test_two_gateways_on_postgres_keep_the_turns_between_them(
    postgres_cli: Cli, tmp_path: Path
) -> None:
    head = postgres_cli.head()
    picture = tmp_path / "small.png"

    told = rehearsed(postgres_cli, *SMALL, "--gateways", "2", "--picture", str(picture))

    check_sound(told)
    assert told["gateways"] == 2
    assert postgres_cli.head() == head
    assert left_over(postgres_cli) == []
    assert picture.stat().st_size > 10_000


@pytest.mark.slow
def test_what_must_not_be_ends_with_exit_code_one(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "oversold", lambda _plan, _facts: 3)

    told = rehearsed(cli, "--members", "2", "--seconds", "1", code=1)

    assert told["oversold"] == 3


@pytest.mark.night
@pytest.mark.slow
def test_a_copy_that_is_asked_for_stays(cli: Cli) -> None:
    rehearsed(cli, "--members", str(REAL_MEMBERS), "--seconds", "1", "--keep")

    (kept,) = left_over(cli)
    with closing(Ledger(f"sqlite:///{cli.var / kept}/ledger.db")) as copy:
        slots = copy.state("drop-rehearsal-may-day").plan.slots
        assert list(slots) == ["garden/morning", "garden/afternoon"]
        assert copy.drop("rehearsal-may-day").claims <= REAL_MEMBERS
        assert len(copy.member("m0").keys) == 1
    with cli.services() as services:
        assert len(services.ledger.member("m0").keys) == 0


def test_a_drop_nobody_announced_is_not_rehearsed(cli: Cli) -> None:
    assert "drop_unknown" in cli.refusal("rehearse", "new-year")
    assert left_over(cli) == []


def test_goods_for_everybody_are_no_rush(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "var")
    with cli.services() as services:
        furnish(services.ledger, Mode.ALLOTMENT)

    assert "not_in_this_mode" in cli.refusal("rehearse", "may-day")


def test_a_file_has_one_gateway(cli: Cli) -> None:
    assert "gateways" in cli.refusal("rehearse", "may-day", "--gateways", "2")


def test_a_ledger_in_use_is_never_taken_for_the_copy(cli: Cli) -> None:
    head = cli.head()

    told = cli.refusal("rehearse", "may-day", "--ledger-url", f"sqlite:///{cli.var}/ledger.db")

    assert "copy_not_empty" in told
    assert cli.head() == head
    assert left_over(cli) == []


def test_a_copy_is_made_in_a_database_or_not_at_all(cli: Cli) -> None:
    assert "setting_invalid" in cli.refusal("rehearse", "may-day", "--ledger-url", "mysql://x/y")
    assert left_over(cli) == []


@pytest.mark.parametrize("shares", ["70/25", "70/25/6", "a/b/c", "-1/100/1"])
def test_shares_are_a_hundred(cli: Cli, shares: str) -> None:
    assert "Invalid value" in cli.run("rehearse", "may-day", "--shares", shares, code=2).stderr


@pytest.fixture
def running_rehearsal(cli: Cli) -> Iterator[subprocess.Popen[bytes]]:
    """Start a long rehearsal and wait for its gateway."""
    program = "from pos_gateway.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "rehearse", "may-day", "--members", "50"],
        env=os.environ | cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        until(lambda: bool(list(cli.var.glob("rehearsal-*/gateway-0.log"))))
        (log,) = cli.var.glob("rehearsal-*/gateway-0.log")
        until(lambda: b"ready" in log.read_bytes())
        yield process
        process.kill()


def test_stopped_it_leaves_nothing_behind(
    cli: Cli, running_rehearsal: subprocess.Popen[bytes]
) -> None:
    time.sleep(2)  # by now the members are sending
    processes = children(running_rehearsal.pid)

    running_rehearsal.send_signal(signal.SIGINT)

    assert running_rehearsal.wait(60) == 1
    assert len(processes) >= 3
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in processes))
    assert left_over(cli) == []
