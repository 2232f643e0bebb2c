"""Every projection keeps the contract of the read side; a failure names the file and the line."""

import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
from click import Context
from sqlalchemy import select

from ledger.event import Fact, topics
from pos_gateway.cli import main
from projections.engine.database import Projection, Views
from projections.engine.question import Question, Sums
from projections.engine.rebuild import rebuild
from projections.engine.registry import PROJECTIONS, QUESTIONS
from projections.engine.runner import catch_up, event_classes
from projections.engine.schema import metadata
from tests.checks.test_golden import golden
from tests.support.cli_runner import Cli
from tests.support.event_history_purchases import facts
from tests.support.event_history_visits import reader

ROOT = Path(__file__).parents[2]
TESTS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
PERSONAL = {"name", "phone", "identity_number", "bank_account", "groups"}

every_projection = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.NAME)
every_question = pytest.mark.parametrize("command", QUESTIONS)


def file_of(projection: Any) -> str:
    return str(Path(projection.__file__).relative_to(ROOT))


@every_projection
def test_its_name_has_a_number_and_is_that_of_its_table(projection: Projection) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*_[0-9]+", projection.NAME), (
        f'{file_of(projection)}: write NAME = "…_1", of small letters and a number'
    )
    assert projection.table.name == projection.NAME, (
        f"{file_of(projection)}: give the table its name: table = keyed(NAME, …)"
    )
    assert projection.table.metadata is metadata, (
        f"{file_of(projection)}: make the table with `keyed` or `table_of` of engine.schema"
    )


def test_no_two_projections_have_one_name() -> None:
    files: dict[str, str] = {}
    for one in PROJECTIONS:
        assert one.NAME not in files, f"{file_of(one)}: {files[one.NAME]} has the name {one.NAME!r}"
        files[one.NAME] = file_of(one)


@every_projection
def test_it_takes_events_that_are_stored(projection: Projection) -> None:
    wanted = event_classes(projection.project)

    unstored = {*(get_args(wanted) or (wanted,))} - {*topics().values()}
    assert not unstored, (
        f"{file_of(projection)}: the first parameter of `project` names event classes that have a"
        " topic"
    )


@every_projection
def test_it_makes_nothing_of_an_event_that_it_does_not_name(projection: Projection) -> None:
    wanted = event_classes(projection.project)
    if not get_args(wanted):
        return  # a fold of one class has no case for another

    forgotten = {
        type(one.event).__qualname__
        for one in facts(*(event for _, event in golden()))
        if not isinstance(one.event, wanted) and makes_changes(projection, one)
    }
    assert not forgotten, (
        f"{file_of(projection)}: `project` has changes for {', '.join(sorted(forgotten))}, which"
        " never reach it: name them in the annotation of its first parameter"
    )


def makes_changes(projection: Projection, fact: Fact) -> bool:
    try:
        return any(True for _ in projection.project(fact.event, fact))
    except (AttributeError, UnboundLocalError):
        return False  # written for other events, it finds none of their fields


@every_projection
def test_it_is_tested(projection: Any) -> None:
    name = projection.__name__.rpartition(".")[2]

    tested = re.search(rf"projections(\.| import (\w+, )*){name}\b", TESTS) is not None
    assert tested, f"write tests/projections/test_{name}.py"


@every_projection
def test_no_column_holds_personal_data(projection: Projection) -> None:
    found = PERSONAL & {column.name for column in projection.table.columns}

    assert not found, f"{file_of(projection)}: {sorted(found)} belong in the vault; keep an id"


@every_projection
def test_followed_or_rebuilt_it_holds_the_same_rows(
    database_url: str, projection: Projection
) -> None:
    views, read = Views(database_url, [projection]), reader(facts(*(one for _, one in golden())))
    catch_up(views, read, page=7)
    followed = rows(views, projection)

    rebuild(views, read)

    rebuilt = rows(views, projection)
    views.close()
    assert rebuilt == followed
    assert followed, f"{file_of(projection)}: no event of tests/golden/events.jsonl leaves a row"


def rows(views: Views, projection: Projection) -> list[tuple[Any, ...]]:
    table = projection.table
    with views.reading() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key))
        return [tuple(row) for row in found]


@every_question
def test_no_sums_are_grouped_by_member_or_card(command: str) -> None:
    question = QUESTIONS[command]
    groups = question.groups.values() if isinstance(question, Sums) else ()

    assert {"member_id", "card_id"}.isdisjoint(groups), f"{command}: take the key out of its table"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return a command line on an empty ledger."""
    return Cli(tmp_path_factory.mktemp("questions") / "var")


@every_question
def test_each_example_of_a_question_can_be_typed(runner: Cli, command: str) -> None:
    question: Question = QUESTIONS[command]

    assert question.examples, f'{command}: give an example of its options: examples=("…",)'
    for options in question.examples:
        runner.run(*command.split(), *shlex.split(options))
    for form in ("table", "csv", "json"):
        runner.run(*command.split(), "--format", form)


def test_hongka_lists_every_question() -> None:
    for command in QUESTIONS:
        group, name = command.split()
        shown = main.get_command(Context(main), group)
        assert name in shown.commands, f"pos_gateway/cli: add `{command}`"  # type: ignore[union-attr]
