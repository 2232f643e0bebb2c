"""The session store: sessions start, continue and end; attempts are counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ledger.auth.sessions import SESSIONS_MAX, Session, SessionStore

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store(database_url: str) -> Iterator[SessionStore]:
    store = SessionStore.open(database_url)
    yield store
    store.close()


def begun(store: SessionStore, number: int = 1, *, now: datetime = NOW) -> tuple[str, Session]:
    return store.begin(
        "card",
        "member-wang",
        now=now,
        lasts=DAY,
        device="Android",
        methods="code",
        random_bytes=number.to_bytes(32),
    )


def test_a_session_is_found_by_its_secret_alone(store: SessionStore) -> None:
    secret, session = begun(store)

    found = store.session("card", secret, now=NOW, idle=HOUR)

    assert found == session
    assert secret not in repr(session)
    assert store.session("card", session.session_id, now=NOW, idle=HOUR) is None


@pytest.mark.parametrize(
    ("later", "goes_on"), [(HOUR - timedelta(seconds=1), True), (HOUR, False), (DAY, False)]
)
def test_a_session_that_is_not_used_ends(
    store: SessionStore,
    later: timedelta,
    goes_on: bool,  # noqa: FBT001 - a case
) -> None:
    secret, _ = begun(store)

    assert (store.session("card", secret, now=NOW + later, idle=HOUR) is not None) is goes_on


def test_in_another_realm_a_session_is_none_and_does_not_go_on(store: SessionStore) -> None:
    secret, _ = begun(store)

    elsewhere = store.session("shop", secret, now=NOW + HOUR / 2, idle=DAY)

    assert elsewhere is None
    assert store.session("card", secret, now=NOW + HOUR, idle=HOUR) is None


def test_a_session_that_is_used_goes_on_to_its_end(store: SessionStore) -> None:
    secret, _ = begun(store)

    used = [store.session("card", secret, now=NOW + n * HOUR / 2, idle=HOUR) for n in range(48)]

    assert None not in used
    assert store.session("card", secret, now=NOW + DAY, idle=HOUR) is None


def test_sessions_are_listed_and_ended(store: SessionStore) -> None:
    secrets = [begun(store, number)[0] for number in range(3)]
    listed = store.sessions("member-wang", now=NOW)

    store.end("member-wang", listed[0].session_id)
    store.end("member-li", listed[1].session_id)

    assert len(listed) == 3
    assert len(store.sessions("member-wang", now=NOW)) == 2
    gone = [
        secret for secret in secrets if store.session("card", secret, now=NOW, idle=HOUR) is None
    ]
    assert len(gone) == 1


def test_all_other_sessions_are_ended(store: SessionStore) -> None:
    for number in range(3):
        _, kept = begun(store, number)

    store.end_all("member-wang", but=kept.session_id)

    assert store.sessions("member-wang", now=NOW) == [kept]


def test_nobody_has_more_sessions_than_so_many(store: SessionStore) -> None:
    for number in range(SESSIONS_MAX + 2):
        begun(store, number, now=NOW + timedelta(seconds=number))

    kept = store.sessions("member-wang", now=NOW)

    assert len(kept) == SESSIONS_MAX
    assert min(one.begun_at for one in kept) == NOW + timedelta(seconds=2)


def test_tries_are_counted_until_they_are_too_many(store: SessionStore) -> None:
    def hit(now: datetime = NOW) -> int:
        return store.hit("password/zhao", most=2, within=HOUR, now=now)

    waits = [hit(), hit(), hit(), hit(NOW + HOUR / 2)]

    assert waits == [0, 0, 3600, 1800]
    assert store.hit("password/qian", most=2, within=HOUR, now=NOW) == 0
    assert hit(NOW + HOUR) == 0


def test_tries_are_forgotten(store: SessionStore) -> None:
    for _ in range(2):
        store.hit("password/zhao", most=1, within=HOUR, now=NOW)

    store.reset("password/zhao")

    assert store.hit("password/zhao", most=1, within=HOUR, now=NOW) == 0
