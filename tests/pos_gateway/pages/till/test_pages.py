from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app import OFFICER, App

HERE = {"Sec-Fetch-Site": "same-origin"}


def offer(app: App) -> str:
    """Return a pairing code for a second till of the bakery."""
    return app.services.sign_in.pairings.offer(
        merchant_id="bakery", outlet_id="main", till_id="till-2", by=OFFICER
    )


def judge(app: App, code: str, *, confirmed: bool = True) -> str:
    """Confirm the word as the officer. Return the hash of the key to pair the till with."""
    pairings = app.services.sign_in.pairings
    word = pairings.look(code).check_word
    return pairings.judge(code, check_word=word, confirmed=confirmed, by=OFFICER).key_hash


def pair(app: App, key_hash: str) -> None:
    """Pair the till from the officer's page."""
    app.services.ledger.officers.merchants.pair_till(
        "bakery", till_id="till-2", outlet_id="main", key_hash=key_hash, by=OFFICER
    )


def post(client: FlaskClient, path: str = "/till/pair", **form: str) -> TestResponse:
    return client.post(path, data=form, headers=HERE)


def state(client: FlaskClient) -> str:
    found: str = client.get("/till/pair/state").get_json()["state"]
    return found


def as_till(app: App, key: str | None = None) -> FlaskClient:
    """Return a client that is a till and sends valid forms."""
    client = app.flask.test_client()
    client.set_cookie("hongka-till", key or app.key)
    return client


def test_a_device_is_no_till_before_the_ledger_knows_it(app: App) -> None:
    client, code = app.flask.test_client(), offer(app)
    post(client, pairing_code=code)
    assert state(client) == "claimed"

    key_hash = judge(app, code)
    assert state(client) == "claimed"
    assert post(client).status_code == 200
    pair(app, key_hash)

    assert state(client) == "confirmed"
    answer = post(client)
    assert (answer.status_code, answer.location) == (303, "/till/")
    assert client.get("/till/").status_code == 200


def test_a_lost_answer_to_the_last_step_is_had_again(app: App) -> None:
    client, code = app.flask.test_client(), offer(app)
    post(client, pairing_code=code)
    waiting = client.get_cookie("hongka-till-pairing")
    pair(app, judge(app, code))
    post(client)
    client.delete_cookie("hongka-till")
    assert waiting is not None
    client.set_cookie("hongka-till-pairing", waiting.value)

    assert state(client) == "confirmed"
    assert post(client).location == "/till/"
    assert client.get("/till/").status_code == 200


@pytest.mark.parametrize(
    "held",
    [
        "",
        "/",
        "ABCDEFGH",
        "ABCDEFGH/hkt.bakery.till-1.short",
        "ABCDEFGH/hkt.bakery.till-1." + "A" * 43,
        "ABCDEFGH/hkt.bakery.till-1." + "é" * 43,
        "ABCDEFGH/a.b",
        "ABCDEFGH/....",
        "\"';,/\\",
    ],
)
def test_what_is_no_pairing_is_over(app: App, held: str) -> None:
    client = app.flask.test_client()
    client.set_cookie("hongka-till-pairing", held)

    assert state(client) == "over"
    answer = post(client)
    assert answer.status_code == 403
    assert "Set-Cookie" in answer.headers
    assert client.get_cookie("hongka-till") is None


def test_the_code_of_another_device_is_no_use_to_a_thief(app: App) -> None:
    client, thief, code = app.flask.test_client(), app.flask.test_client(), offer(app)
    post(client, pairing_code=code)
    held = client.get_cookie("hongka-till-pairing")
    assert held is not None
    pair(app, judge(app, code))

    begun, _, _ = held.value.rpartition(".")
    thief.set_cookie("hongka-till-pairing", f"{begun}.{'A' * 43}")

    assert state(thief) == "over"
    assert post(thief).status_code == 403
    assert state(client) == "confirmed"


def test_wrong_codes_are_tried_a_few_times_and_not_for_ever(app: App) -> None:
    client = app.flask.test_client()

    answers = [post(client, pairing_code="WRONG123") for _ in range(6)]

    assert [one.status_code for one in answers] == [403] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "600"


@pytest.mark.parametrize("odd", ["/", "//", "\\", ";", '"', "=", ".", "\n", "，", "😀"])
def test_a_code_is_read_past_signs_that_are_none_of_it(app: App, odd: str) -> None:
    client, code = app.flask.test_client(), offer(app).replace("-", odd)

    answer = post(client, pairing_code=code)

    assert (answer.status_code, state(client)) == (303, "claimed")
    assert 'class="figure word"' in client.get("/till/pair").text


@pytest.mark.parametrize("odd", ["/", "ABCD/EFGH", "/ABCDEFGH", "é", "中", "٣", "%2F", "😀" * 12])
def test_an_odd_code_is_told_to_be_wrong(app: App, odd: str) -> None:
    client = app.flask.test_client()

    answer = post(client, pairing_code=odd)

    assert answer.status_code == 403
    assert "配对码不对或已失效" in answer.text
    assert state(client) == "over"


def test_a_form_of_another_site_pairs_nothing(app: App) -> None:
    client, code = app.flask.test_client(), offer(app)

    answer = client.post("/till/pair", data={"pairing_code": code})

    assert answer.status_code == 403
    assert app.services.sign_in.pairings.look(code).state == "offered"


@pytest.mark.parametrize("path", ["/till/", "/till/today", "/till/owed", "/till/redemptions/r1"])
def test_who_is_no_till_is_sent_to_be_paired(app: App, path: str) -> None:
    answer = app.flask.test_client().get(path)

    assert (answer.status_code, answer.location) == (303, f"/till/pair?next={path}")


def test_a_statement_is_shown_to_its_merchant_alone(app: App) -> None:
    app.redeem("cake-1")
    app.services.ledger.officers.staff.appoint_staff("zhao", roles=["clerk"])
    app.services.ledger.officers.statements.draw_up_statement(
        "20261121-1", fund_id="culture", merchant_id="bakery", by=OFFICER
    )
    catch_up(app.services.views, app.services.ledger.facts)
    path = "/till/statements/20261121-1"

    own, others = as_till(app), as_till(app, app.other_key)

    assert "cake-1" in own.get(path).text
    assert "20261121-1" in own.get("/till/owed").text
    assert others.get(path).status_code == 409
    assert "20261121-1" not in others.get("/till/owed").text


def test_the_list_is_of_this_till_or_of_the_whole_shop(app: App) -> None:
    app.redeem("cake-1")
    code = offer(app)
    client = app.flask.test_client()
    post(client, pairing_code=code)
    pair(app, judge(app, code))
    post(client)
    catch_up(app.services.views, app.services.ledger.facts)

    assert "cake-1" not in client.get("/till/today").text
    assert "cake-1" in client.get("/till/today?of=merchant").text
    assert "cake-1" not in as_till(app, app.other_key).get("/till/today?of=merchant").text


def test_a_redemption_is_undone_on_its_own_day_for_a_reason_that_is_known(app: App) -> None:
    app.redeem("cake-1")
    client, path = as_till(app), "/till/redemptions/cake-1"
    mark = csrf_of(app.key)
    assert "重复核销" in client.get(path, headers={"Accept-Language": "zh"}).text

    assert post(client, path, reason="duplicate").status_code == 403
    assert post(client, path, csrf=mark, reason="because").status_code == 422
    assert app.services.ledger.tills.redemptions.find("cake-1").undone is None
    app.now += timedelta(days=1)
    assert "重复核销" not in client.get(path, headers={"Accept-Language": "zh"}).text
    app.now -= timedelta(days=1)

    assert post(client, path, csrf=mark, reason="duplicate").status_code == 303
    undone = app.services.ledger.tills.redemptions.find("cake-1").undone
    assert undone is not None
    assert undone.reason == "duplicate"


def test_another_merchants_till_neither_sees_nor_undoes(app: App) -> None:
    app.redeem("cake-1")
    client, path = as_till(app, app.other_key), "/till/redemptions/cake-1"

    assert client.get(path).status_code == 404
    mark = csrf_of(app.other_key)
    assert post(client, path, csrf=mark, reason="other").status_code == 404
    assert app.services.ledger.tills.redemptions.find("cake-1").undone is None
