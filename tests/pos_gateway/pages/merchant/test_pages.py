"""The pages of a merchant's owner show only their own merchant."""

import csv
import html
import io
import re

import pytest

from pos_gateway.web import listing
from tests.support.app import LI_CARD
from tests.support.app_owner import OwnerApp
from tests.support.app_staff import HERE
from tests.support.offline_till import OfflineTill

PAGES = [
    "/shop/",
    "/shop/redemptions",
    "/shop/redemptions/r1",
    "/shop/statements",
    "/shop/statements/s-1",
    "/shop/statements/s-1/lines.csv",
    "/shop/tills",
    "/shop/cashiers",
]
SHARE = "3.40"
"""The union's share of a tenth off a cake for 68 yuan."""


@pytest.mark.parametrize("path", PAGES)
def test_the_owner_sees_their_merchant(owner_app: OwnerApp, path: str) -> None:
    answer = owner_app.see(path)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [one for one in PAGES if "r1" in one or "s-1" in one])
def test_another_merchants_is_answered_like_one_that_never_was(
    owner_app: OwnerApp, path: str
) -> None:
    never = path.replace("r1", "never").replace("s-1", "never")

    theirs, nobodys = owner_app.of_opera().see(path), owner_app.see(never)

    assert theirs.status_code == nobodys.status_code >= 400
    assert theirs.text.replace(path, never) == nobodys.text


@pytest.mark.parametrize("path", ["/shop/", "/shop/redemptions", "/shop/statements", "/shop/tills"])
def test_nothing_of_another_merchant_is_in_a_list(owner_app: OwnerApp, path: str) -> None:
    page = owner_app.of_opera().see(path).text

    assert "opera" in page
    for told in ("bakery", "r1", "s-1", SHARE, "till-1", "陈小玲"):
        assert told not in page


def test_a_member_sees_nothing_of_it_and_neither_does_a_cashier(owner_app: OwnerApp) -> None:
    owner_app.session("member-wang", "card")
    owner_app.session(f"staff-{owner_app.cashier_id}", "shop")

    answers = {owner_app.see(path).status_code for path in PAGES}

    assert answers == {403}


def test_the_first_page_says_what_is_owed_and_what_waits(owner_app: OwnerApp) -> None:
    page = owner_app.see("/shop/", **{"Accept-Language": "en"}).text

    assert "¥3.40" in page
    assert "Under way: 1 in all" in page
    assert "/shop/statements/s-1" in page


def test_a_redemption_says_who_made_it_and_that_it_was_undone(owner_app: OwnerApp) -> None:
    owner_app.at_till(cashier_id=owner_app.cashier_id)
    body = {"code": owner_app.code(LI_CARD), "amount_minor": 6_800, "choices": ["tenth-off"]}
    owner_app.client.put("/api/v1/redemptions/r2", json=body, headers=HERE)
    why = {"reason": "wrong_amount"}
    owner_app.client.post("/api/v1/redemptions/r2/reversal", json=why, headers=HERE)

    listed, one = (
        owner_app.see("/shop/redemptions").text,
        owner_app.see("/shop/redemptions/r2").text,
    )

    assert listed.count("已撤销") == 1
    assert "陈小玲" in listed
    assert "金额输错" in one
    assert "陈小玲" in one


def test_a_day_is_chosen_by_a_form_and_stands_in_the_path(owner_app: OwnerApp) -> None:
    today = owner_app.services.ledger.day(owner_app.now).isoformat()

    chosen = owner_app.send("/shop/redemptions/chosen", day=today)
    empty = owner_app.see("/shop/redemptions/on/2019-05-01").text

    assert chosen.headers["Location"] == f"/shop/redemptions/on/{today}"
    assert "/shop/redemptions/r1" in owner_app.see(chosen.headers["Location"]).text
    assert "/shop/redemptions/r1" not in empty
    assert owner_app.send("/shop/redemptions/chosen", day="yesterday").status_code == 422
    assert owner_app.see("/shop/redemptions?before=x").status_code == 422


def test_older_ones_are_on_the_next_page(
    owner_app: OwnerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_ROWS", 2)
    for number in (2, 3, 4):
        assert owner_app.redeem(f"r{number}", choices=[]).status_code == 201
    seen: list[str] = []
    path = "/shop/redemptions"

    while path:
        page = owner_app.see(path).text
        seen += re.findall(r'href="/shop/redemptions/(r\d)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(older[1]) if older else ""

    assert seen == ["r4", "r3", "r2", "r1"]


def test_a_statement_is_taken_home_line_by_line(
    owner_app: OwnerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_app.pay("s-1")
    owner_app.services.ledger.officers.statements.report_incident(
        "r1", amount_minor=100, reason="wrong_amount", by="officer-wu"
    )
    for number in (2, 3, 4):
        owner_app.redeem(f"r{number}", code=owner_app.code(LI_CARD))
    owner_app.settle("s-2")
    monkeypatch.setattr("pos_gateway.pages.merchant.statements.LINES_MAX", 2)
    monkeypatch.setattr(listing, "PAGE_ROWS", 2)

    first, second = (owner_app.see(f"/shop/statements/s-{n}/lines.csv") for n in (1, 2))
    page = owner_app.see("/shop/statements/s-2").text

    rows = list(csv.reader(io.StringIO(first.get_data().decode("utf-8-sig"))))
    day = owner_app.services.ledger.day(owner_app.now).isoformat()
    assert rows[1] == [day, "r1", "main", "till-1", "68.00", SHARE, "", "1.00", "金额输错"]
    assert [row[1] for row in csv.reader(io.StringIO(second.text))][1:] == ["r2", "r3", "r4"]
    assert first.headers["Content-Disposition"] == 'attachment; filename="s-1.csv"'
    assert 'rel="next"' in page


def test_incidents_and_returns_say_why(owner_app: OwnerApp) -> None:
    owner_app.services.ledger.officers.statements.return_statement(
        "s-1", reason="amount_doubted", by="officer-li"
    )
    owner_app.settle("s-2")
    owner_app.pay("s-2")
    owner_app.services.ledger.officers.statements.report_incident(
        "r1", amount_minor=100, reason="duplicate", by="officer-wu"
    )

    assert "金额有疑问" in owner_app.see("/shop/statements/s-1").text
    assert "重复核销" in owner_app.see("/shop/statements/s-2").text
    assert "重复核销" in owner_app.see("/shop/statements").text


def test_a_till_shows_its_gaps_its_limits_and_who_bears_what(owner_app: OwnerApp) -> None:
    owner_app.services.ledger.officers.merchants.limit_till(
        "bakery",
        till_id="till-1",
        limits=owner_app.services.ledger.live_till("bakery", "till-1").limits,
    )
    till = OfflineTill(owner_app)
    till.bring(till.slip("late-1", code="HK1:nobody's", cashier_id=owner_app.cashier_id))
    till.bring(
        till.slip("late-2", number=4, code=owner_app.code(LI_CARD), cashier_id=owner_app.cashier_id)
    )

    page = owner_app.see("/shop/tills", **{"Accept-Language": "en"}).text

    assert "Numbers 2, 3 never arrived" in page
    assert "30 redemptions" in page
    assert "No card of ours has that code" in page
    assert "陈小玲" in page
