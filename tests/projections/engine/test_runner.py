from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ledger.event import Fact
from projections.engine import database, runner
from projections.engine.changes import apply, fold
from projections.engine.database import Project, Views
from projections.engine.runner import Stopped, catch_up, follow
from projections.engine.schema import progress
from tests.support.event_history_visits import (
    COUNTED,
    MANY,
    VISITS,
    Opened,
    Spoilt,
    Visited,
    log,
    lose,
    misname,
    opened_each,
    question,
    reader,
    rows,
    visit,
    visits,
)


@pytest.fixture
def opened(database_url: str) -> Iterator[Opened]:
    yield from opened_each(database_url)


def test_a_fold_that_names_no_event_classes_says_what_to_write(opened: Opened) -> None:
    def project(event, fact):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        yield

    with pytest.raises(TypeError, match=r"test_runner.*naming the event classes it takes"):
        catch_up(opened(question("poor_1", project)), reader(MANY))


def test_an_event_that_nobody_wants_reaches_no_fold_and_moves_all_at_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, moved = opened(VISITS, question("other_1")), list[tuple[str, ...]]()

    def move(connection: Connection, *names: str, after: int, to: int) -> bool:
        moved.append(names)
        return database.move(connection, *names, after=after, to=to)

    monkeypatch.setattr(runner, "move", move)
    catch_up(there, reader(log(Spoilt(), Spoilt(), Visited(shop="mill"))), page=2)

    assert moved == [("visits_1", "other_1"), ("visits_1",), ("other_1",)]
    assert visits(there) == {"mill": 1}
    assert there.positions()["visits_1"] == (3, None, None)


def test_catching_up_reads_to_the_end_and_then_nothing(opened: Opened) -> None:
    there, pages = opened(), list[int]()

    assert catch_up(there, reader(MANY), page=300, on_page=pages.append) == 1_000
    assert pages == [300, 600, 900, 1_000]
    assert visits(there) == COUNTED
    assert catch_up(there, reader(MANY), page=300) == 0
    assert there.positions() == {"visits_1": (1_000, None, None)}
    assert there.lag(1_003) == 3


def test_a_page_is_read_once_for_all_at_the_same_position(opened: Opened) -> None:
    there, asked = opened(VISITS, question("other_1")), list[tuple[int, int]]()

    def read(after: int, limit: int) -> Sequence[Fact]:
        asked.append((after, limit))
        return MANY[after : after + limit]

    catch_up(there, read, page=600)

    assert asked == [(0, 600), (600, 600)]


def test_a_new_question_starts_at_the_first_fact_and_holds_up_no_other(opened: Opened) -> None:
    catch_up(opened(), reader(MANY[:900]))
    new = question("visits_2")
    there, seen = opened(VISITS, new), list[dict[str, database.Progress]]()

    catch_up(there, reader(MANY), page=400, on_page=lambda _: seen.append(there.positions()))

    assert [(p["visits_1"].position, p["visits_2"].position) for p in seen] == [
        (1_000, 400),
        (1_000, 800),
        (1_000, 1_000),
    ]
    assert rows(there, new) == rows(there)


@pytest.mark.parametrize("project", [lose, misname])
def test_a_fact_that_cannot_be_taken_stops_that_projection_alone(
    opened: Opened, project: Project
) -> None:
    poor = question("poor_1", project)
    there = opened(poor, VISITS)
    facts = log(*[Visited(shop="mill")] * 6, Spoilt(), *[Visited(shop="mill")] * 3)

    with pytest.raises(ExceptionGroup) as raised:
        catch_up(there, reader(facts), page=4)

    (stopped,) = raised.value.exceptions
    assert isinstance(stopped, Stopped)
    assert (stopped.name, stopped.position) == ("poor_1", 7)
    problem = type(stopped.__cause__).__name__
    assert there.positions() == {"poor_1": (6, 7, problem), "visits_1": (10, None, None)}
    assert visits(there, poor) == {"mill": 6}
    assert visits(there) == {"mill": 9}


def test_a_stopped_projection_waits_until_it_is_resumed(opened: Opened) -> None:
    there, facts = opened(question("poor_1", lose)), log(Visited(shop="mill"), Spoilt())
    with pytest.raises(ExceptionGroup):
        catch_up(there, reader(facts))

    assert catch_up(there, reader(facts)) == 0

    repaired = question("poor_1")
    there = opened(repaired)
    there.resume()
    assert catch_up(there, reader(facts)) == 1
    assert there.positions() == {"poor_1": (2, None, None)}


def test_a_log_that_cannot_be_read_stops_nothing_and_is_loud(opened: Opened) -> None:
    there = opened()

    def read(after: int, limit: int) -> Sequence[Fact]:
        raise LookupError(after, limit)

    with pytest.raises(LookupError):
        catch_up(there, read)

    assert there.positions() == {"visits_1": (0, None, None)}


def test_a_database_that_is_busy_is_no_fault_of_the_facts(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.1)
    there, other = opened(), opened()

    with other.writing() as connection:
        database.move(connection, VISITS.NAME, after=0, to=1)
        with pytest.raises(OperationalError):
            catch_up(there, reader(MANY))
        database.move(connection, VISITS.NAME, after=1, to=0)

    assert catch_up(there, reader(MANY)) == 1_000
    assert there.positions() == {"visits_1": (1_000, None, None)}


def follow_two_at_once(opened: Opened) -> dict[object, object]:
    """Run two followers that both hold the same page before either writes."""
    both = threading.Barrier(2, timeout=30)

    def read(after: int, limit: int) -> Sequence[Fact]:
        if after == 0:
            both.wait()
        return MANY[after : after + limit]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda there: catch_up(there, read, page=100), [opened(), opened()]))
    return visits(opened())


def test_two_followers_never_count_twice(opened: Opened) -> None:
    assert follow_two_at_once(opened) == COUNTED


def test_they_would_if_the_position_were_set_without_comparing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_position(connection: Connection, name: str, *, after: int, to: int) -> bool:
        assert after < to
        table = progress
        connection.execute(table.update().where(table.c.name == name).values(position=to))
        return True

    monkeypatch.setattr(runner, "move", set_position)

    assert follow_two_at_once(opened) != COUNTED


def test_a_crash_before_the_commit_repeats_nothing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = opened()
    with monkeypatch.context() as broken:
        broken.setattr(runner, "apply", crash_after_writing)
        with pytest.raises(KeyboardInterrupt):
            catch_up(there, reader(MANY))

    assert rows(there) == []
    assert catch_up(there, reader(MANY)) == 1_000
    assert visits(there) == COUNTED


def crash_after_writing(*particulars: object) -> None:
    apply(*particulars)  # type: ignore[arg-type]  # passed on as they came
    raise KeyboardInterrupt


def test_it_would_if_the_position_had_a_commit_of_its_own(opened: Opened) -> None:
    there = opened()

    def catch_up_in_two_commits(*, crash: bool) -> None:
        with there.writing() as connection:
            apply(
                connection, VISITS.table, fold(c for fact in MANY for c in visit(fact.event, fact))
            )
        if not crash:
            with there.writing() as connection:
                database.move(connection, VISITS.NAME, after=0, to=1_000)

    catch_up_in_two_commits(crash=True)
    catch_up_in_two_commits(crash=False)

    assert visits(there) != COUNTED


def catch_up_elsewhere(url: str) -> None:
    there = Views(url, [VISITS])
    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(catch_up, there, reader(MANY), page=20)
    there.close()


def test_followers_in_several_processes_start_on_nothing_and_never_count_twice(
    opened: Opened, database_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    elsewhere = [context.Process(target=catch_up_elsewhere, args=(database_url,)) for _ in range(3)]
    for process in elsewhere:
        process.start()
    for process in elsewhere:
        process.join(60)

    assert [process.exitcode for process in elsewhere] == [0, 0, 0]
    assert visits(opened()) == COUNTED
    assert opened().lag(1_000) == 0


def test_following_goes_on_until_told_to_stop(opened: Opened) -> None:
    there, facts, waited = opened(), MANY[:100], list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 5:
            facts.extend(MANY[100:])
        return len(waited) > 25

    follow(there, reader(facts), wait, page=60, poll_seconds=0.25)

    assert visits(there) == COUNTED
    assert waited[:5] == [0.0, 0.0, 0.25, 0.25, 0.25]


def test_following_outlives_a_log_that_is_away_and_says_so(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    there, turns = opened(), iter([False, False, False, True])

    def read(after: int, limit: int) -> Sequence[Fact]:
        if not caplog.records:
            raise ConnectionError
        return MANY[after : after + limit]

    follow(there, read, lambda _: next(turns))

    assert visits(there) == COUNTED
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ConnectionError]


def test_following_says_what_stopped_and_goes_on_with_the_others(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    there, turns = opened(question("poor_1", lose), VISITS), iter([False] * 5 + [True])
    facts = log(Visited(shop="mill"), Spoilt(), Visited(shop="mill"))

    follow(there, reader(facts), lambda _: next(turns), page=1)

    assert [record.message for record in caplog.records] == ["poor_1 stopped at position 2"]
    assert visits(there) == {"mill": 2}
    assert there.positions()["poor_1"] == (1, 2, "LookupError")
