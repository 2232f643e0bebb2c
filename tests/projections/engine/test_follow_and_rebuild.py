"""Every projection gives the same rows, followed in pieces or rebuilt."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from projections.engine.database import Views
from projections.engine.rebuild import rebuild
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from tests.support.event_history_drops import DROP_STEPS, drop_history_of
from tests.support.event_history_random_drops import random_drop_history
from tests.support.event_history_settlement import STEPS
from tests.support.event_history_visits import reader

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def views(database_url: str) -> Iterator[Views]:
    views = Views(database_url, PROJECTIONS)
    yield views
    views.close()


def rows(views: Views) -> Rows:
    """Return the rows of every table, in the order of its keys."""
    with views.reading() as connection:
        return {
            one.NAME: [
                tuple(row)
                for row in connection.execute(select(one.table).order_by(*one.table.primary_key))
            ]
            for one in PROJECTIONS
        }


@settings(
    max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(drop_steps=DROP_STEPS, steps=STEPS, page=some.integers(5, 30))
def test_following_and_rebuilding_give_the_same_rows(
    views: Views, drop_steps: list[tuple[Any, ...]], steps: list[tuple[Any, ...]], page: int
) -> None:
    facts = drop_history_of(*drop_steps, *steps).facts
    rebuild(views, reader([]))  # an earlier example left its rows
    catch_up(views, reader(facts), page=page)
    followed = rows(views)

    rebuild(views, reader(facts))

    assert rows(views) == followed


def test_a_rush_leaves_rows_in_every_table_of_drops(views: Views) -> None:
    facts = random_drop_history(1).facts
    catch_up(views, reader(facts), page=50)
    followed = rows(views)

    rebuild(views, reader(facts))

    assert rows(views) == followed
    of_drops = {
        *("drops_1", "slots_1", "sell_through_1", "turned_away_1"),
        *("claims_1", "waiting_list_1", "attendance_1", "suppliers_1"),
    }
    assert {name for name, found in followed.items() if found} >= of_drops
