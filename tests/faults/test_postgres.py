"""A PostgreSQL server that dies under load, and one that would lose acknowledged commits."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.district import District
from tests.faults.gateways import Gateway, NotStarted, crash, until
from tests.faults.stories import grown, under_load
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.disk]


@pytest.fixture
def district(tmp_path: Path, postgres_url: str) -> Iterator[District]:
    with closing(District(tmp_path / "var", postgres_url)) as district:
        yield district


@pytest.fixture
def careless(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """Turn fsync off on the server."""
    postgres_server.execute("ALTER SYSTEM SET fsync = off")
    postgres_server.execute("SELECT pg_reload_conf()")
    yield postgres_server
    postgres_server.execute("ALTER SYSTEM RESET fsync")
    postgres_server.execute("SELECT pg_reload_conf()")


def test_writes_resume_after_a_crash_of_the_server(
    district: District, postgres_server: PostgresServer
) -> None:
    def crash_and_start() -> list[float]:
        crash(postgres_server)
        until(lambda: gateway.ready() == 503)
        postgres_server.start()
        return [grown(district, 1)]

    with district.gateway() as gateway:
        story = under_load(district, [gateway], crash_and_start)
        assert gateway.ready() == 200

    assert story.complaints == []
    assert story.met["away"] > 0, story.met
    assert story.met["made"] > 50, story.met


def test_a_gateway_refuses_a_server_that_does_not_wait_for_its_disk(
    tmp_path: Path, postgres_url: str, careless: PostgresServer
) -> None:
    gateway = Gateway(tmp_path / "var", postgres_url)

    with pytest.raises(NotStarted, match="fsync is off, must be on"):
        gateway.start()
    assert careless.url().startswith("postgresql")
