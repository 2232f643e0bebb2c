"""The door: sessions begin, go on, and end; tries are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ledger.auth.sessions import SESSIONS_MAX, Door, Session

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def door(database_url: str) -> Iterator[Door]:
    door = Door.open(database_url)
    yield door
    door.close()


def begun(door: Door, number: int = 1, *, now: datetime = NOW) -> tuple[str, Session]:
    return door.begin(
        "card",
        "member-wang",
        now=now,
        lasts=DAY,
        device="Android",
        methods="code",
        random_bytes=number.to_bytes(32),
    )


def test_a_session_is_found_by_its_secret_alone(door: Door) -> None:
    secret, session = begun(door)

    found = door.session("card", secret, now=NOW, idle=HOUR)

    assert found == session
    assert secret not in repr(session)
    assert door.session("card", session.session_id, now=NOW, idle=HOUR) is None


@pytest.mark.parametrize(
    ("later", "goes_on"),
    [(HOUR - timedelta(seconds=1), True), (HOUR, False), (DAY, False)],
)
def test_a_session_that_is_not_used_ends(
    door: Door,
    later: timedelta,
    goes_on: bool,  # noqa: FBT001 - a case
) -> None:
    secret, _ = begun(door)

    assert (door.session("card", secret, now=NOW + later, idle=HOUR) is not None) is goes_on


def test_at_another_door_a_session_is_none_and_does_not_go_on(door: Door) -> None:
    secret, _ = begun(door)

    elsewhere = door.session("shop", secret, now=NOW + HOUR / 2, idle=DAY)

    assert elsewhere is None
    assert door.session("card", secret, now=NOW + HOUR, idle=HOUR) is None


def test_a_session_that_is_used_goes_on_to_its_end(door: Door) -> None:
    secret, _ = begun(door)

    used = [door.session("card", secret, now=NOW + n * HOUR / 2, idle=HOUR) for n in range(48)]

    assert None not in used
    assert door.session("card", secret, now=NOW + DAY, idle=HOUR) is None


def test_sessions_are_listed_and_ended(door: Door) -> None:
    secrets = [begun(door, number)[0] for number in range(3)]
    listed = door.sessions("member-wang", now=NOW)

    door.end("member-wang", listed[0].session_id)
    door.end("member-li", listed[1].session_id)

    assert len(listed) == 3
    assert len(door.sessions("member-wang", now=NOW)) == 2
    gone = [
        secret for secret in secrets if door.session("card", secret, now=NOW, idle=HOUR) is None
    ]
    assert len(gone) == 1


def test_all_other_sessions_are_ended(door: Door) -> None:
    for number in range(3):
        _, kept = begun(door, number)

    door.end_all("member-wang", but=kept.session_id)

    assert door.sessions("member-wang", now=NOW) == [kept]


def test_nobody_has_more_sessions_than_so_many(door: Door) -> None:
    for number in range(SESSIONS_MAX + 2):
        begun(door, number, now=NOW + timedelta(seconds=number))

    kept = door.sessions("member-wang", now=NOW)

    assert len(kept) == SESSIONS_MAX
    assert min(one.begun_at for one in kept) == NOW + timedelta(seconds=2)


def test_tries_are_counted_until_they_are_too_many(door: Door) -> None:
    def knock(now: datetime = NOW) -> int:
        return door.knock("password/zhao", most=2, within=HOUR, now=now)

    waits = [knock(), knock(), knock(), knock(NOW + HOUR / 2)]

    assert waits == [0, 0, 3600, 1800]
    assert door.knock("password/qian", most=2, within=HOUR, now=NOW) == 0
    assert knock(NOW + HOUR) == 0


def test_tries_are_forgotten(door: Door) -> None:
    for _ in range(2):
        door.knock("password/zhao", most=1, within=HOUR, now=NOW)

    door.forget("password/zhao")

    assert door.knock("password/zhao", most=1, within=HOUR, now=NOW) == 0
