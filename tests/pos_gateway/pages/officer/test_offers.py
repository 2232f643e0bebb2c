"""Offers at the desk: previewed while typing, published, changed, put on hold, ended."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from ledger.benefits.terms import Hours
from tests.support.app_staff import StaffApp

FILM: dict[str, Any] = {
    "kind": "set_price",
    "title": "会员观影30元",
    "offer_id": "film",
    "member_price_minor": "30",
    "union_percent": "60",
    "fund_id": "culture",
    "merchants": "bakery",
    "weekdays": ["6", "7"],
    "hours": "09:00-12:30、13:00-24:00",
    "per_month": "4",
    "per_member_minor": "500",
}
TRIED = {"try_yuan": "68", "try_weekday": "6"}


def test_a_purchase_is_tried_while_the_offer_is_typed(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    on_saturday = staff_app.send("/desk/offers/preview", **FILM, **TRIED).text
    on_friday = staff_app.send("/desk/offers/preview", **FILM, **TRIED | {"try_weekday": "5"}).text
    wrong = staff_app.send("/desk/offers/preview", **FILM | {"member_price_minor": "x"}, **TRIED)

    assert "会员付 30 元" in on_saturday
    assert "商户 15.20 元，工会 22.80 元" in on_saturday
    assert "今天不适用" in on_friday
    assert "member_price_minor" in wrong.text


def test_an_offer_is_published_as_it_was_typed(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    staff_app.agree("/desk/offers/new", **FILM)

    offer = staff_app.services.ledger.offer("film")
    assert offer.terms == {"member_price_minor": 30_00}
    assert offer.rules.merchants == ("bakery",)
    assert offer.rules.weekdays == (6, 7)
    assert [type(one) for one in offer.rules.hours] == [Hours, Hours]
    assert (offer.rules.limits.per_month, offer.rules.ceilings.per_member_minor) == (4, 500_00)
    assert (offer.rules.funding.union_basis_points, offer.rules.funding.fund_id) == (
        6_000,
        "culture",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"hours": "25:00-26:00"},
        {"hours": "01:00-99:00"},
        {"hours": "00:10-24:30"},
        {"member_price_minor": "3.005"},
        {"member_price_minor": ""},
        {"union_percent": "101"},
        {"fund_id": "nobody"},
        {"first_day": "someday"},
        {"kind": "admission"},
        {"kind": "king"},
        {"per_month": "-1"},
        {"offer_id": "a b"},
        {"title": ""},
        {"weekdays": "8"},
    ],
)
def test_an_offer_that_cannot_be_is_told_where_it_is_wrong(
    staff_app: StaffApp, changed: dict[str, str]
) -> None:
    staff_app.sign_in("reviewer")
    before = staff_app.position

    answer = staff_app.send("/desk/offers/new", **FILM | changed)

    assert answer.status_code == 422
    assert staff_app.position == before


def test_hours_past_midnight_are_two_stretches_and_the_desk_says_so(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    in_one = staff_app.send("/desk/offers/new", **FILM | {"hours": "22:00-02:00"}).text
    staff_app.agree("/desk/offers/new", **FILM | {"hours": "22:00-24:00、00:00-02:00"})

    assert "如 22:00-24:00、00:00-02:00" in in_one
    assert staff_app.services.ledger.offer("film").rules.hours == (
        Hours(opens=time(22), closes=time(0)),
        Hours(opens=time(0), closes=time(2)),
    )


def test_an_offer_is_changed_and_what_the_form_does_not_ask_stays(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")
    staff_app.agree("/desk/offers/new", **FILM)

    staff_app.agree("/desk/offers/film", **FILM | {"deed": "change", "member_price_minor": "25.5"})

    assert staff_app.services.ledger.offer("film").terms == {"member_price_minor": 25_50}
    assert 'value="25.5"' in staff_app.see("/desk/offers/film").text


def test_an_offer_is_put_on_hold_opened_again_and_ended(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")
    staff_app.agree("/desk/offers/new", **FILM)

    stands = []
    for deed in ("suspend", "resume", "end"):
        staff_app.send("/desk/offers/film", deed=deed)
        stands.append(str(staff_app.services.ledger.offer("film").status))

    assert stands == ["suspended", "open", "ended"]
