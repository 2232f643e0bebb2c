"""`hongka upgrade` on a ledger of an earlier release."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.store.rows import leaves_before
from tests.checks.test_golden import missing
from tests.golden.make_ledger import Gateway
from tests.support.cli_runner import Cli
from tests.support.golden_ledger import GOLDEN, RELEASES, GoldenLedger
from tests.support.planted_step import ADD_COLUMN, Plant, plant
from tests.support.postgres import OWNER, PostgresServer, as_role

__all__ = ["plant"]

BYTES_MAX = 1_000_000


@pytest.fixture(params=RELEASES)
def golden(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> GoldenLedger:
    """Return a kept ledger, on PostgreSQL in a database with roles, as its operator prepares it."""
    if database_url.startswith("sqlite"):
        return GoldenLedger(request.param, database_url, tmp_path / "var")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.bare_database()
    golden = GoldenLedger(request.param, url, tmp_path / "var")
    server.make_roles(url)
    golden.environment["HONGKA_OWNER_URL"] = as_role(OWNER, url)
    return golden


def check_answers(golden: GoldenLedger) -> None:
    """Check that every answer of the release is given today; additions are allowed."""
    for typed, told in golden.known["shown"].items():
        shown = json.loads(golden.run(*typed.split()).stdout)
        if typed.startswith("show log"):
            shown = shown[: len(told)]  # then came whoever asks
        lost = list(missing(told, shown))
        assert not lost, f"hongka {typed} no longer tells {lost}"
    with closing(Gateway(golden.environment)) as gateway:
        for path, told in golden.known["asked"].items():
            lost = list(missing(told, gateway.ask(golden.known["till"], "GET", path)))
            assert not lost, f"GET {path} no longer tells {lost}"


def test_release_2026_11_2_is_kept_and_small() -> None:
    assert "2026.11.2" in RELEASES
    for path in GOLDEN.glob("ledger_*.zip"):
        assert path.stat().st_size < BYTES_MAX, f"{path.name} is too large to keep"


def test_a_ledger_of_an_earlier_release_answers_as_it_did(golden: GoldenLedger) -> None:
    # Given a ledger that an earlier release made
    # When it is upgraded, twice
    golden.run("upgrade")
    assert golden.run("upgrade").stdout == "All tables are those of this release.\n"
    # Then every figure and every event is unchanged
    golden.run("follow", "--once")
    check_answers(golden)
    with golden.services() as services, services.ledger.store.reading() as view:
        added = ('"staff_id":"cli"', '"log_id":"requests"')
        facts = [
            one for one in view.tail(0, 1_000) if not any(part in one.payload for part in added)
        ]
    assert len(facts) > 50
    assert [fact.leaf for fact in facts] == leaves_before(facts)
    assert golden.run("verify").stdout.endswith("The log is what was recorded.\n")
    # And rebuilt views are equal
    golden.run("rebuild")
    check_answers(golden)


def test_a_ledger_of_an_earlier_release_goes_on(golden: GoldenLedger) -> None:
    # Given a ledger of an earlier release, upgraded
    golden.run("upgrade")
    golden.run("clock", "confirm", "--yes")  # it may have rested for more than 60 days
    # Then it goes on
    check_it_goes_on(golden)


def check_it_goes_on(golden: GoldenLedger) -> None:
    """Check that cards, grants, accounts and views of an upgraded ledger are used further."""
    known = golden.known
    first, second, _ = known["cards"]
    opens_at = announce(golden)
    # When its cards are shown at its till
    with closing(Gateway(golden.environment)) as gateway:

        def redeem(redemption_id: str, choice: str) -> Any:
            code = golden.run("cards", "code", first).stdout.strip()
            asked = {"code": code, "amount_minor": 68_00, "choices": [choice]}
            return gateway.ask(known["till"], "PUT", f"/redemptions/{redemption_id}", asked)

        # Then offers and the rest of a grant apply, and no more
        assert redeem("n-1", "eight")["union_share_minor"] == 6_80
        assert redeem("n-2", "cut")["merchant_share_minor"] == 68_00
        assert redeem("n-3", "cut")["reason"] == "benefit_exhausted"
        # And a member still acts for another
        wait_until(opens_at)
        (father,) = gateway.ask(known["members"][1], "GET", "/members")["members"]
        claimed = gateway.ask(
            *(known["members"][1], "PUT", "/drops/new-year/claims/k1"),
            {"item": "garden", "session": "s1", "member": father["member"]},
        )
        assert "ticket" in claimed, claimed
    # And an old redemption is reversed, and people are found in the vault
    golden.run("redemptions", "reverse", "r-5", "--reason", "other")
    found = golden.run("members", "find", answers="110228199003070025\n").stdout
    assert second in found
    golden.run("follow", "--once")
    (payable,) = golden.rows("show", "payables")
    assert payable["owed_minor"] == 6_80
    figures = [golden.rows("show", view) for view in ("balances", "redemptions", "offers")]
    golden.run("rebuild")
    assert [golden.rows("show", view) for view in ("balances", "redemptions", "offers")] == figures


def announce(golden: GoldenLedger) -> datetime:
    """Announce a drop that opens at once. Return its opening."""
    opens_at = datetime.now(UTC) + timedelta(seconds=10)
    ends_at = (opens_at + timedelta(days=1)).isoformat()
    session = {"session_id": "s1", "starts_at": opens_at.isoformat(), "ends_at": ends_at}
    item = {"item_id": "garden", "title": "票", "kind": "admission", "supplier_id": "garden"}
    plan = {
        "title": "新年",
        "mode": "first_come",
        "opens_at": opens_at.isoformat(),
        "closes_at": ends_at,
        "items": [item | {"sessions": [session | {"capacity": 1}]}],
    }
    file = golden.var / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    golden.run("drops", "announce", "new-year", str(file))
    return opens_at


def wait_until(at: datetime) -> None:
    """Wait for the clock of the database."""
    time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds() + 0.3))


def test_a_planted_step_is_shown_made_and_made_once(golden: GoldenLedger, plant: Plant) -> None:
    # Given a program with one more step than the ledger has
    plant("bank_accounts_0002_add_checked", ADD_COLUMN)
    # When an operator looks at the plan, and starts the program
    shown = golden.run("upgrade", "--dry-run").stdout
    refusal = golden.refusal("follow", "--once")
    # Then the step is named, nothing is changed, and the program does not start
    shown = shown.replace(", moves to the schema vault", "")
    assert "bank_accounts: version 1 to 2\n  2  Planted: bank_accounts_0002" in shown
    assert "run: hongka upgrade" in refusal
    # When they upgrade
    golden.run("upgrade")
    # Then the program starts, and no step is left
    golden.run("follow", "--once")
    assert "bank_accounts: version 2, up to date" in golden.run("upgrade", "--dry-run").stdout


def test_a_failed_step_is_told_in_one_line(golden: GoldenLedger, plant: Plant) -> None:
    plant("bank_accounts_0002_add_checked", ADD_COLUMN)
    plant("bank_accounts_0003_fail", "\n    raise ValueError('no such branch')\n")

    refusal = golden.refusal("upgrade")

    assert "bank_accounts_0003_fail failed" in refusal
    assert "no such branch" in refusal
    assert "bank_accounts: version 1 to 3" in golden.run("upgrade", "--dry-run").stdout


def test_a_dry_run_makes_no_file(cli: Cli) -> None:
    shown = cli.run("upgrade", "--dry-run").stdout

    assert shown.splitlines()[0] == "log: none yet, created at version 3"
    assert not cli.var.exists()


def test_an_upgrade_makes_the_first_tables(cli: Cli) -> None:
    cli.run("upgrade")

    assert "log: version 3, up to date" in cli.run("upgrade", "--dry-run").stdout


def test_the_gateway_is_not_served_on_older_tables(cli: Cli, plant: Plant) -> None:
    cli.run("upgrade")
    plant("sessions_0003_later", "")

    assert "the tables of 'sessions' have version 2" in cli.refusal("serve", "--port", "1")


def test_views_left_behind_are_removed(cli: Cli) -> None:
    # Given the table of a view that no longer exists
    cli.run("upgrade")
    with cli.services() as services, services.views.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE usage_0 (day TEXT)")
        connection.exec_driver_sql("INSERT INTO progress (name) VALUES ('usage_0')")
    # When the databases are upgraded
    told = cli.run("upgrade").stdout
    # Then it is removed, and the others stay
    assert told.startswith("views: usage_0 removed\n")
    with cli.services() as services:
        assert services.views.left_behind() == []
        assert "usage_1" in services.views.positions()
