"""On PostgreSQL the role of a gateway records facts, and can neither change nor remove them."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from ledger.application import Ledger
from ledger.store import Log, UpgradeDue
from ledger.store.upgrade import Due, divided, log_part, plan, upgrade
from pos_gateway.cli.serve import databases
from pos_gateway.settings import Settings
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from tests.support.log_fixture import draft, record
from tests.support.postgres import GATEWAY, OWNER, READER, SUPERUSER, PostgresServer, as_role

pytestmark = pytest.mark.postgres

ATTACKS = {
    "change": "UPDATE log.facts SET payload = '{}'",
    "change one column": "UPDATE log.facts SET at = ''",
    "remove": "DELETE FROM log.facts",
    "empty": "TRUNCATE log.facts",
    "drop": "DROP TABLE log.facts",
    "drop the trigger": "DROP TRIGGER facts_are_kept ON log.facts",
    "disable the trigger": "ALTER TABLE log.facts DISABLE TRIGGER ALL",
    "add a trigger": "CREATE TRIGGER mine BEFORE INSERT ON log.facts"
    " EXECUTE FUNCTION log.facts_are_kept()",
    "replace the guard": "CREATE OR REPLACE FUNCTION log.facts_are_kept() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "add a rule": "CREATE RULE mine AS ON INSERT TO log.facts DO INSTEAD NOTHING",
    "add a column": "ALTER TABLE log.facts ADD COLUMN mine text",
    "remove the head": "DELETE FROM log.head",
    "add a table": "CREATE TABLE log.mine (n int)",
    "add a table to the vault": "CREATE TABLE vault.mine (n int)",
    "add a table to public": "CREATE TABLE public.mine (n int)",
    "add a schema": "CREATE SCHEMA mine",
    "rename the schema": "ALTER SCHEMA log RENAME TO mine",
    "act as the owner": f"SET ROLE {OWNER}",
    "become the owner": f"GRANT {OWNER} TO {GATEWAY}",
    "leave out triggers": "SET session_replication_role = replica",
}


@pytest.fixture
def log(postgres_url: str) -> Iterator[Log]:
    with closing(Log(postgres_url)) as log:
        record(log, draft("card-1", 1))
        yield log


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_role_of_a_gateway_may_not(log: Log, postgres_url: str, attack: str) -> None:
    # Given a gateway whose role alone is known to an attacker
    with log.reading() as view:
        before = view.tail(0, 10)
    # When they connect with it
    with pytest.raises(InsufficientPrivilege):
        run(postgres_url, ATTACKS[attack])
    # Then PostgreSQL refuses, and the log goes on
    with log.reading() as view:
        assert view.tail(0, 10) == before
    assert record(log, draft("card-1", 2)) == [2]


@pytest.mark.control
@pytest.mark.parametrize("attack", ["drop the trigger", "disable the trigger", "add a table"])
def test_the_role_that_owns_the_tables_may(log: Log, postgres_url: str, attack: str) -> None:
    """The negative control: these statements would work, as they did before there were roles."""
    assert log.time() is not None

    run(as_role(OWNER, postgres_url), ATTACKS[attack])


def test_tables_of_a_later_step_are_readable_and_no_more_is_granted(postgres_url: str) -> None:
    # Given a step that adds a table, and a right on facts granted by mistake
    owner = as_role(OWNER, postgres_url)
    run(owner, "CREATE TABLE log.later (n int)")
    run(owner, f"GRANT UPDATE, DELETE ON log.facts TO {GATEWAY}")
    with closing(Log(postgres_url)) as log:
        assert log.facts_changeable()
        # When the owner upgrades
        upgrade(owner, [log_part(owner)], lambda *_: None, GATEWAY)
        # Then the gateway has its rights on the table, and no others
        assert not log.facts_changeable()
    run(postgres_url, "INSERT INTO log.later VALUES (1)")
    for statement in ("UPDATE log.later SET n = 2", "DELETE FROM log.facts"):
        with pytest.raises(InsufficientPrivilege):
            run(postgres_url, statement)


def test_a_gateway_makes_and_drops_views_and_analysts_read_them(postgres_url: str) -> None:
    # Given views that the gateway's role makes, fills and drops
    with (
        closing(Ledger(postgres_url)) as ledger,
        closing(Views(postgres_url, PROJECTIONS)) as views,
    ):
        ledger.officers.cards.register_member("m1", branch="gulou")
        catch_up(views, ledger.facts)
        with views.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE mine_1 (n int)")
        views.drop("mine_1")
    # When an analyst connects
    reader = as_role(READER, postgres_url)
    with psycopg.connect(reader) as connection:
        rows = connection.execute("SELECT * FROM views.members_1").fetchall()
    # Then they read views, and nothing else
    assert len(rows) == 1
    for statement in (
        "DELETE FROM views.members_1",
        "SELECT * FROM log.facts",
        "SELECT * FROM vault.vault_value",
        "SELECT * FROM sessions.door_session",
    ):
        with pytest.raises(InsufficientPrivilege):
            run(reader, statement)


def test_a_gateway_without_tables_says_who_makes_them(postgres_server: PostgresServer) -> None:
    # Given a database with roles, and no tables yet
    url = postgres_server.bare_database()
    postgres_server.make_roles(url)
    # When a gateway starts
    with pytest.raises(UpgradeDue, match=r"'log' .*this role's rights.*run: hongka upgrade"):
        Ledger(url)
    # Then it starts once the owner has made them
    for place, parts, role in due(url):
        upgrade(place, parts, lambda *_: None, role)
    with closing(Ledger(url)) as ledger:
        assert not ledger.facts_changeable()


def test_a_role_that_owns_the_tables_is_told_of(postgres_server: PostgresServer) -> None:
    # Given a database without roles, as a developer makes it
    url = postgres_server.bare_database()
    # When the program makes its tables itself
    with closing(Ledger(url)) as ledger:
        # Then it works, and knows that its role may change facts
        ledger.officers.cards.register_member("m1", branch="gulou")
        assert ledger.facts_changeable()
    with closing(Log(as_role(SUPERUSER, url))) as log:
        assert log.facts_changeable()
    # And roles can be made later
    postgres_server.make_roles(url)
    for place, parts, role in due(url):
        upgrade(place, parts, lambda *_: None, role)
    with closing(Ledger(url)) as ledger:
        assert not ledger.facts_changeable()
        ledger.officers.cards.register_member("m2", branch="gulou")


def test_tables_that_recorded_a_version_in_public_are_moved(
    postgres_server: PostgresServer,
) -> None:
    # Given tables of a program between two releases, in the schema public with their versions
    url = postgres_server.bare_database()
    for place, parts in databases(Settings.read({"LEDGER_URL": url})).items():
        former = [one._replace(schema="public") for one in parts if one.name != "security"]
        upgrade(place, former, lambda *_: None)
    # When the owner upgrades
    postgres_server.make_roles(url)
    for place, parts, role in due(url):
        plans = [one for one in upgrade(place, parts, lambda *_: None, role) if one.found]
        # Then every part moves at its version, and makes no step again
        assert all(one.moves and one.found == one.wanted for one in plans)
    with closing(Ledger(url)) as ledger:
        ledger.officers.cards.register_member("m1", branch="gulou")


def test_the_script_may_run_again(postgres_server: PostgresServer, postgres_url: str) -> None:
    for _ in range(2):
        postgres_server.make_roles(postgres_url)

    assert all(
        one.found == one.wanted for p, parts, _ in due(postgres_url) for one in plan(p, parts)
    )
    with closing(Log(postgres_url)) as log:
        assert record(log, draft("card-1", 1)) == [1]


def due(url: str) -> list[Due]:
    """Return what an upgrade with roles changes, one database for all parts."""
    return [*divided(databases(Settings.read({"LEDGER_URL": url})), as_role(OWNER, url))]
