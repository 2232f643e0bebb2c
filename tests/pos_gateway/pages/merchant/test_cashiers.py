"""Cashiers on the pages of their owner and at the till."""

import re

import pytest

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from tests.support.app_owner import OwnerApp
from tests.support.app_staff import HERE


def test_the_owner_adds_renames_and_lets_go(owner_app: OwnerApp) -> None:
    told = [owner_app.told("/shop/cashiers/new", name="Ma Jun", pin="97531")]
    added = next(
        one
        for one in re.findall(
            r'action="/shop/cashiers/(cashier-\w+)"', owner_app.see("/shop/cashiers").text
        )
        if one != owner_app.cashier_id
    )
    told += [owner_app.told(f"/shop/cashiers/{added}", deed="name", name="马军")]
    told += [owner_app.told(f"/shop/cashiers/{added}", deed="pin", pin="8642")]
    assert "马军" in owner_app.see("/shop/cashiers").text
    told += [owner_app.told(f"/shop/cashiers/{added}", deed="end")]

    assert told == [None] * 4
    assert "马军" not in owner_app.see("/shop/cashiers").text
    assert owner_app.services.ledger.facts(owner_app.position - 1, 1)[0].by == "owner-s-owner"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("new", {"name": "", "pin": "2468"}),
        ("new", {"name": "Ma Jun", "pin": "1234"}),
        ("{cashier}", {"deed": "pin", "pin": "12"}),
        ("{cashier}", {"deed": "name", "name": " "}),
        ("{cashier}", {"deed": "promote"}),
    ],
)
def test_what_cannot_be_is_told_in_its_place(
    owner_app: OwnerApp, path: str, typed: dict[str, str]
) -> None:
    before = owner_app.position

    assert owner_app.told(f"/shop/cashiers/{path.format(cashier=owner_app.cashier_id)}", **typed)
    assert owner_app.position == before


@pytest.mark.parametrize("deed", ["name", "pin", "end"])
def test_another_merchants_cashier_is_nobody(owner_app: OwnerApp, deed: str) -> None:
    theirs = owner_app.add("opera", "李歌")
    typed = {"deed": deed, "name": "X", "pin": "1357"}

    answers = [owner_app.send(f"/shop/cashiers/{one}", **typed) for one in (theirs, "cashier-none")]

    assert {one.status_code for one in answers} == {403}
    assert answers[0].text == answers[1].text.replace("cashier-none", theirs)


def test_a_cashier_takes_the_till_and_leaves_it(owner_app: OwnerApp) -> None:
    owner_app.at_till()

    told = owner_app.told("/till/cashier", staff_id=owner_app.cashier_id, pin="1357")
    entered = owner_app.send("/till/cashier", staff_id=owner_app.cashier_id, pin="2468")
    page = owner_app.see("/till/cashier", **{"Accept-Language": "en"}).text
    left = owner_app.send("/till/cashier", deed="leave")

    assert told
    assert (entered.status_code, entered.headers["Location"]) == (303, "/till/")
    assert "It is 陈小玲 now." in page
    assert (left.status_code, left.headers["Location"]) == (303, "/till/cashier")
    assert "It is" not in owner_app.see("/till/cashier", **{"Accept-Language": "en"}).text


def test_the_till_lists_its_own_merchants_cashiers_alone(owner_app: OwnerApp) -> None:
    owner_app.add("opera", "李歌")
    origin = owner_app.services.settings.origin
    owner_app.client.set_cookie(cookie_name("till", origin), owner_app.other_key)

    page = owner_app.see("/till/cashier").text

    assert "李歌" in page
    assert "陈小玲" not in page


def test_without_a_till_nobody_sees_who_works_there(owner_app: OwnerApp) -> None:
    answer = owner_app.see("/till/cashier")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/till/pair")


def test_a_form_of_another_page_takes_nobodys_till(owner_app: OwnerApp) -> None:
    owner_app.at_till()
    data = {"staff_id": owner_app.cashier_id, "pin": "2468", "csrf": csrf_of("other")}

    answer = owner_app.client.post("/till/cashier", headers=HERE, data=data)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_the_till_says_in_its_head_who_stands_there(owner_app: OwnerApp) -> None:
    owner_app.at_till(cashier_id=owner_app.cashier_id)

    page = owner_app.see("/till/today").text

    assert '<a href="/till/cashier">陈小玲</a>' in page
