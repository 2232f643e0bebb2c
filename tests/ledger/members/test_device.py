from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.event import Event
from ledger.members import card, device
from tests.support.given_when_then import Given, Refused, Verb, each_time, sentences

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


def certifying(device_id: str = "phone", **changed: Any) -> Verb:
    key = {"algorithm": "Ed25519", "public_key": "0badcafe"}
    return partial(
        device.certify, device_id=device_id, **key, **{"at": NOW, "today": TODAY} | changed
    )


def certified(device_id: str = "phone", until: datetime = WHOLE + WEEK, day: date = TODAY) -> Event:
    key = {"algorithm": "Ed25519", "public_key": "0badcafe"}
    return card.DeviceCertified(card_id="c1", device_id=device_id, **key, until=until, day=day)


def checking(device_id: str | None) -> Verb:
    def check(state: card.Card) -> list[Event]:
        device.check_device(state, device_id)
        return []

    return check


SIGNING = [ISSUED, certified()]
REPLACED_PHONE = [ISSUED, certified("old"), certified()]
OFTEN = [certified(f"phone-{number}") for number in range(device.CERTIFIED_PER_DAY)]
LAST_REVOKED = card.DeviceRevoked(card_id="c1", device_id=f"phone-{len(OFTEN) - 1}")
TOMORROW = TODAY + timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 16, tzinfo=UTC)

test_a_phone = sentences(
    "card",
    {
        "signs for a week": ([ISSUED], certifying(), [certified()]),
        "takes the place of the first": (
            SIGNING,
            certifying("tablet"),
            [REVOKED, certified("tablet")],
        ),
        "that asks again has more time": (
            SIGNING,
            certifying(at=NOW + HOUR),
            [certified(until=WHOLE + HOUR + WEEK)],
        ),
        "that asks again within the hour has what it had": (
            SIGNING,
            certifying(at=NOW + HOUR - timedelta(seconds=1)),
            [],
        ),
        "signs no longer than the card lives": (
            [ISSUED],
            certifying(card_ends_at=MONDAY),
            [certified(until=MONDAY)],
        ),
        "once revoked may be certified anew": ([*SIGNING, REVOKED], certifying(), [certified()]),
        "is one of so many a day": (
            [ISSUED, *OFTEN],
            certifying("one-more"),
            errors.TooManyDevices(most=device.CERTIFIED_PER_DAY),
        ),
        "may be the last of so many a day": (
            [ISSUED, *OFTEN[1:]],
            certifying("one-more"),
            each_time(LAST_REVOKED, certified("one-more")),
        ),
        "is changed again on the next day": (
            [ISSUED, *OFTEN],
            certifying("one-more", today=TOMORROW),
            [LAST_REVOKED, certified("one-more", day=TOMORROW)],
        ),
        "is of no card past its last day": (
            [ISSUED],
            certifying(today=LAST_DAY + timedelta(days=1)),
            errors.CardExpired(last_day=str(LAST_DAY)),
        ),
        "is not revoked where there is none": ([ISSUED], device.revoke, []),
        "is of no card never issued": ([], device.revoke, errors.CardUnknown),
        "that the card has now signs for it": (REPLACED_PHONE, checking("phone"), []),
        "signs beside plastic": (REPLACED_PHONE, checking(None), []),
        "that the card had signs no longer": (
            REPLACED_PHONE,
            checking("old"),
            errors.DeviceRevoked,
        ),
        "of a card found again signs still": (
            [*SIGNING, BLOCKED, card.Unblocked(card_id="c1")],
            checking("phone"),
            [],
        ),
    },
)


@pytest.mark.parametrize(("history", "refusal"), OVER)
def test_of_a_card_that_is_not_live_no_phone_is_certified(
    history: list[Event], refusal: Refused
) -> None:
    Given("card", *history).when(certifying()).then_refused(refusal)


@pytest.mark.parametrize("history", [[], [BLOCKED], [REPLACED]])
def test_a_phone_is_revoked_whatever_became_of_the_card(history: list[Event]) -> None:
    Given("card", ISSUED, certified(), *history).when(device.revoke).then(REVOKED)


@pytest.mark.parametrize("history", [[], [certified(), REVOKED]])
def test_a_card_without_a_phone_takes_no_code_of_one(history: list[Event]) -> None:
    given = Given("card", ISSUED, *history)

    given.when(checking("phone")).then_refused(errors.DeviceRevoked)
    given.when(checking(None)).then()
