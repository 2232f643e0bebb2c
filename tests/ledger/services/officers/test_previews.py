"""The preview of an offer: its effect on the purchases it is meant for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.benefits.terms import Funding, Limits, Rules
from ledger.redemptions.pricing import Option

SATURDAY = datetime(2026, 5, 2, 4, tzinfo=UTC)
HALF = Rules(
    groups=("劳模",),
    merchants=("bakery",),
    weekdays=(6,),
    limits=Limits(per_day=1),
    funding=Funding(union_basis_points=5_000, fund_id="culture"),
)


@pytest.fixture
def rich(ledger: Ledger) -> Ledger:
    ledger.officers.offers.open_fund("culture", programme="s1", name="文化惠民", by="officer-zhao")
    ledger.officers.offers.contribute("culture", source="district", amount_minor=100_00)
    return ledger


def tried(ledger: Ledger, *, at: datetime = SATURDAY, **changed: Any) -> Option:
    asked: dict[str, Any] = {
        "kind": "percent_off",
        "terms": {"basis_points": 2_000},
        "rules": HALF,
        "price_minor": 100_00,
    }
    return ledger.officers.previews.preview_offer(at=at, **asked | changed)


def test_an_offer_says_what_it_would_take_off(rich: Ledger) -> None:
    option = tried(rich)

    assert option.refusal is None
    line = option.line
    assert line is not None
    assert (line.merchant_share_minor, line.union_share_minor) == (10_00, 10_00)


def test_it_says_why_it_would_not(rich: Ledger) -> None:
    on_friday = tried(rich, at=datetime(2026, 5, 1, 4, tzinfo=UTC))

    assert type(on_friday.refusal) is errors.NotOnThisDay
    assert on_friday.line is None


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"terms": {"basis_points": 0}}, errors.TermsInvalid),
        ({"kind": "king"}, errors.TermsInvalid),
        (
            {"rules": Rules(funding=Funding(union_basis_points=1, fund_id="nobody"))},
            errors.FundUnknown,
        ),
    ],
)
def test_terms_are_checked_as_when_they_are_published(
    rich: Ledger, changed: dict[str, Any], error: type[errors.HongkaError]
) -> None:
    with pytest.raises(error):
        tried(rich, **changed)


def test_nothing_is_recorded(rich: Ledger) -> None:
    before = rich.store.max_notification_id()

    tried(rich)

    assert rich.store.max_notification_id() == before
