from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.event import Event
from ledger.members import card, device
from tests.support.given_when_then import Given

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
WHOLE = NOW.replace(microsecond=0)
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
TODAY, LAST_DAY = date(2026, 11, 21), date(2026, 12, 31)
ISSUED = card.Issued(card_id="c1", member_id="m1", last_day=LAST_DAY)
BLOCKED = card.Blocked(card_id="c1")
REPLACED = card.Replaced(card_id="c1", replaced_by="c2")
REVOKED = card.DeviceRevoked(card_id="c1", device_id="phone")
OVER = [
    ([], errors.CardUnknown),
    ([ISSUED, BLOCKED], errors.CardBlocked),
    ([ISSUED, REPLACED], errors.CardReplaced),
    ([ISSUED, card.Closed(card_id="c1")], errors.CardClosed),
]


def asked(device_id: str = "phone", **changed: Any) -> dict[str, Any]:
    fields = {
        "device_id": device_id,
        "algorithm": "Ed25519",
        "public_key": "0badcafe",
        "at": NOW,
        "today": TODAY,
    }
    return fields | changed


def certified(device_id: str = "phone", until: datetime = WHOLE + WEEK, day: date = TODAY) -> Event:
    return card.DeviceCertified(
        card_id="c1",
        device_id=device_id,
        algorithm="Ed25519",
        public_key="0badcafe",
        until=until,
        day=day,
    )


def test_a_phone_signs_for_a_week() -> None:
    Given("card", ISSUED).when(device.certify, **asked()).then(certified())


def test_a_second_phone_takes_the_place_of_the_first() -> None:
    Given("card", ISSUED, certified()).when(device.certify, **asked("tablet")).then(
        REVOKED, certified("tablet")
    )


def test_a_phone_that_asks_again_has_more_time() -> None:
    given = Given("card", ISSUED, certified())

    given.when(device.certify, **asked(at=NOW + HOUR)).then(certified(until=WHOLE + HOUR + WEEK))


def test_a_phone_that_asks_again_within_the_hour_has_what_it_had() -> None:
    soon = NOW + HOUR - timedelta(seconds=1)

    Given("card", ISSUED, certified()).when(device.certify, **asked(at=soon)).then()


def test_no_phone_signs_longer_than_the_card_lives() -> None:
    ends_at = datetime(2026, 11, 23, 16, tzinfo=UTC)

    Given("card", ISSUED).when(device.certify, **asked(card_ends_at=ends_at)).then(
        certified(until=ends_at)
    )


def test_a_phone_once_revoked_may_be_certified_anew() -> None:
    Given("card", ISSUED, certified(), REVOKED).when(device.certify, **asked()).then(certified())


def test_phones_are_changed_so_often_a_day_and_again_on_the_next() -> None:
    often = [certified(f"phone-{number}") for number in range(device.CERTIFIED_PER_DAY)]
    tomorrow = TODAY + timedelta(days=1)

    given = Given("card", ISSUED, *often)
    given.when(device.certify, **asked("one-more")).then_refused(
        errors.TooManyDevices, most=device.CERTIFIED_PER_DAY
    )
    given.when(device.certify, **asked("one-more", today=tomorrow)).then(
        card.DeviceRevoked(card_id="c1", device_id=f"phone-{len(often) - 1}"),
        certified("one-more", day=tomorrow),
    )
    Given("card", ISSUED, *often[1:]).when(device.certify, **asked("one-more")).then_each_time(
        card.DeviceRevoked(card_id="c1", device_id=f"phone-{len(often) - 1}"), certified("one-more")
    )


@pytest.mark.parametrize(("history", "refusal"), OVER)
def test_of_a_card_that_is_not_live_no_phone_is_certified(
    history: list[Event], refusal: type[errors.Refusal]
) -> None:
    Given("card", *history).when(device.certify, **asked()).then_refused(refusal)


def test_of_a_card_past_its_last_day_no_phone_is_certified() -> None:
    past = LAST_DAY + timedelta(days=1)

    Given("card", ISSUED).when(device.certify, **asked(today=past)).then_refused(
        errors.CardExpired, last_day=str(LAST_DAY)
    )


@pytest.mark.parametrize("history", [[], [BLOCKED], [REPLACED]])
def test_a_phone_is_revoked_whatever_became_of_the_card(history: list[Event]) -> None:
    Given("card", ISSUED, certified(), *history).when(device.revoke).then(REVOKED)


def test_where_no_phone_signs_none_is_revoked() -> None:
    Given("card", ISSUED).when(device.revoke).then()
    Given("card").when(device.revoke).then_refused(errors.CardUnknown)


def check(state: card.Card, *, device_id: str | None) -> list[Event]:
    device.check_device(state, device_id)
    return []


def test_only_the_phone_that_the_card_has_now_signs_for_it() -> None:
    given = Given("card", ISSUED, certified("old"), certified())

    given.when(check, device_id="phone").then()
    given.when(check, device_id=None).then()
    given.when(check, device_id="old").then_refused(errors.DeviceRevoked)


@pytest.mark.parametrize("history", [[], [certified(), REVOKED]])
def test_a_card_without_a_phone_takes_no_code_of_one(history: list[Event]) -> None:
    given = Given("card", ISSUED, *history)

    given.when(check, device_id="phone").then_refused(errors.DeviceRevoked)
    given.when(check, device_id=None).then()


def test_a_card_found_again_has_its_phone_still() -> None:
    given = Given("card", ISSUED, certified(), BLOCKED, card.Unblocked(card_id="c1"))

    given.when(check, device_id="phone").then()
