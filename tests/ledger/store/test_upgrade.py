"""Upgrades: steps in order, in one transaction, and a check for every other version."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, inspect

from ledger.errors import Busy
from ledger.store import Log, UpgradeFailed, WrongVersion
from ledger.store.schema_version import Part, newest, prepare, steps, version
from ledger.store.side_tables import Side
from ledger.store.upgrade import check_versions, log_part, plan, upgrade
from tests.support.log_fixture import draft, record
from tests.support.planted_step import Plant, plant
from tests.support.postgres import OWNER, as_role

__all__ = ["plant"]

_TABLES = MetaData()
_NOTE = Table(
    "note",
    _TABLES,
    Column("note_id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text),
)
NOTES = Part("notes", "note", _TABLES.create_all, "notes")

ADD_LANGUAGE = """
    connection.exec_driver_sql("ALTER TABLE note ADD COLUMN language text")
    connection.exec_driver_sql("UPDATE note SET language = 'zh'")
"""
ADD_AUTHOR = '\n    connection.exec_driver_sql("ALTER TABLE note ADD COLUMN author text")\n'
FAIL = '\n    connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")\n'


def nothing(_step: object, _share: float) -> None:
    """Ignore progress."""


@pytest.fixture
def database_url(database_url: str) -> str:
    """Return the URL of each database for the role that owns the tables."""
    return as_role(OWNER, database_url)


@pytest.fixture
def notes(database_url: str) -> Iterator[Side]:
    """Return a table of notes, version 1."""
    side = Side(database_url, NOTES)
    side.create()
    with side.writing() as connection:
        connection.execute(_NOTE.insert().values(note_id=1, text="票"))
    yield side
    side.close()


def columns(side: Side) -> list[str]:
    with side.reading() as connection:
        return [column["name"] for column in inspect(connection).get_columns("note")]


def version_of(side: Side) -> int:
    with side.reading() as connection:
        return version(connection, NOTES)


def test_steps_are_made_in_order_and_once(notes: Side, database_url: str, plant: Plant) -> None:
    # Given tables of version 1, and a program with two more steps
    plant("notes_0003_add_author", ADD_AUTHOR)
    plant("notes_0002_add_language", ADD_LANGUAGE)
    made: list[int] = []
    # When the database is upgraded, twice
    upgrade(database_url, [NOTES], lambda step, _share: made.append(step.version))
    upgrade(database_url, [NOTES], lambda step, _share: made.append(step.version))
    # Then each step was made once, and the program starts
    assert made == [2, 3]
    assert columns(notes) == ["note_id", "text", "language", "author"]
    assert version_of(notes) == newest("notes") == 3
    notes.create()


def test_a_plan_names_the_steps_and_changes_nothing(
    notes: Side, database_url: str, plant: Plant
) -> None:
    # Given a program with one more step
    plant("notes_0002_add_language", ADD_LANGUAGE)
    # When an operator asks for the plan
    (planned,) = plan(database_url, [NOTES])
    # Then it names the step, and changes nothing
    assert (planned.found, planned.wanted) == (1, 2)
    assert [step.title for step in planned.steps] == ["Planted: notes_0002_add_language."]
    assert columns(notes) == ["note_id", "text"]


def test_a_failure_in_the_middle_leaves_nothing_half_done(
    notes: Side, database_url: str, plant: Plant
) -> None:
    # Given a program whose second step fails
    plant("notes_0002_add_language", ADD_LANGUAGE)
    plant("notes_0003_fail", FAIL)
    # When the database is upgraded
    with pytest.raises(UpgradeFailed, match="notes_0003_fail"):
        upgrade(database_url, [NOTES], nothing)
    # Then the first step is undone as well, with what it wrote
    assert columns(notes) == ["note_id", "text"]
    assert version_of(notes) == 1


def test_the_parts_of_one_database_are_upgraded_together_or_not_at_all(
    notes: Side, database_url: str, plant: Plant
) -> None:
    # Given a log and notes in one database, and a step of the log that fails
    with closing(Log(database_url)) as log:
        log.create()
    plant("notes_0002_add_language", ADD_LANGUAGE)
    plant("log_0004_fail", FAIL)
    # When the database is upgraded
    with pytest.raises(UpgradeFailed, match="log_0004_fail"):
        upgrade(database_url, [NOTES, log_part(database_url)], nothing)
    # Then the notes are as they were
    assert version_of(notes) == 1


def test_a_program_does_not_start_on_tables_that_are_older(
    notes: Side, database_url: str, plant: Plant
) -> None:
    plant("notes_0002_add_language", ADD_LANGUAGE)

    for start in (notes.create, lambda: check_versions(database_url, [NOTES])):
        with pytest.raises(WrongVersion, match=r"'notes'.* version 1.* 2.*run: hongka upgrade"):
            start()


def test_a_program_neither_starts_on_newer_tables_nor_upgrades_them(
    notes: Side, database_url: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given tables that a newer program upgraded
    plant("notes_0002_add_language", ADD_LANGUAGE)
    upgrade(database_url, [NOTES], nothing)
    # When this program has no such step
    monkeypatch.undo()
    # Then it refuses, and says what to do
    for act in (
        notes.create,
        lambda: upgrade(database_url, [NOTES], nothing),
        lambda: plan(database_url, [NOTES]),
        lambda: check_versions(database_url, [NOTES]),
    ):
        with pytest.raises(WrongVersion, match=r"version 2.* version 1.*install that release"):
            act()
    assert columns(notes) == ["note_id", "text", "language"]


def test_tables_that_recorded_no_version_are_the_first(
    notes: Side, database_url: str, plant: Plant
) -> None:
    # Given tables of a release that recorded no version
    with notes.writing() as connection:
        connection.exec_driver_sql("DROP TABLE schema_version")
    notes.create()
    assert version_of(notes) == 1
    # When they are upgraded
    plant("notes_0002_add_language", ADD_LANGUAGE)
    upgrade(database_url, [NOTES], nothing)
    # Then the version is recorded
    assert version_of(notes) == 2


def test_a_new_database_is_created_at_the_newest_version(database_url: str, plant: Plant) -> None:
    # Given a program with a step, and an empty database
    plant("notes_0002_add_language", ADD_LANGUAGE)
    with closing(Side(database_url, NOTES)) as side:
        # When it starts
        side.create()
        # Then the step counts as made, because the table's definition includes it
        assert version_of(side) == 2
        assert columns(side) == ["note_id", "text"]


def test_an_upgrade_creates_what_is_missing(database_url: str) -> None:
    (planned,) = upgrade(database_url, [NOTES], nothing)

    assert (planned.found, planned.wanted) == (0, 1)
    with closing(Side(database_url, NOTES)) as side:
        assert version_of(side) == 1


def test_a_plan_creates_no_file(sqlite_url: str) -> None:
    (planned,) = plan(sqlite_url, [NOTES])
    check_versions(sqlite_url, [NOTES])

    assert planned.found == 0
    with closing(Side(sqlite_url, NOTES)) as side, side.reading() as connection:
        assert not inspect(connection).get_table_names()


def test_a_table_that_others_refer_to_is_rebuilt_without_losing_their_rows(
    sqlite_url: str, plant: Plant
) -> None:
    # Given a note with a copy that refers to it and would be deleted with it
    with closing(Side(sqlite_url, NOTES)) as side:
        side.create()
        with side.writing() as connection:
            connection.execute(_NOTE.insert().values(note_id=1, text="票"))
            connection.exec_driver_sql(
                "CREATE TABLE copy (note_id INTEGER REFERENCES note ON DELETE CASCADE)"
            )
            connection.exec_driver_sql("INSERT INTO copy VALUES (1)")
        # When a step rebuilds the table, as SQLite requires
        plant(
            "notes_0002_rebuild",
            """
    for statement in (
        "CREATE TABLE note_new (note_id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        "INSERT INTO note_new SELECT * FROM note",
        "DROP TABLE note",
        "ALTER TABLE note_new RENAME TO note",
    ):
        connection.exec_driver_sql(statement)
""",
        )
        upgrade(sqlite_url, [NOTES], nothing)
        # Then the copy is still there
        with side.reading() as connection:
            assert connection.exec_driver_sql("SELECT note_id FROM copy").scalars().all() == [1]


def test_a_step_that_leaves_rows_pointing_nowhere_is_undone(sqlite_url: str, plant: Plant) -> None:
    # Given a copy that refers to a note
    with closing(Side(sqlite_url, NOTES)) as side:
        side.create()
        with side.writing() as connection:
            connection.execute(_NOTE.insert().values(note_id=1, text="票"))
            connection.exec_driver_sql("CREATE TABLE copy (note_id INTEGER REFERENCES note)")
            connection.exec_driver_sql("INSERT INTO copy VALUES (1)")
        # When a step removes the note
        plant("notes_0002_lose", '\n    connection.exec_driver_sql("DELETE FROM note")\n')
        # Then the upgrade fails, as on PostgreSQL
        with pytest.raises(UpgradeFailed, match="rows of copy"):
            upgrade(sqlite_url, [NOTES], nothing)
        assert version_of(side) == 1


def test_facts_stay_what_they_are(database_url: str, plant: Plant) -> None:
    # Given a log with a fact, and a step that adds a column
    with closing(Log(database_url)) as log:
        log.create()
        record(log, draft("card-1", 1))
        add = 'connection.exec_driver_sql("ALTER TABLE facts ADD COLUMN district text")'
        plant("log_0004_add_district", f"\n    {add}\n")
        # When it is upgraded
        upgrade(database_url, [log_part(database_url)], nothing)
        # Then the log goes on
        log.create()
        assert record(log, draft("card-1", 2)) == [2]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("notes_2_short", "rename the upgrade step notes_2_short"),
        ("notes_0003_gap", "notes_0003_gap must have the number 0002"),
        ("notes_0001_first", "notes_0001_first must have the number 0002"),
    ],
)
def test_a_step_with_a_wrong_name_is_named(plant: Plant, name: str, problem: str) -> None:
    plant(name, "")

    with pytest.raises(ValueError, match=problem):
        steps("notes")


@pytest.mark.postgres
def test_starting_gateways_wait_until_the_upgrade_is_done(postgres_url: str) -> None:
    # Given a running upgrade
    postgres_url = as_role(OWNER, postgres_url)
    with closing(Side(postgres_url, NOTES)) as upgrading, upgrading.writing() as connection:
        prepare(connection, NOTES)
        # When another gateway starts
        starting = Side(postgres_url, NOTES, lock_wait_seconds=0.2)
        # Then it waits, and gives up in time
        with closing(starting), pytest.raises(Busy):
            starting.create()
