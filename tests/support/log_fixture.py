"""A log on either database, and events to fill it with."""

from collections.abc import Iterator

import pytest

from ledger.store import Draft, Log

AT = "2026-11-21T12:00:00.123456Z"


def draft(stream: str, version: int, request_id: str | None = None, topic: str = "done") -> Draft:
    return Draft(stream, version, topic, AT, '{"n":1}', '{"by":"system"}', request_id)


def record(log: Log, *drafts: Draft) -> list[int]:
    with log.locked() as tx:
        return tx.append(drafts)


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    log = Log(database_url, lock_wait_seconds=2.0)
    log.create()
    yield log
    log.close()
