"""Refusals: recorded with their reason, and repeated unchanged."""

from datetime import UTC, date, datetime

import pytest

from ledger import errors
from ledger.event import decode, encode, topic_of
from ledger.redemptions import refusal
from tests.support.given_when_then import Given

EVERY_REFUSAL = errors.Refusal.__subclasses__()


def refused(reason: str, **particulars: str | int | None) -> refusal.Refused:
    where = {"merchant_id": "rose", "outlet_id": "gulou", "till_id": "t1", "card_id": "c1"}
    asked = {"choices": ("hair",), "category": None, "price_minor": 50_00}
    when = {"at": datetime(2026, 5, 1, 1, tzinfo=UTC), "day": date(2026, 5, 1)}
    said = {"reason": reason, "particulars": particulars}
    return refusal.Refused(redemption_id="r1", **where, **asked, **when, **said)


def test_refusals_stand_by_merchant_and_day() -> None:
    assert refused("card_blocked").stream == "refusal-rose-2026-05-01"


@pytest.mark.parametrize("cls", EVERY_REFUSAL)
def test_every_refusal_is_given_again_as_it_was(cls: type[errors.Refusal]) -> None:
    kept = refused(cls.reason, limit=2, period="day", nothing=None)

    again = decode(topic_of(kept), encode(kept))

    assert again == kept
    assert isinstance(again, refusal.Refused)
    assert type(again.refusal) is cls
    assert again.refusal.particulars == {"limit": 2, "period": "day", "nothing": None}


def test_reasons_are_all_different() -> None:
    assert len({cls.reason for cls in EVERY_REFUSAL}) == len(EVERY_REFUSAL) > 30


def test_a_reason_since_retired_is_given_again_by_its_name() -> None:
    old = refused("moon_too_full", phase=4).refusal

    assert (old.reason, old.particulars) == ("moon_too_full", {"phase": 4})
    assert errors.Refusal.reason == "refusal"


def test_refusals_are_counted() -> None:
    assert Given("refusal", refused("card_blocked"), refused("card_closed")).state.count == 2
