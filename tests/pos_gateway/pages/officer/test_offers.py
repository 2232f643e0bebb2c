"""Offers at the desk: previewed while typing, published, changed, put on hold, ended."""

from datetime import time
from typing import Any

import msgspec
import pytest

from ledger.benefits.terms import Hours, Rules, Stacking
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


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("22:00-02:00", [(22, 2)]),
        ("22：00－次日02：00", [(22, 2)]),
        ("22:00 – 24:00; 9:00~12:00", [(22, 0), (9, 12)]),
        ("22:00——2:00，09:00 至 12:00", [(22, 2), (9, 12)]),
        ("22:00-24:00、00:00-02:00", [(22, 0), (0, 2)]),
    ],
)
def test_hours_are_read_as_people_type_them(
    staff_app: StaffApp, typed: str, hours: list[tuple[int, int]]
) -> None:
    staff_app.sign_in("reviewer")

    wrong = staff_app.send("/desk/offers/new", **FILM | {"hours": "22:00"}).text
    staff_app.agree("/desk/offers/new", **FILM | {"hours": typed})

    assert "过了午夜的写成 22:00-02:00" in wrong
    assert staff_app.services.ledger.offer("film").rules.hours == tuple(
        Hours(opens=time(opens), closes=time(closes)) for opens, closes in hours
    )


ODD = Rules(
    branches=("Acme 密云 工会",),
    groups=("困难 职工", "劳模、先进", '"老"劳模', "“八一”厂", "女职工"),
    categories=("odd-category", "bakery"),
    merchants=("no-such-shop", "rose", "bakery"),
    outlets=("East, 2",),
    weekdays=(7, 5),
    hours=(Hours(opens=time(9, 0, 30), closes=time(17, 30)), Hours(opens=time(22), closes=time(2))),
    stacking=Stacking(order=7),
)


def test_a_form_that_changes_the_title_leaves_what_it_cannot_show(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")
    offers = staff_app.services.ledger.officers.offers
    offers.publish_offer(
        "odd", title="旧", kind="percent_off", terms={"basis_points": 500}, rules=ODD
    )
    typed = staff_app.filled("/desk/offers/odd")

    assert staff_app.told("/desk/offers/odd", **typed | {"title": "新"}) is None
    more = staff_app.filled("/desk/offers/odd")
    more["groups"] = [f"{more['groups'][0]}，“新 群体”"]
    assert staff_app.told("/desk/offers/odd", **more) is None

    offer = staff_app.services.ledger.offer("odd")
    assert (offer.title, offer.rules) == (
        "新",
        msgspec.structs.replace(ODD, groups=(*ODD.groups, "新 群体")),
    )


def test_doubtful_terms_are_told_before_and_after_they_are_published(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")
    doubtful = FILM | {
        "groups": "劳摸",
        "outlets": "nowhere",
        "per_day": "5",
        "per_month": "2",
        "last_day": "2020-01-01",
    }
    told = [
        "这些群体：劳摸。",
        "门店：nowhere。",
        "更低：每天。",
        "末日已过，谁也用不了：2020-01-01。",
    ]

    previewed = staff_app.send("/desk/offers/preview", **doubtful, **TRIED).text
    proposed = staff_app.see(staff_app.propose("/desk/offers/new", **doubtful)).text
    staff_app.agree("/desk/offers/new", **FILM | {"offer_id": "plain"})

    for page in (previewed, proposed):
        assert [words for words in told if words not in page] == []
    assert "请再核对" not in staff_app.see("/desk/offers/plain").text


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
