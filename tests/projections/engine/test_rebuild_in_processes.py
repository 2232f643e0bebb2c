"""A rebuild in several processes gives the same tables, whatever happens to one of them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import MetaData

from projections.engine.database import STAGED, Views
from projections.engine.rebuild import Staged, rebuild_in_processes, shares, swap
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import Read, catch_up
from tests.checks.test_golden import golden
from tests.projections.engine.test_follow_and_rebuild import rows, views
from tests.support.event_history_purchases import facts
from tests.support.event_history_visits import reader

__all__ = ["views"]

HISTORY = facts(*(event for _, event in golden()))


@contextmanager
def opened() -> Iterator[Read]:
    yield reader(HISTORY)


@contextmanager
def ends_half_way() -> Iterator[Read]:
    """Open the log in a process that fails where half of it has been read."""
    yield reader(HISTORY[: len(HISTORY) // 2])
    os._exit(9)


@contextmanager
def swapped_in_elsewhere() -> Iterator[Read]:
    """Open the log in a process that ends by swapping in a table, as another rebuild may."""
    yield reader(HISTORY)
    views = Views(os.environ["VIEWS_URL"], PROJECTIONS)
    one = PROJECTIONS[0]
    for name in views.positions():
        if name.startswith(f"{one.NAME}{STAGED}"):
            table = one.table.to_metadata(MetaData(), name=name)
            swap(views, one, Staged(name, table, one.project))
    time.sleep(1)  # the parent process looks every half second
    views.close()


def test_what_another_rebuild_swaps_in_meanwhile_is_left_out(
    views: Views, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWS_URL", database_url)
    catch_up(views, reader(HISTORY))
    followed, reached = rows(views), list[int]()

    rebuild_in_processes(
        views,
        reader(HISTORY),
        swapped_in_elsewhere,
        head=len(HISTORY),
        processes=2,
        on_page=reached.append,
    )

    assert rows(views) == followed
    assert reached == sorted(reached)


@pytest.mark.parametrize("log", [opened, ends_half_way])
def test_it_gives_the_same_rows_even_where_a_process_ends_early(
    views: Views, log: Any, caplog: pytest.LogCaptureFixture
) -> None:
    catch_up(views, reader(HISTORY))
    followed, reached = rows(views), list[int]()

    rebuild_in_processes(
        views, reader(HISTORY), log, head=len(HISTORY), processes=2, on_page=reached.append
    )

    assert rows(views) == followed
    assert set(views.positions()) == {one.NAME for one in PROJECTIONS}
    assert reached
    assert reached == sorted(reached)
    ended_early = [one for one in caplog.messages if "ended with [9, 9]" in one]
    assert len(ended_early) == (log is ends_half_way)


def test_the_work_is_divided_by_what_it_costs() -> None:
    divided = shares(PROJECTIONS, HISTORY, 3)

    assert sorted(one.NAME for share in divided for one in share) == sorted(
        one.NAME for one in PROJECTIONS
    )
    assert all(divided)
