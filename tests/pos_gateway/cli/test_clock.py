"""The clock at the terminal: shown, and confirmed by whoever keeps the machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pos_gateway.cli import session
from tests.support.cli_runner import Cli

SIGN = ("merchants", "sign", "noodle", "--name", "面馆")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a command line on a ledger that rested for 61 days."""
    cli = Cli(tmp_path / "var")
    with cli.services() as services:
        at = datetime.now(UTC) - timedelta(days=61)
        services.ledger.officers.staff.appoint_staff("cli", roles=["clerk", "auditor"], at=at)
        services.ledger.officers.cards.register_member("m1", branch="b1", at=at)
    return cli


def test_after_a_long_pause_a_command_names_the_next_step_and_records_nothing(cli: Cli) -> None:
    assert "hongka clock confirm" in cli.refusal(*SIGN)
    assert cli.head() == 2
    assert fields(cli)["unconfirmed"] == "True"


def test_the_keeper_of_the_machine_confirms_the_clock_after_they_saw_it(cli: Cli) -> None:
    asked = cli.run("clock", "confirm", answers="y\n").stderr

    assert f"seconds_since: {61 * 86_400}"[:-1] in asked
    assert "this_machine: " in asked
    cli.run(*SIGN)
    (fact, _) = cli.rows("show", "log", "--limit", "2", "--after", "2")
    assert (fact["topic"], fact["by"]) == ("clock.confirmed", f"terminal-{session.account()}")
    assert fields(cli)["unconfirmed"] == "False"


def test_who_says_no_confirms_nothing(cli: Cli) -> None:
    cli.run("clock", "confirm", answers="n\n", code=1)

    assert cli.head() == 2


def test_a_script_confirms_without_a_question(cli: Cli, caplog: pytest.LogCaptureFixture) -> None:
    assert cli.told("clock", "confirm", "--yes")["recorded"] == "clock.confirmed"
    assert "nothing is recorded" not in caplog.text


def test_the_demonstration_answers_itself(cli: Cli) -> None:
    cli.run("demo")

    assert fields(cli)["unconfirmed"] == "False"


def fields(cli: Cli) -> dict[str, str]:
    return {row["field"]: row["value"] for row in cli.table("clock", "show")}
