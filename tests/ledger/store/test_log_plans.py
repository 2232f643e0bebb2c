"""PostgreSQL plans a turn's statements once: by index, whether a table is empty or full."""

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from ledger.store import Log, postgres
from tests.support.log_fixture import draft, record
from tests.support.postgres import OWNER, as_role

pytestmark = pytest.mark.postgres

BY = {
    "lock": "head_pkey",
    "look": "head_pkey",
    "insert": "head_pkey",
    "tail": "facts_pkey",
    "topics": "facts_pkey",
    "snapshots": "snapshot_pkey",
    "facts_after_snapshot": "facts_by_stream",
    "versions": "facts_by_stream",
    "category": "facts_by_stream",
    "stream": "facts_by_stream",
    "requests": "facts_by_request",
}
"""The index that each statement of a turn goes through."""

STATEMENTS = {
    "lock": postgres._LOCK,
    "look": postgres._LOOK,
    "insert": postgres._INSERT,
    **postgres.Postgres.statements._asdict(),
}
FACTS = 3_000


@pytest.fixture
def log(postgres_url: str) -> Iterator[Log]:
    with closing(Log(as_role(OWNER, postgres_url))) as log:
        yield log


def fill(log: Log, facts: int = FACTS) -> None:
    """Record facts, and let the server count them."""
    record(log, *(draft(f"offer-{n}", 1, f"r{n}") for n in range(facts)))
    with log.locked() as tx:
        tx.keep_snapshots([(f"offer-{n}", 1, "") for n in range(facts)])
    with log._database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def prepare(connection: Any, question: str) -> None:
    """Prepare a statement under its own name, as psycopg does."""
    numbers = count(1)
    statement = re.sub("%[sb]", lambda _: f"${next(numbers)}", STATEMENTS[question])
    connection.execute(f"PREPARE {question} AS {statement}")


def planned(connection: Any, question: str) -> str:
    """Return the plan by which a prepared statement is executed."""
    parameters = re.findall("%[sb]", STATEMENTS[question])
    given = f"({', '.join('NULL' for _ in parameters)})" if parameters else ""
    rows = connection.execute(f"EXPLAIN EXECUTE {question}{given}").fetchall()
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("question", list(BY))
def test_a_plan_made_once_is_right_on_an_empty_and_on_a_full_table(log: Log, question: str) -> None:
    # Given a statement prepared while the tables were empty, and one prepared when they are full
    with closing(log._database.connect()) as early:
        prepare(early, question)
        plans = [planned(early, question)]
        early.sync()
        fill(log)
        plans.append(planned(early, question))
    with closing(log._database.connect()) as late:
        prepare(late, question)
        plans.append(planned(late, question))
    # Then each goes through its index
    for plan in plans:
        assert BY[question] in plan
        assert "Index Cond" in plan
        assert "Seq Scan" not in plan


def test_only_the_connection_of_turns_plans_once(log: Log) -> None:
    settings = "SELECT current_setting('plan_cache_mode'), current_setting('enable_seqscan')"

    with log.locked() as tx, log.reading() as view:
        assert tx._rows(settings) == [("force_generic_plan", "off")]
        assert view._rows(settings) == [("force_custom_plan", "on")]


@pytest.mark.control
def test_without_its_settings_a_plan_made_early_would_scan(log: Log) -> None:
    """The negative control of the tests above."""
    fill(log, facts=1)

    with closing(log._database.connect()) as connection:
        connection.execute("SET enable_seqscan = on")
        prepare(connection, "requests")
        assert "Seq Scan on facts" in planned(connection, "requests")
