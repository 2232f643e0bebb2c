"""The analysts' tables of the recorded drops agree with the events."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Connection

from pos_gateway.demonstration.scenarios import double_ninth, may_day, new_year, seasonal_care
from pos_gateway.demonstration.scenarios.figures import Figures
from pos_gateway.demonstration.scenarios.stage import Stage
from projections.attendance import attendance
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.waiting_list import waiting_list


def over(scenario: ModuleType) -> datetime:
    """Return the end of the last session."""
    ends: list[datetime] = [one.ends_at for item in scenario.PLAN.items for one in item.sessions]
    return max(ends) + timedelta(hours=1)


@contextmanager
def played(scenario: ModuleType, folder: Path) -> Iterator[tuple[Figures, Connection]]:
    """Play a scenario. Return its result and the tables folded from it."""
    url = f"sqlite:///{folder}"
    with (
        closing(Stage(f"{url}/log.db", at=scenario.BEGINS)) as stage,
        closing(Views(f"{url}/views.db", PROJECTIONS)) as views,
    ):
        outcome = scenario.play(stage)
        catch_up(views, stage.ledger.facts)
        with views.reading() as connection:
            yield outcome, connection


@pytest.mark.parametrize("scenario", [may_day, double_ninth, new_year, seasonal_care])
def test_the_tables_tell_who_came_and_what_suppliers_get(
    scenario: ModuleType, tmp_path: Path
) -> None:
    with played(scenario, tmp_path) as (outcome, connection):
        (came,) = attendance(connection, ["drop_id"], at=over(scenario))
        income = suppliers(connection, ["supplier_id"])

    assert came["tickets"] == outcome.tickets
    assert came["people_expected"] == outcome.people_most
    assert came["people_admitted"] == outcome.admitted
    assert came["no_shows"] == outcome.no_shows
    assert {one["supplier_id"]: one["kept_income_minor"] for one in income} == outcome.income_minor


def test_the_tables_tell_of_may_day_who_waited_and_how_soon_it_was_sold_out(tmp_path: Path) -> None:
    with played(may_day, tmp_path) as (outcome, connection):
        (waited,) = waiting_list(connection, may_day.DROP, at=over(may_day))
        (sold_out,) = sold_out_after(connection, may_day.DROP)

    assert waited.joined == outcome.waited
    assert waited.offered == outcome.offered
    assert waited.taken_up == outcome.promoted
    assert waited.lapsed == outcome.lapsed
    assert sold_out.seconds == 0
