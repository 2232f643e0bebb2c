from __future__ import annotations

import pytest
from flask import Flask

from pos_gateway.routes import Policy, Undeclared, check_policies, declare
from tests.gateways import Gateway

TILL = {
    ("POST", "/api/v1/validations"),
    ("PUT", "/api/v1/redemptions/cake-1"),
    ("GET", "/api/v1/redemptions/cake-1"),
    ("POST", "/api/v1/redemptions/cake-1/reversal"),
}
PUBLIC = {
    ("GET", "/"),
    ("GET", "/api/v1/"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/keys"),
    ("GET", "/static/style.css"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}


def served(gateway: Gateway) -> set[tuple[str, str]]:
    """Every method and path of the app, with the names the tests use for what varies."""
    return {
        (method, rule.rule.replace("<redemption_id>", "cake-1").replace("<path:name>", "style.css"))
        for rule in gateway.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }


def test_every_address_is_in_the_matrix(gateway: Gateway) -> None:
    assert served(gateway) == TILL | PUBLIC


@pytest.mark.parametrize(("method", "path"), sorted(TILL))
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer hkt.bakery.till-1.short",
        "Bearer hkt.bakery.till-1." + "A" * 43,
        "Bearer hkt.bakery.till-2." + "A" * 43,
        "Bearer hkt.nobody.till-1." + "A" * 43,
        "Basic YTpi",
    ],
)
def test_without_a_key_of_its_own_nobody_acts_as_a_till(
    gateway: Gateway, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    position = gateway.position

    answer = gateway.client.open(path, method=method, headers=headers, json={})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hongka"'
    assert answer.content_type == "application/problem+json"
    assert gateway.position == position


@pytest.mark.parametrize(("method", "path"), sorted(TILL))
def test_a_revoked_till_acts_no_longer(gateway: Gateway, method: str, path: str) -> None:
    gateway.house.ledger.revoke_till("bakery", till_id="till-1", by="officer-zhao")

    answer = gateway.client.open(
        path, method=method, headers={"Authorization": f"Bearer {gateway.key}"}, json={}
    )

    assert (answer.status_code, answer.get_json()["reason"]) == (401, "till_revoked")


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_what_is_public_asks_for_no_key(gateway: Gateway, method: str, path: str) -> None:
    with gateway.client.open(path, method=method) as answer:
        assert answer.status_code == 200


def test_an_address_that_says_not_who_may_ask_keeps_the_app_from_starting() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/open", "open", declare(Policy.PUBLIC, lambda: ""))
    check_policies(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(Undeclared, match="forgotten"):
        check_policies(app)


@pytest.mark.parametrize("path", ["/", "/api/v1/keys", "/nowhere", "/static/style.css"])
def test_every_answer_carries_the_headers_of_the_house(gateway: Gateway, path: str) -> None:
    with gateway.client.get(path) as answer:
        assert answer.status_code

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"].startswith("camera=()")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ("no-store" in answer.headers["Cache-Control"]) != path.startswith("/static")
    assert "Set-Cookie" not in answer.headers
