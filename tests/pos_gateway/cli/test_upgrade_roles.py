"""`hongka upgrade` gives log, views, vault and sessions a schema and an owner on PostgreSQL."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.store import Log
from tests.golden.make_ledger import Gateway
from tests.pos_gateway.cli.test_upgrade import check_it_goes_on
from tests.support.cli_runner import Cli
from tests.support.golden_ledger import GoldenLedger
from tests.support.postgres import GATEWAY, OWNER, SUPERUSER, PostgresServer, as_role

pytestmark = pytest.mark.postgres
RELEASE = "2026.11.2"
TABLES = """
SELECT schemaname, tableowner, count(*)::int FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') GROUP BY 1, 2 ORDER BY 1, 2
"""


@pytest.fixture
def golden(postgres_server: PostgresServer, tmp_path: Path) -> GoldenLedger:
    """Return a ledger of the release in one database, all in `public`, of the gateway's role."""
    return GoldenLedger(RELEASE, postgres_server.bare_database(), tmp_path / "var")


def tables(url: str) -> list[tuple[str, str, int]]:
    """Return the number of tables by schema and owner."""
    with psycopg.connect(as_role(SUPERUSER, url)) as connection:
        return connection.execute(TABLES).fetchall()


def check_a_redemption(golden: GoldenLedger) -> None:
    """Check that a card of the release is redeemed, and that views count it and are rebuilt."""
    code = golden.run("cards", "code", golden.known["cards"][0]).stdout.strip()
    asked = {"code": code, "amount_minor": 68_00, "choices": ["eight"]}
    with closing(Gateway(golden.environment)) as gateway:
        redeemed = gateway.ask(golden.known["till"], "PUT", "/redemptions/n-1", asked)
    assert redeemed["union_share_minor"] == 6_80
    golden.run("follow", "--once")
    balances = golden.rows("show", "balances")
    golden.run("rebuild")
    assert golden.rows("show", "balances") == balances


def may_change_facts(url: str) -> bool:
    with closing(Log(url)) as log:
        return log.facts_changeable()


def test_a_ledger_goes_on_in_schemas_of_an_owner(
    golden: GoldenLedger, postgres_server: PostgresServer
) -> None:
    # Given a ledger of an earlier release, and roles
    url = golden.environment["LEDGER_URL"]
    before = tables(url)
    postgres_server.make_roles(url)
    golden.environment["HONGKA_OWNER_URL"] = as_role(OWNER, url)
    # When a gateway starts before the upgrade
    refusal = golden.refusal("serve", "--port", "1")
    # Then it says what to do, and makes no second log
    assert "are in the schema public" in refusal
    assert "run: hongka upgrade" in refusal
    # When the owner looks, and upgrades
    shown = golden.run("upgrade", "--dry-run").stdout
    golden.run("upgrade")
    # Then every table moved and none was copied
    assert "sessions: version 1 to 2, moves to the schema sessions\n  2  " in shown
    assert ", moves to the schema views\n" in shown
    after = {(schema, owner): count for schema, owner, count in tables(url)}
    assert {*after} == {
        *((schema, OWNER) for schema in ("log", "vault", "sessions")),
        ("views", GATEWAY),
    }
    assert before[0][:2] == ("public", GATEWAY)
    assert sum(after.values()) >= before[0][2] + len(after)  # each schema keeps its version
    assert not may_change_facts(url)
    # And the ledger goes on
    check_it_goes_on(golden)


def test_without_an_owner_the_role_of_the_gateway_moves_all(golden: GoldenLedger) -> None:
    url = golden.environment["LEDGER_URL"]

    golden.run("upgrade")

    assert {schema for schema, _, _ in tables(url)} == {"log", "vault", "sessions", "views"}
    assert may_change_facts(url)
    check_a_redemption(golden)


def test_a_gateway_s_role_that_upgrades_by_itself_is_told_whose_turn_it_is(
    golden: GoldenLedger, postgres_server: PostgresServer
) -> None:
    # Given roles, and an operator who forgot the owner's URL
    url = golden.environment["LEDGER_URL"]
    postgres_server.make_roles(url)
    before = tables(url)
    # When they upgrade
    refusal = golden.refusal("upgrade")
    # Then they are told, and nothing is changed
    assert "HONGKA_OWNER_URL" in refusal
    assert tables(url) == before


def test_three_databases_are_moved_each_to_its_schemas(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    # Given log, views and vault in a database of their own
    urls = [postgres_server.bare_database() for _ in range(3)]
    for number, url in enumerate(urls):
        golden = GoldenLedger(RELEASE, url, tmp_path / f"var-{number}")
        postgres_server.make_roles(url)
    names = ("VIEWS_URL", "VAULT_URL", "LEDGER_URL")
    golden.environment |= dict(zip(names, urls, strict=True))
    golden.environment["HONGKA_OWNER_URL"] = as_role(OWNER, urls[0])
    # When they are upgraded
    golden.run("upgrade")
    # Then each has what belongs there
    found = [{schema for schema, _, _ in tables(url)} - {"public"} for url in urls]
    assert found == [{"views"}, {"vault", "sessions"}, {"log"}]
    # And the ledger goes on
    check_a_redemption(golden)


def test_a_new_ledger_is_made_for_two_databases(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    # Given roles in two empty databases
    log, rest = (postgres_server.bare_database() for _ in range(2))
    for url in (log, rest):
        postgres_server.make_roles(url)
    cli = Cli(tmp_path / "var")
    cli.environment |= {"LEDGER_URL": log, "VIEWS_URL": rest, "VAULT_URL": rest}
    # When the owner makes the tables
    cli.environment["HONGKA_OWNER_URL"] = as_role(OWNER, log)
    cli.run("upgrade")
    # Then the gateway works without the owner
    del cli.environment["HONGKA_OWNER_URL"]
    cli.run("follow", "--once")
    assert not may_change_facts(log)
    assert {schema for schema, _, _ in tables(rest)} == {"vault", "sessions", "views"}


def test_the_owner_is_a_role_of_postgresql(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "var")
    cli.environment["HONGKA_OWNER_URL"] = "sqlite:///owner.db"

    assert "HONGKA_OWNER_URL" in cli.refusal("upgrade")
