import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ledger.event import Fact
from projections.engine import database, runner
from projections.engine.database import Project
from projections.engine.runner import Stopped, catch_up
from tests.support.event_history_visits import (
    COUNTED,
    MANY,
    VISITS,
    Opened,
    Unreadable,
    Visited,
    made_up_log,
    project_or_fail,
    project_wrong_column,
    reader,
    rows,
    staged_projection,
    view_factory,
    visit_counts,
)


@pytest.fixture
def open_views(database_url: str) -> Iterator[Opened]:
    yield from view_factory(database_url)


def test_a_fold_that_names_no_event_classes_says_what_to_write(open_views: Opened) -> None:
    def project(event, fact):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        yield

    with pytest.raises(TypeError, match=r"test_runner.*naming the event classes it takes"):
        catch_up(open_views(staged_projection("poor_1", project)), reader(MANY))


def test_an_event_that_nobody_wants_reaches_no_fold_and_moves_all_at_once(
    open_views: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, moved = open_views(VISITS, staged_projection("other_1")), list[tuple[str, ...]]()

    def move(connection: Connection, *names: str, **place: Any) -> bool:
        moved.append(names)
        return database.move(connection, *names, **place)

    monkeypatch.setattr(runner, "move", move)
    catch_up(there, reader(made_up_log(Unreadable(), Unreadable(), Visited(shop="mill"))), page=2)

    assert moved == [("visits_1", "other_1"), ("visits_1",), ("other_1",)]
    assert visit_counts(there) == {"mill": 1}
    assert there.positions()["visits_1"] == (3, None, None, "")


def test_catching_up_reads_to_the_end_and_then_nothing(open_views: Opened) -> None:
    there, pages = open_views(), list[int]()

    assert catch_up(there, reader(MANY), page=300, on_page=pages.append) == 1_000
    assert pages == [300, 600, 900, 1_000]
    assert visit_counts(there) == COUNTED
    assert catch_up(there, reader(MANY), page=300) == 0
    assert there.positions() == {"visits_1": (1_000, None, None, "")}
    assert there.lag(1_003) == 3


def test_a_page_is_read_once_for_all_at_the_same_position(open_views: Opened) -> None:
    there, asked = open_views(VISITS, staged_projection("other_1")), list[tuple[int, int]]()

    def read(after: int, limit: int) -> Sequence[Fact]:
        asked.append((after, limit))
        return MANY[after : after + limit]

    catch_up(there, read, page=600)

    assert asked == [(0, 600), (599, 1), (600, 600)]  # the second tells whether the log is ours


def test_one_that_another_follower_moved_is_brought_to_the_end(open_views: Opened) -> None:
    there, other = open_views(), open_views()

    def read(after: int, limit: int) -> Sequence[Fact]:
        if after == 0:
            catch_up(other, reader(MANY[:200]))
        return MANY[after : after + limit]

    catch_up(there, read, page=5_000)

    assert there.positions()["visits_1"].position == 1_000
    assert visit_counts(there) == COUNTED


def test_a_new_question_starts_at_the_first_fact_and_holds_up_no_other(open_views: Opened) -> None:
    catch_up(open_views(), reader(MANY[:900]))
    new = staged_projection("visits_2")
    there, seen = open_views(VISITS, new), list[dict[str, database.Progress]]()

    catch_up(there, reader(MANY), page=400, on_page=lambda _: seen.append(there.positions()))

    assert [(p["visits_1"].position, p["visits_2"].position) for p in seen] == [
        (1_000, 400),
        (1_000, 800),
        (1_000, 1_000),
    ]
    assert rows(there, new) == rows(there)


@pytest.mark.parametrize("project", [project_or_fail, project_wrong_column])
def test_a_fact_that_cannot_be_taken_stops_that_projection_alone(
    open_views: Opened, project: Project
) -> None:
    poor = staged_projection("poor_1", project)
    there = open_views(poor, VISITS)
    facts = made_up_log(*[Visited(shop="mill")] * 6, Unreadable(), *[Visited(shop="mill")] * 3)

    with pytest.raises(ExceptionGroup) as raised:
        catch_up(there, reader(facts), page=4)

    (stopped,) = raised.value.exceptions
    assert isinstance(stopped, Stopped)
    assert (stopped.name, stopped.position) == ("poor_1", 7)
    problem = type(stopped.__cause__).__name__
    assert there.positions() == {"poor_1": (6, 7, problem, None), "visits_1": (10, None, None, "")}
    assert visit_counts(there, poor) == {"mill": 6}
    assert visit_counts(there) == {"mill": 9}


def test_a_stopped_projection_waits_until_it_is_resumed(open_views: Opened) -> None:
    there, facts = (
        open_views(staged_projection("poor_1", project_or_fail)),
        made_up_log(Visited(shop="mill"), Unreadable()),
    )
    with pytest.raises(ExceptionGroup):
        catch_up(there, reader(facts))

    assert catch_up(there, reader(facts)) == 0

    repaired = staged_projection("poor_1")
    there = open_views(repaired)
    there.resume()
    assert catch_up(there, reader(facts)) == 1
    assert there.positions() == {"poor_1": (2, None, None, "")}


def test_a_log_that_cannot_be_read_stops_nothing_and_is_loud(open_views: Opened) -> None:
    there = open_views()

    def read(after: int, limit: int) -> Sequence[Fact]:
        raise LookupError(after, limit)

    with pytest.raises(LookupError):
        catch_up(there, read)

    assert there.positions() == {"visits_1": (0, None, None, None)}


def test_a_database_that_is_busy_is_no_fault_of_the_facts_and_is_waited_for(
    open_views: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given another writer that keeps the lock until it was waited for in vain
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.1)
    there, other = open_views(), open_views()
    with ThreadPoolExecutor(1) as threads:
        with other.writing() as connection:
            database.move(connection, VISITS.NAME, after=0, to=1)
            # When the projection catches up meanwhile
            caught_up = threads.submit(catch_up, there, reader(MANY), retry_seconds=0.01)
            while not caplog.records:
                time.sleep(0.01)
            database.move(connection, VISITS.NAME, after=1, to=0)
        # Then it goes on as soon as it can
        assert caught_up.result(30) == 1_000
    assert there.positions() == {"visits_1": (1_000, None, None, "")}


def test_a_database_that_stays_busy_is_an_error_in_the_end(
    open_views: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(runner, "TRIES_MAX", 2)
    there, other = open_views(), open_views()

    with other.writing() as connection:
        database.move(connection, VISITS.NAME, after=0, to=1)
        with pytest.raises(OperationalError):
            catch_up(there, reader(MANY), retry_seconds=0.01)
