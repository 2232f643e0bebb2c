"""Cashiers on the pages of their owner, and at the till."""

from __future__ import annotations

import re

import pytest

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from tests.support.app_owner import Shop
from tests.support.app_staff import HERE


def test_the_owner_adds_renames_and_lets_go(shop: Shop) -> None:
    told = [shop.told("/shop/cashiers/new", name="Ma Jun", pin="97531")]
    added = next(
        one
        for one in re.findall(
            r'action="/shop/cashiers/(cashier-\w+)"', shop.see("/shop/cashiers").text
        )
        if one != shop.cashier_id
    )
    told += [shop.told(f"/shop/cashiers/{added}", deed="name", name="马军")]
    told += [shop.told(f"/shop/cashiers/{added}", deed="pin", pin="8642")]
    assert "马军" in shop.see("/shop/cashiers").text
    told += [shop.told(f"/shop/cashiers/{added}", deed="end")]

    assert told == [None] * 4
    assert "马军" not in shop.see("/shop/cashiers").text
    assert shop.house.ledger.facts(shop.position - 1, 1)[0].by == "owner-s-owner"


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
def test_what_cannot_be_is_told_in_its_place(shop: Shop, path: str, typed: dict[str, str]) -> None:
    before = shop.position

    assert shop.told(f"/shop/cashiers/{path.format(cashier=shop.cashier_id)}", **typed)
    assert shop.position == before


@pytest.mark.parametrize("deed", ["name", "pin", "end"])
def test_another_merchants_cashier_is_nobody(shop: Shop, deed: str) -> None:
    theirs = shop.add("opera", "李歌")
    typed = {"deed": deed, "name": "X", "pin": "1357"}

    answers = [shop.send(f"/shop/cashiers/{one}", **typed) for one in (theirs, "cashier-none")]

    assert {one.status_code for one in answers} == {403}
    assert answers[0].text == answers[1].text.replace("cashier-none", theirs)


def test_a_cashier_takes_the_till_and_leaves_it(shop: Shop) -> None:
    shop.at_till()

    told = shop.told("/till/cashier", staff_id=shop.cashier_id, pin="1357")
    entered = shop.send("/till/cashier", staff_id=shop.cashier_id, pin="2468")
    page = shop.see("/till/cashier", **{"Accept-Language": "en"}).text
    left = shop.send("/till/cashier", deed="leave")

    assert told
    assert (entered.status_code, entered.headers["Location"]) == (303, "/till/")
    assert "It is 陈小玲 now." in page
    assert (left.status_code, left.headers["Location"]) == (303, "/till/cashier")
    assert "It is" not in shop.see("/till/cashier", **{"Accept-Language": "en"}).text


def test_the_till_lists_its_own_merchants_cashiers_alone(shop: Shop) -> None:
    shop.add("opera", "李歌")
    origin = shop.house.settings.origin
    shop.client.set_cookie(cookie_name("till", origin), shop.other_key)

    page = shop.see("/till/cashier").text

    assert "李歌" in page
    assert "陈小玲" not in page


def test_without_a_till_nobody_sees_who_works_there(shop: Shop) -> None:
    answer = shop.see("/till/cashier")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/till/pair")


def test_a_form_of_another_page_takes_nobodys_till(shop: Shop) -> None:
    shop.at_till()
    data = {"staff_id": shop.cashier_id, "pin": "2468", "csrf": csrf_of("other")}

    answer = shop.client.post("/till/cashier", headers=HERE, data=data)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_the_till_says_in_its_head_who_stands_there(shop: Shop) -> None:
    shop.at_till(cashier_id=shop.cashier_id)

    page = shop.see("/till/today").text

    assert '<a href="/till/cashier">陈小玲</a>' in page
