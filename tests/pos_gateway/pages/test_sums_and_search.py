"""No sum is made of a page; what a page leaves out is found by its name."""

import re

import pytest
from sqlalchemy import func, select

from pos_gateway.web.listing import PAGE_ROWS
from projections import payables
from tests.support.app_crowded import (
    LINES,
    MERCHANTS_SHARE,
    OTHERS,
    PAIRS,
    PRICE,
    UNIONS_SHARE,
    CrowdedApp,
    crowd,
)

__all__ = ["crowd"]


def test_the_sums_of_a_tills_day_are_those_of_all_its_lines(crowd: CrowdedApp) -> None:
    crowd.enter("till")

    for path in ("/till/today", "/till/today?of=merchant"):
        told = dict(re.findall(r'data-sum="(\w+)">([\d,.]+)', crowd.page(path)))

        off_minor = LINES * (MERCHANTS_SHARE + UNIONS_SHARE)
        assert told["off"] == f"{off_minor / 100:,.2f}"
        assert told["paid"] == f"{(LINES * PRICE - off_minor) / 100:,.2f}"
        assert told["people"] == str(2 * OTHERS)


def test_what_is_owed_is_the_sum_of_all_debts(crowd: CrowdedApp) -> None:
    table = payables.table.c
    owed = table.reserved_minor - table.released_minor - table.paid_minor - table.recovered_minor
    with crowd.services.views.reading() as connection:
        whole = connection.scalar(select(func.sum(owed)))
    crowd.enter("clerk")

    told = re.findall(r"Owed to merchants \(yuan\)</dt><dd>([\d,.]+)", crowd.page("/desk/"))

    assert whole
    assert whole > 2 * PAIRS * 100
    assert told == [f"{whole / 100:,.2f}"]


def test_the_owners_page_counts_every_contested_redemption(crowd: CrowdedApp) -> None:
    crowd.enter("owner")

    assert f"{LINES} contested offline this month" in crowd.page("/shop/")


def test_work_beyond_the_first_of_a_kind_is_led_to(crowd: CrowdedApp) -> None:
    crowd.enter("reviewer")
    to_approve = crowd.page("/desk/")
    crowd.enter("treasurer")
    to_pay = crowd.page("/desk/")
    crowd.enter("clerk")
    missing = crowd.page("/desk/")

    assert 'href="/desk/statements?status=drawn_up"' in to_approve
    assert 'href="/desk/statements?status=approved"' in to_pay
    assert "There are more: see all" in missing
    assert f"Contested late redemptions: {LINES}" in missing


def test_the_bank_file_is_offered_for_every_fund_with_approved_statements(
    crowd: CrowdedApp,
) -> None:
    crowd.enter("treasurer")

    offered = re.findall(r'<option value="(culture|fund-\d+)"', crowd.page("/desk/statements"))

    assert len(set(offered)) == OTHERS


def test_uses_of_an_offer_are_told_beside_any_number_of_grants(crowd: CrowdedApp) -> None:
    crowd.enter("clerk")

    listed = crowd.page("/desk/offers")

    assert "used 7 times" in listed
    assert "used 3 times" in listed


@pytest.mark.parametrize(
    ("path", "row", "found"),
    [
        ("/desk/merchants?find=M-0042", r"/desk/merchants/([\w-]+)", {"m-0042"}),
        ("/desk/merchants?find=店0042", r"/desk/merchants/(m-[\w-]+)", {"m-0042"}),
        ("/desk/merchants?find=nobody", r"/desk/merchants/(m-[\w-]+)", set()),
        ("/desk/offers?find=优惠0099", r"/desk/offers/(offer-[\w-]+)", {"offer-0099"}),
    ],
)
def test_a_name_is_found(crowd: CrowdedApp, path: str, row: str, found: set[str]) -> None:
    crowd.enter("clerk")

    assert set(re.findall(row, crowd.page(path))) - {"new"} == found


FORM = {
    "kind": "percent_off",
    "title": "九五折",
    "offer_id": "found",
    "basis_points": "5",
    "union_percent": "0",
}


def boxes(text: str) -> dict[str, bool]:
    """Return the merchants that a form offers, and whether each is ticked."""
    found = re.findall(r'name="merchants" value="([\w-]+)"( checked)?', text)
    return {merchant_id: bool(ticked) for merchant_id, ticked in found}


def test_an_offers_form_finds_merchants_and_keeps_what_is_ticked(crowd: CrowdedApp) -> None:
    crowd.enter("reviewer")
    first = crowd.see("/desk/offers/new?kind=percent_off").text

    sent = FORM | {"merchants": ["m-0007"], "merchants_like": "0101", "merchants_liked": ""}
    found = crowd.send("/desk/offers/new", **sent, rows="find").text
    by_enter = crowd.send("/desk/offers/new", **sent).text
    known = crowd.services.ledger.offer("found").offer_id
    kept = crowd.send(
        "/desk/offers/new", **sent | {"merchants": ["m-0007", "m-0101"], "merchants_liked": "0101"}
    )

    assert len(boxes(first)) == PAGE_ROWS
    assert boxes(found) == boxes(by_enter) == {"m-0007": True, "m-0101": False}
    assert known == ""
    assert kept.status_code == 303
    assert crowd.services.ledger.offer("found").rules.merchants == ("m-0007", "m-0101")


@pytest.mark.parametrize(
    ("reader", "path"),
    [
        ("clerk", "/desk/statements?owed=x"),
        ("clerk", "/desk/statements?owed=a.%00"),
        ("clerk", "/desk/statements?owed=a.b.c"),
        ("clerk", "/desk/statements?before=x"),
        ("clerk", "/desk/merchants?from=-1"),
        ("till", "/till/today?before=x&uses_before=y"),
    ],
)
def test_a_place_that_no_list_has_is_refused(crowd: CrowdedApp, reader: str, path: str) -> None:
    crowd.enter(reader)

    assert crowd.client.get(path).status_code == 422
