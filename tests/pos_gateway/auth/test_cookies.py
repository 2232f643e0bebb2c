"""Cookies and sessions: for this host only, new at each sign-in, dead after signing out."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from pos_gateway.auth.rate_limit import CODE_SOON
from pos_gateway.staff.cashiers import add_cashier
from tests.support.app import OFFICER, App
from tests.support.form_client import FormClient, code_of, messages, sign_in_member, sign_in_officer

SOURCES = sorted((Path(__file__).parents[3] / "pos_gateway").rglob("*.py"))
CHOSEN = {"hongka-lang", "hongka-large"}
"""Cookies of page settings, which identify nobody and give no access."""


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[App]:
    """Return an app that people reach over TLS."""
    database = f"sqlite:///{tmp_path}/log.db"
    made = App(database, tmp_path / "var", origin="https://card.example.org")
    yield made
    made.services.close()


def cookies(*answers: TestResponse) -> dict[str, set[str]]:
    """Return the cookies that answers set, by name, with the attributes of each."""
    found = {}
    for answer in answers:
        for line in answer.headers.getlist("Set-Cookie"):
            named, *attributes = line.split("; ")
            found[named.partition("=")[0]] = set(attributes)
    return found


def paired(app: App, visitor: FormClient) -> Iterator[TestResponse]:
    """Return the answers to a device that is paired as a till of the bakery."""
    pairings = app.services.sign_in.pairings
    code = pairings.offer(merchant_id="bakery", outlet_id="main", till_id="till-2", by=OFFICER)
    yield visitor.send("/till/pair", "", pairing_code=code)
    word = pairings.look(code).check_word
    judged = pairings.judge(code, check_word=word, confirmed=True, by=OFFICER)
    app.services.ledger.officers.merchants.pair_till(
        "bakery", till_id="till-2", outlet_id="main", key_hash=judged.key_hash, by=OFFICER
    )
    yield visitor.send("/till/pair", "")


def entered(app: App, visitor: FormClient) -> TestResponse:
    """Return the answer to a cashier who signs in."""
    cashier_id = add_cashier(app.services, "bakery", "小周", "4711", by=OFFICER)
    visitor.see("/till/cashier")
    return visitor.send("/till/cashier", "", staff_id=cashier_id, pin="4711")


def test_over_tls_every_cookie_is_secure_and_of_this_host_alone(secured: App) -> None:
    at_till = FormClient(secured)
    answers = [*paired(secured, at_till), entered(secured, at_till)]
    for visitor, door in ((sign_in_member(secured), "card"), (sign_in_officer(secured)[0], "desk")):
        visitor.see(f"/{door}/account")
        answers += [visitor.send(f"/{door}/sign-out", "")]
        assert visitor.client.get_cookie(f"__Host-hongka-{door}") is None

    found = cookies(*answers)

    wanted = {"till-pairing", "till", "cashier", "card", "desk"}
    assert set(found) == {f"__Host-hongka-{one}" for one in wanted}
    for name, attributes in found.items():
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= attributes, name
        assert not any(one.startswith("Domain") for one in attributes), name


def test_what_a_page_looks_like_is_kept_as_safely(secured: App) -> None:
    found = cookies(secured.client.get("/?lang=en&large=1", base_url="https://card.example.org"))

    assert set(found) == CHOSEN
    assert all({"Secure", "HttpOnly", "SameSite=Lax"} <= one for one in found.values())


def test_no_cookie_is_set_in_another_way() -> None:
    calls = [
        one
        for path in SOURCES
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in {"set_cookie", "delete_cookie"}
    ]

    assert calls
    for call in calls:
        given = {one.arg: ast.unparse(one.value) for one in call.keywords}
        assert (given["httponly"], given["samesite"]) == ("True", "'Lax'"), ast.unparse(call)
        assert "secure" in given
        assert not {"domain", "path"} & set(given)


def test_a_secret_planted_in_a_browser_is_none_after_the_sign_in(app: App) -> None:
    visitor, attacker = sign_in_member(app), app.flask.test_client()
    strangers = _secret(visitor)
    attacker.set_cookie("hongka-card", strangers)
    assert attacker.get("/card/account").status_code == 200

    for planted in (strangers, "A" * 43):
        victim = prepared(app, planted)

        assert _secret(victim) not in {planted, strangers}
        attacker.set_cookie("hongka-card", planted)
        assert attacker.get("/card/account").status_code == 303


def prepared(app: App, planted: str) -> FormClient:
    """Sign a member in with a browser that an attacker prepared."""
    app.now += CODE_SOON.within
    visitor, path = FormClient(app), "/card/sign-in"
    visitor.client.set_cookie("hongka-card", planted)
    before = len(app.services.sign_in.outbox.messages())
    visitor.send(path, "send", phone="13800138000")
    code = code_of(messages(app, before + 1)[0])
    assert visitor.send(path, "check", code=code).status_code == 303
    return visitor


@pytest.mark.parametrize("door", ["card", "desk"])
def test_a_session_is_dead_after_leaving_wherever_its_secret_went(app: App, door: str) -> None:
    visitor = sign_in_member(app) if door == "card" else sign_in_officer(app)[0]
    copied, thief = _secret(visitor, door), app.flask.test_client()
    thief.set_cookie(f"hongka-{door}", copied)
    assert thief.get(f"/{door}/account").status_code == 200

    visitor.see(f"/{door}/account")
    left = visitor.send(f"/{door}/sign-out", "")

    assert left.location == f"/{door}/sign-in"
    assert not visitor.is_in(door)
    assert thief.get(f"/{door}/account").status_code == 303


def _secret(visitor: FormClient, door: str = "card") -> str:
    cookie: Any = visitor.client.get_cookie(f"hongka-{door}")
    return str(cookie.value)
