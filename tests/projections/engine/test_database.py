from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from projections.engine.database import Views, move
from projections.engine.runner import catch_up
from tests.support.event_history_visits import (
    MANY,
    VISITS,
    Opened,
    reader,
    rows,
    staged_projection,
    view_factory,
)


@pytest.fixture
def open_views(database_url: str) -> Iterator[Opened]:
    yield from view_factory(database_url)


def test_a_name_left_behind_is_dropped_when_told_and_one_in_use_never(open_views: Opened) -> None:
    catch_up(open_views(), reader(MANY))
    new = staged_projection("visits_2")
    there = open_views(new)
    assert set(there.positions()) == {"visits_1", "visits_2"}

    there.drop("visits_1")

    assert set(there.positions()) == {"visits_2"}
    with there.reading() as connection:
        assert not inspect(connection).has_table("visits_1")
    with pytest.raises(ValueError, match="in use"):
        there.drop("visits_2")


def test_a_staged_table_serves_from_the_swap_on_and_is_followed_from_where_it_stands(
    open_views: Opened,
) -> None:
    there = open_views()
    catch_up(there, reader(MANY))
    before = rows(there)
    staged = there.stage(VISITS)
    catch_up(there, reader(MANY[:10]), only=[staged])
    assert rows(there) == before

    there.swap(VISITS, staged)

    assert there.positions() == {"visits_1": (10, None, None)}
    catch_up(there, reader(MANY))
    assert rows(there) == before
    with pytest.raises(LookupError):
        there.swap(VISITS, staged)


def test_a_swapped_table_keeps_its_key_and_indexes_time_and_again(open_views: Opened) -> None:
    there = open_views()
    before = shape(there)
    assert before[1]

    for _ in range(3):
        there.swap(VISITS, there.stage(VISITS))

        assert shape(there) == before


def shape(there: Views) -> tuple[object, object]:
    with there.reading() as connection:
        found = inspect(connection)
        key = found.get_pk_constraint("visits_1")["constrained_columns"]
        return key, [
            (index["name"], index["column_names"]) for index in found.get_indexes("visits_1")
        ]


def test_a_position_moves_only_from_where_it_stands(open_views: Opened) -> None:
    there = open_views()

    with there.writing() as connection:
        assert move(connection, "visits_1", after=0, to=5)
        assert not move(connection, "visits_1", after=0, to=5)
        assert not move(connection, "no_such_name", after=0, to=5)


def test_what_is_read_in_one_go_is_of_one_moment(tmp_path: Path) -> None:
    there = Views(f"sqlite:///{tmp_path}/views.db", [VISITS])

    with there.reading():
        before = rows(there)
    catch_up(there, reader(MANY))

    assert before == []
    there.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_views_in_memory_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="file"):
        Views(url, [])
