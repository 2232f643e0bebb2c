"""The log on both databases: order, guards, snapshots, queries."""

from contextlib import closing, suppress

import pytest
from sqlalchemy import exc, make_url

from ledger.store import Conflict, Draft, Head, Loaded, Log, Stored, Unavailable, leaf
from ledger.store.tree import grown
from tests.support.log_fixture import AT, draft, record
from tests.support.postgres import OWNER, as_role


def execute(log: Log, statement: str) -> None:
    """Run a statement as the role that owns the tables."""
    owner = Log(as_role(OWNER, str(log._database.engine.url)))
    with closing(owner), owner._database.engine.connect() as connection:
        connection.exec_driver_sql(statement)


def test_an_empty_log_has_a_head_at_nought(log: Log) -> None:
    with log.reading() as view:
        assert view.head == Head(0, "", b"", b"")
        assert view.tail(0, 10) == []


def test_facts_come_back_as_they_were_drafted(log: Log) -> None:
    drafts = [draft("card-c1", 1, "r1"), draft("card-c1", 2), draft("fund-满", 1, "r2")]

    positions = record(log, *drafts)

    assert positions == [1, 2, 3]
    with log.reading() as view:
        expected = [Stored(n, *d, leaf(n, d)) for n, d in zip(positions, drafts, strict=True)]
        assert view.tail(0, 10) == expected
        leaves = [fact.leaf for fact in expected]
        assert view.head == Head(3, AT, leaves[-1], grown(b"", 0, leaves))


def test_two_appends_in_one_transaction_follow_each_other(log: Log) -> None:
    with log.locked() as tx:
        assert tx.append([draft("card-c1", 1)]) == [1]
        assert tx.append([]) == []
        assert tx.append([draft("card-c1", 2)]) == [2]
        assert [fact.position for fact in tx.tail(0, 10)] == [1, 2]


def test_an_exception_rolls_everything_back(log: Log) -> None:
    def fail() -> None:
        with log.locked() as tx:
            tx.append([draft("card-c1", 1)])
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert record(log, draft("card-c1", 1)) == [1]


@pytest.mark.parametrize("late", [draft("card-c1", 1), draft("card-c2", 1, "r1")])
def test_a_version_or_request_id_is_taken_once(log: Log, late: Draft) -> None:
    record(log, draft("card-c1", 1, "r1"))

    with pytest.raises(Conflict):
        record(log, draft("card-c3", 1), late)

    with log.reading() as view:
        assert view.head.position == 1


def test_a_swallowed_conflict_is_not_committed_in_part(log: Log) -> None:
    record(log, draft("card-c1", 1))

    def swallow() -> None:
        with log.locked() as tx, suppress(Conflict):
            tx.append([draft("card-c2", 1), draft("card-c1", 1)])

    # PostgreSQL tells of the conflict with its answer to COMMIT, when nobody swallows it.
    with pytest.raises((Unavailable, Conflict), match=r"rolled back|facts_by_stream"):
        swallow()

    with log.reading() as view:
        assert [fact.stream for fact in view.tail(0, 10)] == ["card-c1"]


def test_the_database_refuses_to_change_or_remove_facts(log: Log, database_url: str) -> None:
    record(log, draft("card-c1", 1))
    replace, truncate = "INSERT OR REPLACE INTO facts SELECT * FROM facts", "TRUNCATE facts"
    last = replace if database_url.startswith("sqlite") else truncate

    for statement in ("UPDATE facts SET payload = 'x'", "DELETE FROM facts", last):
        with pytest.raises(exc.IntegrityError, match="never"):
            execute(log, statement)


def test_without_its_trigger_a_fact_could_be_changed_and_its_leaf_would_tell(
    log: Log, database_url: str
) -> None:
    record(log, draft("card-c1", 1))

    if database_url.startswith("sqlite"):
        execute(log, "DROP TRIGGER facts_are_never_changed")
    else:
        execute(log, "ALTER TABLE facts DISABLE TRIGGER facts_are_kept")
    execute(log, "UPDATE facts SET payload = '{\"n\":2}'")

    with log.reading() as view:
        (fact,) = view.tail(0, 10)
    assert leaf(fact.position, Draft(*fact[1:8])) != fact.leaf


def test_a_stream_loads_from_its_latest_snapshot(log: Log) -> None:
    record(log, *(draft("card-c1", version) for version in (1, 2, 3)), draft("card-c2", 1))
    with log.locked() as tx:
        tx.keep_snapshots([("card-c1", 1, '{"n":1}'), ("card-c1", 2, '{"n":2}')])
        tx.keep_snapshots([("card-c1", 1, '{"n":0}')])
        tx.keep_snapshots([])

    with log.reading() as view:
        loaded = view.load(["card-c1", "card-c2", "card-c3"])
        facts = view.tail(0, 10)

    assert loaded == {
        "card-c1": Loaded('{"n":2}', 2, [facts[2]]),
        "card-c2": Loaded(None, 0, [facts[3]]),
        "card-c3": Loaded(None, 0, []),
    }


def test_questions_about_streams_topics_and_requests(log: Log) -> None:
    record(
        log,
        draft("card-c1", 1, "r1"),
        draft("card-c1", 2, "r2", topic="rare"),
        draft("card-c2", 1, "r3"),
    )

    with log.reading() as view:
        first, second, third = view.tail(0, 10)
        assert view.tail(1, 1) == [second]
        assert view.tail(0, 10, ["rare", "none"]) == [second]
        assert view.versions(["card-c1", "card-c9"]) == {"card-c1": 2, "card-c9": 0}
        assert [*view.history("card-c1")] == [first, second]
        assert [*view.history("card-c1", 1)] == [second]
        assert view.slice("card-c1", 0, 2, limit=1) == [first]
        assert view.by_request(["r1", "r3", "r9"]) == {"r1": first, "r3": third}
        assert view.by_request([]) == {}
        assert view.load([]) == {}


def test_a_category_is_paged_in_byte_order(log: Log) -> None:
    names = ["offer-1", "offer-B", "offer-a", "offer-é", "offer-满"]
    others = ["offer", "offer.x", "offers-1", "offer_form-1", "merchant-1"]
    record(log, *(draft(name, 1) for name in reversed(names + others)), draft("offer-a", 2))

    with log.reading() as view:
        assert view.category("offer") == names
        assert view.category("offer", limit=2) == names[:2]
        assert view.category("offer", after="offer-B", limit=2) == names[2:4]
        assert view.category("offer", after=names[-1]) == []
        assert view.category("none") == []


@pytest.mark.parametrize("question", ["category", "versions", "facts_after_snapshot", "requests"])
def test_questions_go_through_an_index(log: Log, database_url: str, question: str) -> None:
    record(log, *(draft(f"offer-{n}", 1, f"r{n}") for n in range(3_000)))
    statement = getattr(log._database.statements, question)
    several = log._database.several(["offer-1", "offer-2"])
    parameters = ("offer-", "offer.", "offer.", 10) if question == "category" else (several,)

    sqlite = database_url.startswith("sqlite")
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    with log._database.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, parameters).fetchall()
        plan = "\n".join(str(row[-1]) for row in rows)

    assert "facts_by_" in plan
    assert "SCAN facts" not in plan
    assert "Seq Scan on facts" not in plan


def test_the_terms_of_an_offer_are_read_past_its_redemptions(log: Log, database_url: str) -> None:
    # Given an offer with many redemptions between two changes of its terms
    given = [draft("offer-1", version, topic="offer.given") for version in range(2, 3_000)]
    record(log, draft("offer-1", 1), *given, draft("offer-1", 3_000))
    # When it is read without them
    with log.reading() as view:
        facts = list(view.history("offer-1", without="offer.given"))
    # Then the others are found, and an index is read that has no redemptions
    assert [fact.version for fact in facts] == [1, 3_000]
    explain = "EXPLAIN QUERY PLAN " if database_url.startswith("sqlite") else "EXPLAIN "
    with log._database.engine.connect() as connection:
        parameters = ("offer-1", 0, 9_999, "offer.given", 10)
        asked = explain + log._database.statements.terms
        rows = connection.exec_driver_sql(asked, parameters).fetchall()
    assert "facts_of_terms" in "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:"])
def test_a_log_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="memory"):
        Log(url)


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        Log("mysql://localhost/log")


def test_both_names_of_postgresql_are_taken() -> None:
    for url in ("postgresql://localhost/log", "postgresql+psycopg://localhost/log"):
        log = Log(url)
        assert log._database.engine.url.drivername == "postgresql+psycopg"
        assert log._database.engine.url.database == make_url(url).database
