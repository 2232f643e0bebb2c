"""Gateways are killed in the middle of a load."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.faults.district import District
from tests.faults.gateways import Gateway, until
from tests.faults.planted import planted
from tests.faults.stories import grown, killed, under_load

pytestmark = [pytest.mark.slow, pytest.mark.disk]

CHANCE = Random(9)  # noqa: S311 - the same moments each time


@pytest.fixture
def district(tmp_path: Path, database_url: str) -> Iterator[District]:
    with closing(District(tmp_path / "var", database_url)) as district:
        yield district


def test_a_gateway_killed_under_load_lost_nothing_and_serves_again(district: District) -> None:
    with district.gateway() as gateway:
        story = under_load(
            district, [gateway], lambda: [killed(gateway, district, CHANCE) for _ in range(2)]
        )

    assert story.complaints == []
    assert story.met["made"] > 50, story.met
    assert story.met["away"] > 0, story.met
    assert story.met["replayed"] > 0, story.met
    assert len(story.recoveries) == 2


@pytest.mark.night
def test_workers_killed_under_load_are_replaced_and_nothing_is_lost(district: District) -> None:
    number = 1 if district.url.startswith("sqlite") else 2
    with district.gateway(environment={"HONGKA_WORKERS": str(number)}) as gateway:
        # Who dies twice within seconds would end the server, so each dies once.
        def killed_one(doomed: int) -> float:
            grown(district, 20)
            os.kill(doomed, signal.SIGKILL)
            until(lambda: doomed not in gateway.workers() and len(gateway.workers()) == number)
            return until(lambda: gateway.ready() == 200)

        story = under_load(district, [gateway], lambda: [*map(killed_one, gateway.workers())])
        assert gateway.stop() == 0

    assert story.complaints == []
    assert story.met["made"] > 50, story.met


def test_a_worker_whose_server_was_killed_ends_with_it(tmp_path: Path) -> None:
    with Gateway(tmp_path / "var") as gateway:
        server, *workers = gateway.processes()
        os.kill(server, signal.SIGKILL)

        assert gateway.ended() == -signal.SIGKILL
        until(lambda: gateway.ready() == 0)

    assert workers


@pytest.mark.night
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_oracle_finds_a_gateway_that_answers_before_the_commit(
    district: District, tmp_path: Path
) -> None:
    bug = planted("answers_before_the_commit", tmp_path / "bug")

    with district.gateway(environment=bug) as gateway:
        story = under_load(
            district, [gateway], lambda: [killed(gateway, district, CHANCE) for _ in range(4)]
        )

    assert any("lost" in complaint for complaint in story.complaints), story.complaints
