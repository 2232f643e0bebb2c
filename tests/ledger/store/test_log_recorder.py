"""The library's own test cases for recorders, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.tests import persistence as library

from ledger.store import Log


class Recorders:
    """Opens logs on an empty database and closes them."""

    url: str
    logs: list[Log]

    def new_originator_id(self) -> str:
        return f"thing-{uuid4()}"

    def create_recorder(self) -> Log:
        log = Log(self.url)
        log.create()
        self.logs.append(log)
        return log

    def close_logs(self) -> None:
        # The library stops its reading threads without waiting for them.
        for thread in enumerate_threads():
            if "read_continuously" in thread.name:
                thread.join(5)
        for log in self.logs:
            log.close()


class OnSqlite(Recorders):
    @pytest.fixture(autouse=True)
    def _database(self, tmp_path: Path) -> Iterator[None]:
        self.url, self.logs = f"sqlite:///{tmp_path}/log.db", []
        yield
        self.close_logs()


@pytest.mark.postgres
class OnPostgres(Recorders):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self.url, self.logs = postgres_url, []
        yield
        self.close_logs()


class Cases(library.ApplicationRecorderTestCase[Log]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestRecorderOnSqlite(OnSqlite, Cases):
    pass


class TestRecorderOnPostgres(OnPostgres, Cases):
    pass


class TestOrderOnSqlite(OnSqlite, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestOrderOnPostgres(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    pass


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    log = Log(database_url, lock_wait_seconds=0.2)
    log.create()
    yield log
    log.close()


def stored(version: int, topic: str = "t") -> StoredEvent:
    return StoredEvent("thing-1", version, topic, b"{}")


def test_a_taken_version_is_the_library_s_integrity_error(log: Log) -> None:
    log.insert_events([stored(1)])

    with pytest.raises(IntegrityError):
        log.insert_events([stored(1)])


def test_a_lock_that_is_not_had_is_the_library_s_operational_error(log: Log) -> None:
    with log.locked(), pytest.raises(OperationalError):
        log.insert_events([stored(1)])


def test_a_library_event_is_never_earlier_than_the_head(database_url: str) -> None:
    log = Log(database_url)
    log.create()
    log.insert_events([stored(1)])
    log.insert_events([stored(2)])

    with log.reading() as view:
        first, second = view.tail(0, 10)
    assert first.at <= second.at
    log.close()


def test_a_subscription_stops_from_another_thread(log: Log) -> None:
    log.insert_events([stored(1), stored(2, "rare"), stored(3)])
    subscription = log.subscribe(topics=["rare"])
    seen: list[int] = []
    follower = Thread(target=lambda: seen.extend(n.id for n in subscription))

    follower.start()
    while not seen:
        follower.join(0.01)
    subscription.stop()
    follower.join(2)

    assert not follower.is_alive()
    assert seen == [2]
