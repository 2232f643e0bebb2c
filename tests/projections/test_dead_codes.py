from datetime import timedelta

import pytest

from ledger.event import Event
from ledger.members.card import (
    Blocked,
    Closed,
    CodePrinted,
    DeviceCertified,
    DeviceRevoked,
    Expired,
    Issued,
    Replaced,
    Unblocked,
)
from projections import dead_codes as projection
from projections.dead_codes import DeadCodes, dead_codes
from tests.support.event_history_purchases import AT, read

ISSUED = Issued(card_id="c1", member_id="m1")
REVOKED = DeviceRevoked(card_id="c1", device_id="phone")
BEFORE = AT - timedelta(days=1)


def dead(cards: list[str], devices: list[str], *prints: str, complete: bool = True) -> DeadCodes:
    """Return what a till is told; all printed numbers are told."""
    return DeadCodes(cards, devices, complete, list(prints), prints_complete=True)


NOTHING = dead([], [])


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
        assert dead_codes(connection, since=BEFORE) == dead(["c1"], [])


def test_a_card_found_again_or_merely_past_its_day_is_not(database_url: str) -> None:
    events = [ISSUED, Blocked(card_id="c1"), Unblocked(card_id="c1"), Expired(card_id="c9")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE) == NOTHING


def test_a_device_is_told_from_its_end_on(database_url: str) -> None:
    events = [ISSUED, certified(), REVOKED, certified("tablet")]

    with read(database_url, *events) as connection:
        assert dead_codes(connection, since=BEFORE) == dead([], ["phone"], complete=True)


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
        assert dead_codes(connection, since=third) == dead(["c2"], [], complete=True)


def test_of_too_many_the_latest_are_told_and_that_there_are_more(database_url: str) -> None:
    events = [Blocked(card_id=one) for one in ("c3", "c1", "c2")]

    with read(database_url, *events) as connection:
        found = dead_codes(connection, since=BEFORE, dead_max=2)

    assert found == dead(["c1", "c2"], [], complete=False)


def printed(card_id: str, digit: str) -> Event:
    """Return the print of a code whose hash is of one digit."""
    return CodePrinted(card_id=card_id, code_hash=digit * 32)


def test_the_latest_printed_number_of_a_dead_card_is_told_however_long_ago(
    database_url: str,
) -> None:
    events = [
        *(printed("c2", "b"), printed("c1", "f"), printed("c1", "a"), printed("c3", "c")),
        *(Blocked(card_id="c1"), Blocked(card_id="c2"), Blocked(card_id="c3")),
        Unblocked(card_id="c3"),
    ]

    with read(database_url, *events) as connection:
        found = dead_codes(connection, since=AT + timedelta(days=300))

    assert found == dead([], [], "aaaaaaaa", "bbbbbbbb")


def test_of_too_many_printed_numbers_the_latest_dead_are_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "PRINTS_MAX", 1)
    events = [printed("c1", "a"), printed("c2", "b"), Blocked(card_id="c1"), Blocked(card_id="c2")]

    with read(database_url, *events) as connection:
        found = dead_codes(connection, since=BEFORE)

    assert (found.prints, found.prints_complete, found.complete) == (["bbbbbbbb"], False, True)
