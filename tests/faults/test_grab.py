"""Concurrent claims over HTTP while one of three gateways is killed."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.claimers import DropUnderLoad, claim_over_http
from tests.faults.gateways import Gateway, until
from tests.faults.planted import ANSWERED_AHEAD_SECONDS, planted
from tests.scenarios.test_rules_grab import facts_of
from tests.support.concurrent_claims import ClaimRun, claim_faults

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.disk]

RUN = ClaimRun(members=900, tickets=300, attempts=2_400)
SMALL = ClaimRun(members=500, tickets=250, attempts=900)


@pytest.fixture
def drop(tmp_path: Path, postgres_url: str) -> Iterator[DropUnderLoad]:
    with closing(DropUnderLoad(tmp_path / "var", postgres_url, RUN)) as drop:
        yield drop


@contextmanager
def serving(
    drop: DropUnderLoad, gateways: int, bug: dict[str, str] | None = None
) -> Iterator[list[Gateway]]:
    with ExitStack() as stack:
        served = [drop.gateway(number, bug) for number in range(gateways)]
        for gateway in served:
            gateway.launch()
            stack.enter_context(gateway)
        for gateway in served:
            gateway.wait()
        yield served


def killed(
    drop: DropUnderLoad, gateway: Gateway, claims: int, *, after_seconds: float = 0.0
) -> None:
    """Kill a gateway some time after the log holds so many claims."""
    until(lambda: drop.claims() >= claims)
    time.sleep(after_seconds)
    gateway.kill()


def test_every_confirmed_ticket_survives_a_killed_gateway(drop: DropUnderLoad) -> None:
    with serving(drop, 3) as gateways:
        attempts = claim_over_http(gateways, RUN, lambda: killed(drop, gateways[1], 30))

    assert list(claim_faults(facts_of(drop.url), attempts, RUN)) == []
    told = Counter(one.told for one in attempts)
    assert told["gave_up"] == 0, told
    assert {"claimed", "again", "sold_out", "already_claimed"} <= set(told)


@pytest.mark.night
def test_the_oracle_finds_a_gateway_that_hands_out_tickets_before_the_commit(
    postgres_url: str, tmp_path: Path
) -> None:
    bug = planted("answers_before_the_commit", tmp_path / "bug")

    with (
        closing(DropUnderLoad(tmp_path / "var", postgres_url, SMALL)) as drop,
        serving(drop, 1, bug) as [gateway],
    ):

        def kill_thrice() -> None:
            for claims in (30, 90, 150):
                killed(drop, gateway, claims, after_seconds=ANSWERED_AHEAD_SECONDS / 2)
                gateway.start()

        attempts = claim_over_http([gateway], SMALL, kill_thrice)

    found = list(claim_faults(facts_of(postgres_url), attempts, SMALL))
    assert "clients were told of other tickets than the log holds" in found
