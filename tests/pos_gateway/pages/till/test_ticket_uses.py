"""What a gate let in on tickets: listed, summed, undone from there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app import OFFICER
from tests.support.app_with_drop import DAY, LI, PILLOW, WANG, Hall, hall

__all__ = ["hall"]

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def gate(hall: Hall) -> FlaskClient:
    """A browser that is the till at the gate, on the day: two of Wang's three came, Li's pillow."""
    visit, pillow = hall.ticket(WANG, party=3), hall.ticket(LI, **PILLOW)
    hall.pass_until(hall.opens_at + 3 * DAY)
    for use_id, member_id, ticket, people in (
        ("u1", WANG, visit, 2),
        ("u2", LI, pillow, 1),
        ("u3", WANG, visit, 1),
    ):
        code = hall.ticket_code(member_id, ticket)
        assert hall.use(use_id, code=code, people=people).status_code == 201
    client = hall.app.test_client()
    client.set_cookie("hongka-till", hall.gate_key)
    return client


def undo(hall: Hall, client: FlaskClient, use_id: str) -> TestResponse:
    """Press undo on the page of a use."""
    mark = {"csrf": csrf_of(hall.gate_key)}
    return client.post(f"/till/uses/{use_id}", data=mark, headers=HERE)


def today(hall: Hall, client: FlaskClient, path: str = "/till/today") -> str:
    catch_up(hall.house.views, hall.house.ledger.facts)
    return client.get(path, headers={"Accept-Language": "zh"}).text


def figure(page: str, name: str) -> str:
    """A sum on the page."""
    found = re.search(rf'data-sum="{name}">(.*?)<', page)
    return found[1] if found else ""


def test_a_venue_that_only_admits_sees_its_day(hall: Hall, gate: FlaskClient) -> None:
    page = today(hall, gate)

    assert (figure(page, "people"), figure(page, "goods")) == ("3", "1")
    assert [page.count(one) for one in ("放行 2 人", "放行 1 人", "交付 1 份")] == [1, 1, 1]
    assert "玫瑰园门票" in page
    assert "今天还没有核销" not in page
    assert figure(page, "paid") == ""


def test_a_use_is_undone_from_the_list_within_the_hour(hall: Hall, gate: FlaskClient) -> None:
    assert "撤销这一次" in today(hall, gate, "/till/uses/u1")

    answer = undo(hall, gate, "u1")

    page = today(hall, gate)
    assert answer.status_code == 303
    assert hall.house.ledger.tills.ticket_use.find("u1").undone
    assert figure(page, "people") == "1"
    assert "已撤销" in page
    assert "撤销这一次" not in today(hall, gate, "/till/uses/u1")


def test_an_hour_later_it_is_told_that_it_is_too_late(hall: Hall, gate: FlaskClient) -> None:
    hall.now += timedelta(hours=1, seconds=1)

    shown = today(hall, gate, "/till/uses/u1")
    answer = undo(hall, gate, "u1")

    assert "撤销这一次" not in shown
    assert answer.status_code == 409
    assert not hall.house.ledger.tills.ticket_use.find("u1").undone


def test_another_merchants_till_sees_and_undoes_nothing(hall: Hall, gate: FlaskClient) -> None:
    gate.set_cookie("hongka-till", hall.key)

    page = today(hall, gate, "/till/today?of=merchant")
    shown = gate.get("/till/uses/u1")
    mark = {"csrf": csrf_of(hall.key)}
    answer = gate.post("/till/uses/u1", data=mark, headers=HERE)

    assert figure(page, "people") == ""
    assert (shown.status_code, answer.status_code) == (403, 403)
    assert not hall.house.ledger.tills.ticket_use.find("u1").undone


def test_the_owner_sees_the_tickets_of_a_day(hall: Hall, gate: FlaskClient) -> None:
    hall.house.ledger.officers.staff.appoint_staff(
        "o-garden", roles=["owner"], merchant_id="rose-garden", by=OFFICER
    )
    secret = hall.house.sessions.begin("shop", "staff-o-garden", device="", methods="")
    gate.set_cookie(cookie_name("shop", hall.house.settings.origin), secret)
    on = hall.house.ledger.day(hall.now).isoformat()

    first = today(hall, gate, "/shop/")
    that_day = today(hall, gate, f"/shop/redemptions/on/{on}")
    another = today(hall, gate, "/shop/redemptions/on/2019-05-01")

    assert [figure(page, "people") for page in (first, that_day, another)] == ["3", "3", ""]
    assert that_day.count("放行") == another.count("放行") + 3
    assert "这一天没有核销" in another
    assert not [one for page in (first, that_day) for one in (WANG, LI) if one in page]


def test_no_page_of_a_till_tells_whose_ticket_it_was(hall: Hall, gate: FlaskClient) -> None:
    pages = [today(hall, gate, path) for path in ("/till/today", "/till/uses/u1")]

    assert not [one for page in pages for one in (WANG, LI) if one in page]
