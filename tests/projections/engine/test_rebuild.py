import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ledger.event import Event, Fact
from projections.engine.database import Views
from projections.engine.rebuild import rebuild
from projections.engine.runner import catch_up
from tests.support import event_history_visits as visits

EVENTS = some.lists(
    some.builds(
        visits.Visited, shop=some.sampled_from(visits.SHOPS), card=some.sampled_from(["c1", "c2"])
    ),
    max_size=30,
)


@pytest.fixture
def open_views(database_url: str) -> Iterator[visits.Opened]:
    yield from visits.view_factory(database_url)


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(events=EVENTS, page=some.integers(1, 7), rebuild_page=some.integers(1, 40))
def test_following_and_rebuilding_give_the_same_rows(
    open_views: visits.Opened, events: list[Event], page: int, rebuild_page: int
) -> None:
    facts = visits.made_up_log(*events)
    there = open_views()
    rebuild(there, visits.reader([]))  # an earlier example left its rows
    assert visits.rows(there) == []
    catch_up(there, visits.reader(facts[: len(facts) // 2]), page=page)
    catch_up(there, visits.reader(facts), page=page)
    followed = visits.rows(there)

    assert rebuild(there, visits.reader(facts), page=rebuild_page) == len(facts)

    assert visits.rows(there) == followed
    assert there.positions()["visits_1"][:3] == (len(facts), None, None)


def test_the_old_table_serves_while_the_new_one_is_built(open_views: visits.Opened) -> None:
    there, seen = open_views(), list[object]()
    catch_up(there, visits.reader(visits.MANY))

    count = rebuild(
        there,
        visits.reader(visits.MANY),
        page=300,
        on_page=lambda _: seen.append(visits.visit_counts(there)),
    )

    assert count == 1_000
    assert seen == [visits.COUNTED] * 4
    assert set(there.positions()) == {"visits_1"}


def test_what_is_followed_meanwhile_is_there_after_the_swap(open_views: visits.Opened) -> None:
    there, follower = open_views(), open_views()
    facts = visits.MANY[:500]

    def on_page(_: int) -> None:
        if len(facts) < 1_000:
            facts.extend(visits.MANY[500:])
            catch_up(follower, visits.reader(facts))

    rebuild(there, visits.reader(facts), on_page=on_page)

    assert visits.visit_counts(there) == visits.COUNTED
    assert there.positions() == {"visits_1": (1_000, None, None, "")}


def test_a_stopped_projection_goes_on_after_a_rebuild(open_views: visits.Opened) -> None:
    facts = visits.made_up_log(
        visits.Visited(shop="mill"), visits.Unreadable(), visits.Visited(shop="mill")
    )
    with pytest.raises(ExceptionGroup):
        catch_up(
            open_views(visits.staged_projection("visits_1", visits.project_or_fail)),
            visits.reader(facts),
        )
    there = open_views()

    rebuild(there, visits.reader(facts), only=[visits.VISITS])

    assert visits.visit_counts(there) == {"mill": 2}
    assert there.positions() == {"visits_1": (3, None, None, "")}


def test_a_rebuild_that_fails_leaves_the_old_table(open_views: visits.Opened) -> None:
    poor = visits.staged_projection("visits_1", visits.project_or_fail)
    facts = visits.made_up_log(visits.Visited(shop="mill"), visits.Unreadable())
    catch_up(open_views(), visits.reader(facts))
    there = open_views(poor)

    with pytest.raises(ExceptionGroup):
        rebuild(there, visits.reader(facts))

    assert visits.visit_counts(there, poor) == {"mill": 1}
    assert there.positions()["visits_1"] == (2, None, None, "")


def interrupted(there: Views) -> None:
    """Begin a rebuild of MANY that ends when 400 facts are staged."""

    def read(after: int, limit: int) -> Sequence[Fact]:
        if after >= 400:
            raise ConnectionError
        return visits.MANY[after : after + limit]

    with pytest.raises(ConnectionError):
        rebuild(there, read, page=200)


def test_a_rebuild_begun_again_goes_on_with_what_was_staged(open_views: visits.Opened) -> None:
    there = open_views()
    interrupted(there)

    assert rebuild(there, visits.reader(visits.MANY), page=200) == 600

    assert visits.visit_counts(there) == visits.COUNTED
    assert there.positions() == {"visits_1": (1_000, None, None, "")}


def test_what_was_staged_from_a_longer_log_is_thrown_away(open_views: visits.Opened) -> None:
    there = open_views()
    interrupted(there)

    assert rebuild(there, visits.reader(visits.MANY[:300])) == 300

    assert sum(visits.visit_counts(there).values()) == 300  # type: ignore[arg-type]
    assert there.positions() == {"visits_1": (300, None, None, "")}


def test_what_another_version_of_the_file_had_staged_is_thrown_away(
    open_views: visits.Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = open_views()
    with monkeypatch.context() as then:
        then.setattr(zlib, "crc32", lambda _source: 7)
        interrupted(there)

    assert rebuild(there, visits.reader(visits.MANY), page=200) == 1_000

    assert visits.visit_counts(there) == visits.COUNTED
    assert there.positions() == {"visits_1": (1_000, None, None, "")}


def test_two_rebuilds_at_once_share_the_work_and_both_end_well(open_views: visits.Opened) -> None:
    both = threading.Barrier(2, timeout=30)

    def read(after: int, limit: int) -> Sequence[Fact]:
        if after == 0:
            both.wait()
        return visits.MANY[after : after + limit]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda there: rebuild(there, read, page=100), [open_views()] * 2))

    assert visits.visit_counts(open_views()) == visits.COUNTED
    assert open_views().positions() == {"visits_1": (1_000, None, None, "")}
