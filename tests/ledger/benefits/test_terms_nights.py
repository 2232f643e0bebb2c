"""Hours past midnight belong to the day they began."""

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.benefits.terms import Rules, check_applies
from ledger.benefits.terms_check import check_terms
from tests.ledger.benefits.test_terms import HAIRCUT, WOMAN_WORKER, at, hours

FRIDAY_NIGHT = Rules(weekdays=(5,), hours=(hours("22:00", "02:00"), hours("12:00", "13:00")))
NIGHTS = [
    ("2026-11-20 21:59", errors.NotAtThisHour),
    ("2026-11-20 22:00", None),
    ("2026-11-21 00:30", None),
    ("2026-11-21 01:59:59", None),
    ("2026-11-21 02:00", errors.NotOnThisDay),
    ("2026-11-21 22:30", errors.NotOnThisDay),
    ("2026-11-20 00:30", errors.NotAtThisHour),
    ("2026-11-20 12:30", None),
]


@pytest.mark.parametrize(("moment", "expected"), NIGHTS)
@pytest.mark.parametrize(
    "calendar",
    [
        {},
        {"weekdays": (), "first_day": date(2026, 11, 20), "last_day": date(2026, 11, 20)},
        {"weekdays": (4, 5, 6), "blackout_days": (date(2026, 11, 19), date(2026, 11, 21))},
    ],
)
def test_a_night_past_midnight_belongs_to_the_day_it_began(
    moment: str, expected: type[errors.Refusal] | None, calendar: dict[str, Any]
) -> None:
    friday, refused = msgspec.structs.replace(FRIDAY_NIGHT, **calendar), None
    then = msgspec.structs.replace(HAIRCUT, at=datetime.fromisoformat(f"{moment}+00:00"))

    check_terms(friday)
    try:
        check_applies(friday, WOMAN_WORKER, then)
    except errors.Refusal as refusal:
        refused = type(refusal)

    assert (refused is None) == (expected is None)
    assert calendar or refused is expected


def test_an_offer_is_past_when_its_last_night_is() -> None:
    last = msgspec.structs.replace(FRIDAY_NIGHT, last_day=date(2026, 11, 20))

    assert [last.is_past(date(2026, 11, day)) for day in (20, 21, 22)] == [False, False, True]
    assert msgspec.structs.replace(last, hours=()).is_past(date(2026, 11, 21))


@pytest.mark.parametrize("clock", ["22:00", "23:59:59.999999", "00:00", "01:59"])
def test_a_night_past_midnight_is_two_stretches_of_hours(clock: str) -> None:
    night = Rules(hours=(hours("22:00", "00:00"), hours("00:00", "02:00")))

    check_terms(night)
    check_applies(night, WOMAN_WORKER, at(clock))
