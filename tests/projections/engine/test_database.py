from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as pysqlite3
import pytest
from sqlalchemy import inspect

from projections.engine import database
from projections.engine.database import Views, move
from projections.engine.rebuild import build_indexes, rebuild, stage, swap
from projections.engine.runner import catch_up
from tests.support import event_history_visits as visits


@pytest.fixture
def open_views(database_url: str) -> Iterator[visits.Opened]:
    yield from visits.view_factory(database_url)


def test_a_name_left_behind_is_dropped_when_told_and_one_in_use_never(
    open_views: visits.Opened,
) -> None:
    catch_up(open_views(), visits.reader(visits.MANY))
    new = visits.staged_projection("visits_2")
    there = open_views(new)
    assert set(there.positions()) == {"visits_1", "visits_2"}

    there.drop("visits_1")

    assert set(there.positions()) == {"visits_2"}
    with there.reading() as connection:
        assert not inspect(connection).has_table("visits_1")
    with pytest.raises(ValueError, match="in use"):
        there.drop("visits_2")


def test_a_staged_table_serves_from_the_swap_on_and_is_followed_from_where_it_stands(
    open_views: visits.Opened,
) -> None:
    there = open_views()
    catch_up(there, visits.reader(visits.MANY))
    before = visits.rows(there)
    staged = stage(there, visits.VISITS, visits.reader([]))
    catch_up(there, visits.reader(visits.MANY[:10]), only=[staged])
    assert visits.rows(there) == before

    assert swap(there, visits.VISITS, staged)

    assert there.positions() == {"visits_1": (10, None, None, "")}
    catch_up(there, visits.reader(visits.MANY))
    assert visits.rows(there) == before
    assert not swap(there, visits.VISITS, staged)


def test_a_swapped_table_keeps_its_key_and_indexes_time_and_again(
    open_views: visits.Opened,
) -> None:
    there = open_views()
    before = shape(there)
    assert before[1]

    for _ in range(3):
        staged = stage(there, visits.VISITS, visits.reader([]))
        build_indexes(there, staged)
        build_indexes(there, staged)  # by a second rebuild at the same time
        swap(there, visits.VISITS, staged)

        assert shape(there) == before


def shape(there: Views) -> tuple[object, object]:
    with there.reading() as connection:
        found = inspect(connection)
        key = found.get_pk_constraint("visits_1")["constrained_columns"]
        return key, [index["column_names"] for index in found.get_indexes("visits_1")]


@pytest.mark.parametrize("older", [False, True])
def test_a_rebuild_leaves_a_file_of_sqlite_as_small_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, older: bool
) -> None:
    # Given a table that takes most of its file, which an older release may have begun
    if older:
        with closing(pysqlite3.connect(tmp_path / "views.db")) as begun:
            begun.execute("CREATE TABLE other (name TEXT)")
    monkeypatch.setattr(database, "PAGES_RELEASED", 3)
    facts = visits.made_up_log(*[visits.Visited(shop=f"shop-{n}") for n in range(2_000)])
    there = Views(f"sqlite:///{tmp_path}/views.db", [visits.VISITS])
    catch_up(there, visits.reader(facts))
    before = pages(there)

    # When it is rebuilt, once and again
    for _ in range(2):
        rebuild(there, visits.reader(facts))

        # Then no page of the old table is left
        assert pages(there) <= before + 2
    there.close()


def pages(there: Views) -> int:
    with there.reading() as connection:
        count: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return count


def test_a_position_moves_only_from_where_it_stands(open_views: visits.Opened) -> None:
    there = open_views()

    with there.writing() as connection:
        assert move(connection, "visits_1", after=0, to=5)
        assert not move(connection, "visits_1", after=0, to=5)
        assert not move(connection, "no_such_name", after=0, to=5)


def test_what_is_read_in_one_go_is_of_one_moment(tmp_path: Path) -> None:
    there = Views(f"sqlite:///{tmp_path}/views.db", [visits.VISITS])

    with there.reading():
        before = visits.rows(there)
    catch_up(there, visits.reader(visits.MANY))

    assert before == []
    there.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_views_in_memory_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="file"):
        Views(url, [])
