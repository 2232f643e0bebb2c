"""The ticket uses of a gate: listed, summed, and reversed from there."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app_with_drop import DAY, LI, PILLOW, WANG, DropApp

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def till_client(drop_app: DropApp) -> FlaskClient:
    """Return a client that is the gate's till, after two admissions and a pillow handed over."""
    visit, pillow = drop_app.ticket(WANG, party=3), drop_app.ticket(LI, **PILLOW)
    drop_app.pass_until(drop_app.opens_at + 3 * DAY)
    for use_id, member_id, ticket, people in (
        ("u1", WANG, visit, 2),
        ("u2", LI, pillow, 1),
        ("u3", WANG, visit, 1),
    ):
        code = drop_app.ticket_code(member_id, ticket)
        assert drop_app.use(use_id, code=code, people=people).status_code == 201
    client = drop_app.flask.test_client()
    client.set_cookie("hongka-till", drop_app.gate_key)
    return client


def undo(drop_app: DropApp, client: FlaskClient, use_id: str) -> TestResponse:
    """Press undo on the page of a use."""
    mark = {"csrf": csrf_of(drop_app.gate_key)}
    return client.post(f"/till/uses/{use_id}", data=mark, headers=HERE)


def today(drop_app: DropApp, client: FlaskClient, path: str = "/till/today") -> str:
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    return client.get(path, headers={"Accept-Language": "zh"}).text


def figure(page: str, name: str) -> str:
    """Return a sum on the page."""
    found = re.search(rf'data-sum="{name}">(.*?)<', page)
    return found[1] if found else ""


def test_a_venue_that_only_admits_sees_its_day(drop_app: DropApp, till_client: FlaskClient) -> None:
    page = today(drop_app, till_client)

    assert (figure(page, "people"), figure(page, "goods")) == ("3", "1")
    assert [page.count(one) for one in ("放行 2 人", "放行 1 人", "交付 1 份")] == [1, 1, 1]
    assert "玫瑰园门票" in page
    assert "今天还没有核销" not in page
    assert figure(page, "paid") == ""


def test_a_use_is_undone_from_the_list_within_the_hour(
    drop_app: DropApp, till_client: FlaskClient
) -> None:
    assert "撤销这一次" in today(drop_app, till_client, "/till/uses/u1")

    answer = undo(drop_app, till_client, "u1")

    page = today(drop_app, till_client)
    assert answer.status_code == 303
    assert drop_app.services.ledger.tills.ticket_use.find("u1").undone
    assert figure(page, "people") == "1"
    assert "已撤销" in page
    assert "撤销这一次" not in today(drop_app, till_client, "/till/uses/u1")


def test_an_hour_later_it_is_told_that_it_is_too_late(
    drop_app: DropApp, till_client: FlaskClient
) -> None:
    drop_app.now += timedelta(hours=1, seconds=1)

    shown = today(drop_app, till_client, "/till/uses/u1")
    answer = undo(drop_app, till_client, "u1")

    assert "撤销这一次" not in shown
    assert answer.status_code == 409
    assert not drop_app.services.ledger.tills.ticket_use.find("u1").undone


def test_another_merchants_till_sees_and_undoes_nothing(
    drop_app: DropApp, till_client: FlaskClient
) -> None:
    till_client.set_cookie("hongka-till", drop_app.key)

    page = today(drop_app, till_client, "/till/today?of=merchant")
    shown = till_client.get("/till/uses/u1")
    mark = {"csrf": csrf_of(drop_app.key)}
    answer = till_client.post("/till/uses/u1", data=mark, headers=HERE)

    assert figure(page, "people") == ""
    assert (shown.status_code, answer.status_code) == (404, 404)
    assert not drop_app.services.ledger.tills.ticket_use.find("u1").undone


def test_the_owner_sees_the_tickets_of_a_day(drop_app: DropApp, till_client: FlaskClient) -> None:
    drop_app.services.ledger.officers.staff.appoint_staff(
        "o-garden", roles=["owner"], merchant_id="rose-garden"
    )
    secret = drop_app.services.sessions.begin("shop", "staff-o-garden", device="", methods="")
    till_client.set_cookie(cookie_name("shop", drop_app.services.settings.origin), secret)
    on = drop_app.services.ledger.day(drop_app.now).isoformat()

    first = today(drop_app, till_client, "/shop/")
    that_day = today(drop_app, till_client, f"/shop/redemptions/on/{on}")
    another = today(drop_app, till_client, "/shop/redemptions/on/2019-05-01")

    assert [figure(page, "people") for page in (first, that_day, another)] == ["3", "3", ""]
    assert that_day.count("放行") == another.count("放行") + 3
    assert "这一天没有核销" in another
    assert not [one for page in (first, that_day) for one in (WANG, LI) if one in page]


def test_no_page_of_a_till_tells_whose_ticket_it_was(
    drop_app: DropApp, till_client: FlaskClient
) -> None:
    pages = [today(drop_app, till_client, path) for path in ("/till/today", "/till/uses/u1")]

    assert not [one for page in pages for one in (WANG, LI) if one in page]
