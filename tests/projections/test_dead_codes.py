from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.event import Event
from ledger.members.card import (
    Blocked,
    Closed,
    DeviceCertified,
    DeviceRevoked,
    Expired,
    Issued,
    Replaced,
    Unblocked,
)
from projections.dead_codes import DeadCodes, dead_codes
from tests.support.event_history_purchases import AT, read

ISSUED = Issued(card_id="c1", member_id="m1")
REVOKED = DeviceRevoked(card_id="c1", device_id="phone")
BEFORE = AT - timedelta(days=1)
NOTHING = DeadCodes([], [], complete=True)


def certified(device_id: str = "phone", card_id: str = "c1") -> Event:
    return DeviceCertified(
        card_id=card_id,
        device_id=device_id,
        algorithm="Ed25519",
        public_key="00",
        until=AT + timedelta(days=7),
    )


@pytest.mark.parametrize(
    "event", [Blocked(card_id="c1"), Closed(card_id="c1"), Replaced(card_id="c1", replaced_by="c2")]
)
def test_a_card_that_is_dead_is_told(database_url: str, event: Event) -> None:
    with read(database_url, ISSUED, event) as connection:
        assert dead_codes(connection, since=BEFORE) == DeadCodes(["c1"], [], complete=True)


def test_a_card_found_again_or_merely_past_its_day_is_not(database_url: str) -> None:
    events = [ISSUED, Blocked(card_id="c1"), Unblocked(card_id="c1"), Expired(card_id="c9")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE) == NOTHING


def test_a_device_is_told_from_its_end_on(database_url: str) -> None:
    events = [ISSUED, certified(), REVOKED, certified("tablet")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE) == DeadCodes([], ["phone"], complete=True)


def test_a_device_that_its_card_has_again_lives(database_url: str) -> None:
    with read(database_url, ISSUED, certified(), REVOKED, certified()) as connection:
        assert dead_codes(connection, since=BEFORE) == NOTHING


def test_nobody_revives_a_device_by_having_it_certified_for_another_card(database_url: str) -> None:
    events = [ISSUED, certified(), REVOKED, certified(card_id="c2")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE).devices == ["phone"]


def test_a_device_dead_for_two_cards_is_told_once(database_url: str) -> None:
    events = [REVOKED, DeviceRevoked(card_id="c2", device_id="phone")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE).devices == ["phone"]


def test_what_died_before_is_past(database_url: str) -> None:
    events = [Blocked(card_id="c1"), REVOKED, Blocked(card_id="c2")]
    third = AT + timedelta(minutes=3)

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=third) == DeadCodes(["c2"], [], complete=True)


def test_of_too_many_the_latest_are_told_and_that_there_are_more(database_url: str) -> None:
    events = [Blocked(card_id=one) for one in ("c3", "c1", "c2")]

    with read(database_url, *events) as connection:
        found = dead_codes(connection, since=BEFORE, dead_max=2)

    assert found == DeadCodes(["c1", "c2"], [], complete=False)
