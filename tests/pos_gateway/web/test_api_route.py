from collections.abc import Iterator

import msgspec
import pytest
from flask import Flask

from pos_gateway.api.offline_bundle import KeysBody
from pos_gateway.app.security_headers import SecurityHeaders
from pos_gateway.auth.policies import ROLES, Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply, Undeclared, check_policies, declare
from pos_gateway.web.views import Views, route, routes_of
from tests.support import endpoint_table
from tests.support.app import OFFICER, App
from tests.support.app_with_drop import WANG, DropApp, open_drop_app
from tests.support.endpoint_table import ADDRESSES, PAGES, Address

TILL, MEMBER, PUBLIC = (
    [one for one in ADDRESSES if one.policy is policy and not one.is_page]
    for policy in (Policy.TILL, Policy.MEMBER, Policy.PUBLIC)
)
NOBODY = [None, "", "Bearer", "Basic YTpi"]
STRANGE_TILLS = [
    "hkt.bakery.till-1.short",
    "hkt.bakery.till-1." + "A" * 43,
    "hkt.bakery.till-2." + "A" * 43,
    "hkt.nobody.till-1." + "A" * 43,
]


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DropApp]:
    """Return one app for all tests of refused requests, which change nothing."""
    path = tmp_path_factory.mktemp("services")
    with open_drop_app(f"sqlite:///{path}/log.db", path / "var") as made:
        yield made


def strange_members(drop_app: DropApp) -> list[str]:
    """Return keys that are no live key of anybody."""
    ended = drop_app.member_key(WANG, "lost-phone")
    drop_app.services.ledger.officers.families.end_member_key(WANG, key_id="lost-phone", by=OFFICER)
    wang, of_li = drop_app.keys[WANG], drop_app.keys["member-li"].rpartition(".")[2]
    begun = wang.rpartition(".")[0]
    return [
        ended,
        f"{begun}.{of_li}",
        f"{begun}.{'A' * 43}",
        f"{begun}.short",
        wang.replace(".phone.", ".tablet."),
        wang.replace(WANG, "member-li"),
        wang.replace(WANG, "nobody"),
    ]


def refusals(drop_app: DropApp, address: Address, *keys: str) -> set[tuple[int, str | None, str]]:
    """Return the answers without a key and with each of these keys."""
    answers = [
        drop_app.client.open(
            address.asked,
            method=address.method,
            headers={} if shown is None else {"Authorization": shown},
            json={} if address.method != "GET" else None,
        )
        for shown in (*NOBODY, *(f"Bearer {key}" for key in keys))
    ]
    assert {one.content_type for one in answers} == {"application/problem+json"}
    assert {one.headers["Cache-Control"] for one in answers} == {"no-store"}
    return {
        (one.status_code, one.headers.get("WWW-Authenticate"), one.get_json()["reason"])
        for one in answers
    }


REFUSED = (401, 'Bearer realm="hongka"', "key_refused")


def test_anybody_may_ask_only_where_the_table_says_so() -> None:
    public = {one.path for one in ADDRESSES if one.policy is Policy.PUBLIC}

    assert public == set(endpoint_table.PUBLIC.split()), (
        "these paths differ from PUBLIC in tests/support/endpoint_table.py: give the Route or Page"
        " another policy, or add the path as a line there:"
        f" {sorted(public ^ set(endpoint_table.PUBLIC.split()))}"
    )


def test_the_policy_is_of_the_area() -> None:
    areas = {"till": {Policy.TILL}, "card": {Policy.MEMBER}, "shop": {Policy.OWNER}}
    areas["api"] = {Policy.TILL, Policy.MEMBER}
    staff = set(ROLES) - {Policy.OWNER}

    wrong = [
        f"{one} declares Policy.{one.policy.name}, but below this path only {sorted(allowed)} ask"
        for one in ADDRESSES
        if one.policy not in {Policy.PUBLIC, *(allowed := areas.get(one.path.split("/")[1], staff))}
    ]

    assert not wrong, "\n".join([*wrong, "Move the address, or declare another policy."])


def test_a_form_that_changes_a_record_is_not_for_those_who_only_look() -> None:
    seeing = {
        one.path
        for one in PAGES
        if one.method == "POST" and one.policy.startswith("see_") and one.policy in ROLES
    }

    assert seeing == set(endpoint_table.SEEING_FORMS.split()), (
        "give these pages a policy of those who change records, or add the path to SEEING_FORMS in"
        " tests/support/endpoint_table.py"
    )


def test_only_the_api_takes_what_no_form_can_send() -> None:
    assert {one.method for one in PAGES} == {"GET", "POST"}
    assert all(
        one.path.startswith("/api/v1/") or one.method == "GET"
        for one in ADDRESSES
        if not one.is_page
    )


def strange_keys(app: DropApp, address: Address) -> list[str]:
    """Return keys by which nobody acts there: of others, ended, or of the other realm."""
    if address in TILL:
        return [*STRANGE_TILLS, *app.keys.values(), app.keys[WANG].replace("hkm.", "hkt.")]
    tills = [app.key, app.gate_key, app.gate_key.replace("hkt.", "hkm."), *STRANGE_TILLS]
    return [*tills, *strange_members(app)]


@pytest.mark.parametrize("address", [*TILL, *MEMBER], ids=str)
def test_without_a_live_key_of_their_own_nobody_acts_as_a_till_or_a_member(
    shared_app: DropApp, address: Address
) -> None:
    keys = strange_keys(shared_app, address)
    position = shared_app.position

    refused = refusals(shared_app, address, *keys)

    assert refused == {REFUSED}
    assert shared_app.position == position


def test_a_revoked_till_acts_no_longer(app: App) -> None:
    app.services.ledger.officers.merchants.revoke_till(
        "bakery", till_id="till-1", by="officer-zhao"
    )

    answers = [
        app.client.open(
            address.asked,
            method=address.method,
            headers={"Authorization": f"Bearer {app.key}"},
            json={},
        )
        for address in TILL
    ]

    assert {(one.status_code, one.get_json()["reason"]) for one in answers} == {
        (401, "till_revoked")
    }


@pytest.mark.parametrize("address", PUBLIC, ids=str)
def test_what_is_public_asks_for_no_key(shared_app: DropApp, address: Address) -> None:
    with shared_app.client.open(address.asked, method=address.method) as answer:
        assert answer.status_code == 200


def test_an_address_that_says_not_who_may_ask_keeps_the_app_from_starting() -> None:
    flask_app = Flask(__name__, static_folder=None)
    flask_app.add_url_rule("/open", "open", declare(Policy.PUBLIC, lambda: ""))
    check_policies(flask_app)
    flask_app.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(Undeclared, match="forgotten"):
        check_policies(flask_app)


def test_a_route_without_words_keeps_the_app_from_starting(app: App) -> None:
    class Forgotten(Views[Services]):
        @route("GET /forgotten", Policy.PUBLIC)
        def forgotten(self) -> Reply[KeysBody]:
            raise NotImplementedError

    with pytest.raises(Undeclared, match="'forgotten' has no words"):
        routes_of(Forgotten, app.services)


@pytest.mark.parametrize("path", ["/", "/api/v1/keys", "/nowhere", "/static/dist/style.css"])
def test_every_response_carries_the_security_headers(app: App, path: str) -> None:
    with app.client.get(path) as answer:
        assert answer.status_code

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"].startswith("camera=()")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ("no-store" in answer.headers["Cache-Control"]) != path.startswith("/static")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "subdomains", "said"),
    [
        ("http://localhost:8000", True, []),
        ("https://card.example.org", False, ["max-age=31536000"]),
        ("https://card.example.org", True, ["max-age=31536000; includeSubDomains"]),
    ],
)
def test_browsers_are_told_to_use_tls_for_subdomains_where_a_setting_says(
    app: App,
    origin: str,
    subdomains: bool,  # noqa: FBT001
    said: list[str],
) -> None:
    settings = msgspec.structs.replace(
        app.services.settings, origin=origin, hsts_subdomains=subdomains
    )
    found = SecurityHeaders(settings).add_to([], "/desk/")

    assert [text for name, text in found if name == "Strict-Transport-Security"] == said
