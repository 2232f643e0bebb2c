"""A connection to PostgreSQL is cut after the COMMIT was sent; the till gets its first answer."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.checker import complaints
from tests.faults.clients import Operation, Till
from tests.faults.district import District
from tests.faults.gateways import Gateway
from tests.faults.proxy import CommitProxy
from tests.faults.rows import written
from tests.faults.stories import cut, under_load
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.disk]


@pytest.fixture
def district(tmp_path: Path, postgres_url: str) -> Iterator[District]:
    with closing(District(tmp_path / "var", postgres_url)) as district:
        yield district


@pytest.fixture
def proxy(postgres_server: PostgresServer) -> Iterator[CommitProxy]:
    with CommitProxy(postgres_server.port) as proxy:
        yield proxy


@pytest.fixture
def gateway(
    district: District, proxy: CommitProxy, postgres_server: PostgresServer
) -> Iterator[Gateway]:
    url = district.url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
    with district.gateway(environment={"LEDGER_URL": url}) as gateway:
        yield gateway


def test_a_till_is_answered_though_the_commit_of_its_redemption_was_cut(
    district: District, gateway: Gateway, proxy: CommitProxy
) -> None:
    operations = []
    with closing(Till([gateway.port], 0)) as till:
        for call in district.calls(30):
            proxy.cut(delivered=True)
            operations.append(Operation(call, [till.ask("redeem", call)]))

    assert proxy.cuts == len(operations)
    assert {one.tries[0].status for one in operations} <= {201, 409}
    assert complaints(written(district.url), operations) == []


def test_a_till_whose_commit_never_arrived_is_told_to_ask_again(
    district: District, gateway: Gateway, proxy: CommitProxy
) -> None:
    operations = []
    with closing(Till([gateway.port], 0)) as till:
        for call in district.calls(10):
            proxy.cut(delivered=False)
            operations.append(Operation(call, [till.ask("redeem", call), till.ask("redeem", call)]))

    assert proxy.cuts == len(operations)
    assert {one.tries[0].status for one in operations} == {503}
    assert not any(one.tries[1].replayed for one in operations)
    assert complaints(written(district.url), operations) == []


def test_commits_cut_under_load_lose_nothing(
    district: District, gateway: Gateway, proxy: CommitProxy
) -> None:
    story = under_load(
        district, [gateway], lambda: [cut(proxy, delivered=number % 2 == 0) for number in range(12)]
    )

    assert story.complaints == []
    assert proxy.cuts == 12
    assert story.met["away"] > 0, story.met
    assert story.met["made"] > 50, story.met
