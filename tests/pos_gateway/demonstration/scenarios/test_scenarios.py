"""The recorded drops, played: the results equal the published figures exactly."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from sqlalchemy import Connection

from ledger.drops import draw, rfc3797
from ledger.drops.events import Claimed
from ledger.merchants.merchant import Signed
from pos_gateway.demonstration.scenarios import (
    double_ninth,
    may_day,
    new_year,
    seasonal_care,
    spring_festival,
)
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import Stage
from projections.attendance import attendance
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.waiting_list import waiting_list

VERIFY_DRAW = Path(__file__).parents[4] / "scripts" / "verify_draw"


def came_out(**counts: int | dict[str, int]) -> Figures:
    """Return figures that are 0 but for these."""
    return msgspec.convert(dict.fromkeys(Figures.__struct_fields__, 0) | counts, Figures)


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    with closing(Stage(database_url, at=may_day.BEGINS)) as stage:
        yield stage


def new_stage(tmp_path: Path, at: datetime) -> closing[Stage]:
    return closing(Stage(f"sqlite:///{tmp_path}/log.db", at=at))


def test_may_day_admits_a_thousand_families_of_three_at_most(stage: Stage) -> None:
    outcome = may_day.play(stage)

    assert outcome == came_out(
        tickets=1_000,
        people_most=3_000,
        admitted=700 * 3 + 150 * 3 + 40 * 2 + 50,
        in_parts=150,
        no_shows=60,
        released=25 + 12,
        waited=120,
        offered=25 + 4 + 12 + 3 + 1,
        lapsed=4 + 3 + 1,
        promoted=37,
        income_minor={"rose-garden": 0},
    )
    assert stage.refused == {
        "not_open_yet": 60,
        "sold_out": 240 + 4,  # the offers to those four had lapsed
        "already_claimed": 30,
        "returns_closed": 1,
        "card_replaced": 1,
        "ticket_not_yet": 1,
        "ticket_exhausted": 1,
        "ticket_used": 1,
        "ticket_released": 1,
        "ticket_over": 1,
    }

    # And the first thousand to ask had it, at the instant it opened
    claimed = [fact for fact in stage.facts() if isinstance(fact.event, Claimed)]
    first = claimed[: may_day.TICKETS]
    assert [fact.event.member_id for fact in first] == [f"m{n:04}" for n in range(1, 1_001)]
    assert [fact.event.number for fact in claimed] == list(range(1, 1_038))
    assert {fact.at for fact in first} == {may_day.PLAN.opens_at}


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Play Spring Festival after May Day on the same ledger."""
    with new_stage(tmp_path_factory.mktemp("spring"), may_day.BEGINS) as stage:
        may_day.play(stage)
        stage.refused.clear()
        spring_festival.play(stage)
        yield stage


def document(stage: Stage) -> rfc3797.Published:
    return stage.ledger.officers.draws.published_draw(spring_festival.DROP)


def verified(path: Path, draw_document: rfc3797.Published) -> subprocess.CompletedProcess[str]:
    """Return the result of the independent script."""
    path.write_bytes(msgspec.json.encode(draw_document))
    return subprocess.run(
        [sys.executable, "-I", VERIFY_DRAW, path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_packs_of_spring_festival_are_drawn_for_among_all_who_entered(spring: Stage) -> None:
    assert figures(spring.facts(), spring_festival.DROP) == came_out(
        tickets=300,
        people_most=300,
        admitted=291,
        no_shows=9,
        entries=1_220,
        income_minor={"lvgu-foods": 300 * 128_00},
    )
    assert spring.refused == {
        "already_entered": 1,
        "drop_closed": 1,
        "seed_not_yet": 1,
        "seed_already_fixed": 1,
    }


def test_a_no_show_of_may_day_halves_the_lots_and_excludes_nobody(spring: Stage) -> None:
    no_shows = figures(spring.facts(), may_day.DROP).no_shows

    weights = Counter(entry.weight for entry in document(spring).entries)

    assert weights == {1: no_shows, 2: 1_220 - no_shows}


def test_anybody_can_check_the_draw_of_spring_festival(spring: Stage, tmp_path: Path) -> None:
    draw_document = document(spring)

    assert rfc3797.verify(draw_document) == []
    checked = verified(tmp_path / "draw.json", draw_document)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_who_won_by_the_document_has_the_ticket(spring: Stage) -> None:
    draw_document = document(spring)
    claimed = [
        fact.event
        for fact in spring.facts()
        if isinstance(fact.event, Claimed) and fact.event.drop_id == spring_festival.DROP
    ]

    ids = {entry.number: entry.entry_id for entry in draw_document.entries}
    assert [
        draw.published_id(event.drop_id, event.member_id, event.claim_id) for event in claimed
    ] == [ids[number] for number in draw_document.winners]


def test_a_draw_with_another_winner_is_found_out(spring: Stage, tmp_path: Path) -> None:
    draw_document = document(spring)
    won = draw_document.winners
    loser = next(entry.number for entry in draw_document.entries if entry.number not in won)

    forged = msgspec.structs.replace(draw_document, winners=[*won[:-1], loser])

    assert rfc3797.verify(forged) == ["winners_differ"]
    assert verified(tmp_path / "draw.json", forged).returncode == 1


def test_double_ninth_gives_each_household_one_pillow(tmp_path: Path) -> None:
    with new_stage(tmp_path, double_ninth.BEGINS) as stage:
        outcome = double_ninth.play(stage)
        claimed = [one.event for one in stage.facts() if isinstance(one.event, Claimed)]

    assert outcome == came_out(
        tickets=200,
        people_most=200,
        admitted=200,
        collected=30,
        released=1,
        income_minor={"lvgu-textile": 200 * 89_00},
    )
    assert sum(bool(event.claimed_by) for event in claimed) == 30
    assert stage.refused == {"household_limit_reached": 120, "sold_out": 100, "not_a_proxy": 1}


def test_the_goods_of_new_year_bring_income_to_four_projects(tmp_path: Path) -> None:
    with new_stage(tmp_path, new_year.BEGINS) as stage:
        outcome = new_year.play(stage)
        signed = {one.event.merchant_id for one in stage.facts() if isinstance(one.event, Signed)}

    assert outcome == came_out(
        tickets=500,
        people_most=500,
        admitted=488,
        collected=40,
        no_shows=12,
        income_minor={
            "fengjiayu-bees": 150 * 48_00,
            "dachengzi-wood-ear": 100 * 68_00,
            "henanzhai-oil": 120 * 75_00,
            "bulaotun-hawthorn": 130 * 36_00,
        },
    )
    assert outcome.income_minor.keys() < signed
    # And a member chose one of the four, and took it once
    assert stage.refused == {
        "sold_out": 50 + 30 + 70 + 60,
        "already_claimed": 1,
        "drop_closed": 1,
        "ticket_used": 1,
        "not_a_proxy": 1,
    }


def test_every_rider_has_the_cooling_goods_of_half_a_million_yuan(tmp_path: Path) -> None:
    with new_stage(tmp_path, seasonal_care.BEGINS) as stage:
        outcome = seasonal_care.play(stage)
        claimed = [one.event for one in stage.facts() if isinstance(one.event, Claimed)]

    assert outcome == came_out(
        tickets=2_000,
        people_most=2_000,
        admitted=1_925,
        no_shows=75,
        income_minor={"lvgu-foods": 500_000_00},
    )
    assert {event.claimed_by for event in claimed} == {"officer-scenario"}
    assert stage.refused == {"not_eligible": 40}


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
