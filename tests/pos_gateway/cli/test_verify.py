"""`hongka verify` as officers type it; what it finds is in `tests/ledger/proof`."""

import json
from pathlib import Path

import pytest

from ledger.proof.note import HeadKey
from tests.support.cli_runner import Cli


@pytest.fixture
def cli(database_url: str, tmp_path: Path) -> Cli:
    """Return commands on a ledger with two facts, on either database."""
    cli = Cli(tmp_path / "var")
    if database_url.startswith("postgresql"):
        cli.environment["LEDGER_URL"] = database_url
    for verb, asked in (
        ("open_fund", {"programme": "s1", "name": "小红卡"}),
        ("contribute", {"source": "district", "amount_minor": 9_00}),
    ):
        with cli.services() as services:
            getattr(services.ledger.officers.offers, verb)("card", **asked)
    return cli


def heads(cli: Cli) -> Path:
    return cli.var / "heads" / "checkpoints.txt"


def test_a_sound_log_is_told_with_its_last_good_head_and_key(cli: Cli) -> None:
    # Given commands that recorded facts, and so signed a head each
    assert heads(cli).read_text().count("hongka/") == 4
    # When the log is verified, with all that is folded
    cli.run("follow", "--once")
    found = json.loads(cli.run("verify", "--all", "--json").stdout)
    # Then it is sound
    assert (found["sound"], found["facts"], found["findings"]) == (True, 2, [])
    assert found["last_good_head"]["size"] == 2
    assert found["verifier"].startswith(heads(cli).read_text().partition("\n")[0])
    assert cli.run("verify").stdout.endswith("The log is what was recorded.\n")


def test_heads_are_read_from_a_file_that_is_named(cli: Cli, tmp_path: Path) -> None:
    # Given the heads on another disk, and none where they are usually
    kept = tmp_path / "kept.txt"
    heads(cli).rename(kept)
    # Then the usual place is a finding, and the named one is read
    assert "WRONG: no head is outside the database: /" in cli.run("verify", code=1).stdout
    assert "of which outside: 2" in cli.run("verify", "--heads", str(kept)).stdout


def test_a_head_of_more_facts_than_there_are_names_the_last_good_one(cli: Cli) -> None:
    # Given a head outside that this ledger signed over 9 facts, as if 7 were cut off since
    key = HeadKey((cli.var / "keys" / "log.hmac").read_bytes())
    with heads(cli).open("a") as file:
        file.write(f"{key.sign((9, bytes(32)))}\n")
    # Then the last good head is told
    told = cli.run("verify", code=1).stdout
    assert "WRONG: a head outside is not in the database: size 9\n" in told
    assert "WRONG: a signed head has more facts than there are: size 9\n" in told
    assert "The last good head has 2 facts, the last of 20" in told
    found = json.loads(cli.run("verify", "--json", code=1).stdout)
    assert [one["problem"] for one in found["findings"]] == [
        "a head outside is not in the database",
        "a signed head has more facts than there are",
    ]


def test_a_view_that_stopped_is_a_finding(cli: Cli) -> None:
    cli.run("follow", "--once")
    with cli.services() as services, services.views.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE progress SET problem = 'KeyError', stopped_at = 2 WHERE name = 'usage_1'"
        )

    assert (
        "WRONG: a view is not what the facts give: usage_1\n"
        in cli.run("verify", "--all", code=1).stdout
    )
