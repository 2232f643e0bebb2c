"""The table of permissions, checked cell by cell through the app."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.authentication import Authenticator, cookie_name, realm_of
from pos_gateway.auth.policies import ROLES, Policy
from pos_gateway.auth.rate_limit import RateLimiter
from pos_gateway.auth.sessions import csrf_of
from pos_gateway.web import page_route
from pos_gateway.web.page_route import Page
from tests.support.app import App

TABLE = """
                    clerk reviewer treasurer analyst auditor owner cashier service
owner               .     .        .         .       .       x     .       .
see_desk            x     x        x         x       x       .     .       .
make_proposals      x     x        x         .       .       .     .       .
confirm_proposals   .     x        x         .       .       .     .       .
see_members         x     x        .         .       .       .     .       .
keep_cards          x     .        .         .       .       .     .       .
see_merchants       x     x        x         x       x       .     .       .
keep_merchants      x     .        .         .       .       .     .       .
see_offers          x     x        x         x       x       .     .       .
keep_offers         .     x        .         .       .       .     .       .
see_funds           x     x        x         x       x       .     .       .
keep_funds          .     .        x         .       .       .     .       .
see_drops           x     x        x         x       x       .     .       x
keep_drops          x     .        .         .       .       .     .       .
see_settlements     x     x        x         x       x       .     .       .
draw_up_statements  x     .        .         .       .       .     .       .
approve_statements  .     x        x         .       .       .     .       .
pay_statements      .     .        x         .       .       .     .       .
report_incidents    x     .        .         .       .       .     .       .
see_figures         .     x        x         x       x       .     .       .
see_log             .     x        .         .       x       .     .       .
see_staff           x     x        x         .       x       .     .       .
keep_staff          .     x        .         .       .       .     .       .
run_jobs            x     .        .         .       .       .     .       x
"""
_HEAD, *_ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (Policy(row[0]), Role(role), cell == "x")
    for row in _ROWS
    for role, cell in zip(_HEAD, row[1:], strict=True)
]
HERE = {"Sec-Fetch-Site": "same-origin"}


class PolicyApp(App):
    """An app with a page of each policy, and one person of each role."""

    def __init__(self, database_url: str, var: Path) -> None:
        super().__init__(database_url, var)
        services = self.services
        limiter = RateLimiter(count().__next__)  # a second passes between two requests
        authenticator = Authenticator(
            services.ledger,
            limiter,
            services.sessions,
            services.settings.origin,
            services.sign_in.security,
        )
        pages = [
            Page(
                name=f"try-{policy}",
                path=f"/try/{policy}",
                policy=policy,
                view=lambda **asking: repr(asking),
                methods=("GET", "POST"),
            )
            for policy in Policy
        ]
        page_route.install(self.flask, authenticator, pages)
        for role in Role:
            merchant = "bakery" if role in OF_MERCHANTS else ""
            services.ledger.officers.staff.appoint_staff(
                f"s-{role}", roles=[role], merchant_id=merchant
            )

    def sign_in(self, subject: str, door: str) -> str:
        """Start a session and keep it in the client's cookie. Return its secret."""
        secret = self.services.sessions.begin(door, subject, device="test", methods="test")
        self.client.set_cookie(cookie_name(door, self.services.settings.origin), secret)
        return secret

    def try_page(self, policy: Policy, method: str = "GET", **more: object) -> TestResponse:
        """Request the page of a policy."""
        return self.client.open(f"/try/{policy}", method=method, **more)  # type: ignore[arg-type]


@pytest.fixture
def policy_app(tmp_path: Path) -> Iterator[PolicyApp]:
    made = PolicyApp(f"sqlite:///{tmp_path}/log.db", tmp_path / "var")
    yield made
    made.services.close()


def test_the_tables_of_test_and_program_are_equal() -> None:
    here = {policy: {r for p, r, may in CELLS if p is policy and may} for policy, _, _ in CELLS}
    other = {
        str(one): sorted(ROLES.get(one, ()))
        for one in here.keys() | ROLES
        if here.get(one) != ROLES.get(one)
    }

    assert set(_HEAD) == set(Role), "give TABLE in tests/checks/test_access.py a column a role"
    assert not other, (
        "ROLES in pos_gateway/auth/policies.py and TABLE in tests/checks/test_access.py differ; if"
        f" the policy is meant so, change its line of TABLE, with x below the roles: {other}"
    )
    assert set(Policy) - set(ROLES) == {Policy.PUBLIC, Policy.TILL, Policy.MEMBER}, (
        "add the new policy to ROLES in pos_gateway/auth/policies.py, with the roles it admits"
    )


@pytest.mark.parametrize("role", Role)
def test_each_role_is_allowed_what_the_table_says(policy_app: PolicyApp, role: Role) -> None:
    for door in ("desk", "shop"):
        policy_app.sign_in(f"staff-s-{role}", door)

    answers = {policy: policy_app.try_page(policy).status_code for policy in ROLES}

    assert answers == {policy: 200 if may else 403 for policy, of, may in CELLS if of is role}


@pytest.mark.parametrize("policy", sorted(set(Policy) - {Policy.PUBLIC}))
def test_a_visitor_is_redirected_to_sign_in(policy_app: PolicyApp, policy: Policy) -> None:
    answer = policy_app.try_page(policy)

    assert answer.status_code == 303
    assert answer.location.startswith(page_route.SIGN_IN[realm_of(policy)])


def test_a_session_of_one_realm_opens_no_other(policy_app: PolicyApp) -> None:
    secret = policy_app.sign_in("staff-s-clerk", "desk")
    for door in ("shop", "card"):
        policy_app.client.set_cookie(cookie_name(door, policy_app.services.settings.origin), secret)

    assert policy_app.try_page(Policy.SEE_DESK).status_code == 200
    assert policy_app.try_page(Policy.OWNER).status_code == 303
    assert policy_app.try_page(Policy.MEMBER).status_code == 303


def test_a_dismissed_person_is_out_at_once(policy_app: PolicyApp) -> None:
    policy_app.sign_in("staff-s-clerk", "desk")
    assert policy_app.try_page(Policy.SEE_DESK).status_code == 200

    policy_app.services.ledger.officers.staff.dismiss_staff("s-clerk")

    assert policy_app.try_page(Policy.SEE_DESK).status_code == 303


def test_other_roles_count_at_once(policy_app: PolicyApp) -> None:
    policy_app.sign_in("staff-s-clerk", "desk")

    policy_app.services.ledger.officers.staff.change_roles("s-clerk", roles=["auditor"])

    assert policy_app.try_page(Policy.KEEP_CARDS).status_code == 403
    assert policy_app.try_page(Policy.SEE_LOG).status_code == 200


def test_an_ended_session_is_dead_at_once(policy_app: PolicyApp) -> None:
    policy_app.sign_in("member-wang", "card")
    assert policy_app.try_page(Policy.MEMBER).status_code == 200

    policy_app.services.sessions.end_all("member-wang")

    assert policy_app.try_page(Policy.MEMBER).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HERE, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"}, 403),
    ],
)
def test_a_form_is_accepted_from_our_own_pages_only(
    policy_app: PolicyApp, headers: dict[str, str], status: int
) -> None:
    secret = policy_app.sign_in("staff-s-clerk", "desk")

    answer = policy_app.try_page(
        Policy.KEEP_CARDS, "POST", headers=headers, data={"csrf": csrf_of(secret)}
    )

    assert answer.status_code == status


@pytest.mark.parametrize("mark", ["", "wrong", csrf_of("another secret"), "字"])
def test_a_form_shown_to_another_browser_is_refused(policy_app: PolicyApp, mark: str) -> None:
    policy_app.sign_in("staff-s-clerk", "desk")

    answer = policy_app.try_page(Policy.KEEP_CARDS, "POST", headers=HERE, data={"csrf": mark})

    assert answer.status_code == 403


def test_the_api_accepts_a_session_from_our_own_pages_only(policy_app: PolicyApp) -> None:
    policy_app.sign_in("member-wang", "card")

    listed = policy_app.ask("GET", "/tickets", key="")
    sent = [
        policy_app.ask("POST", "/tickets/t1/release", {}, key="", headers=headers)
        for headers in (HERE, {"Sec-Fetch-Site": "cross-site"}, {})
    ]

    assert listed.status_code == 200
    assert [one.get_json()["reason"] for one in sent] == [
        "ticket_unknown",
        "sent_from_elsewhere",
        "sent_from_elsewhere",
    ]


def test_a_cashier_may_use_tills_of_their_merchant_only(policy_app: PolicyApp) -> None:
    policy_app.client.set_cookie(
        cookie_name("till", policy_app.services.settings.origin), policy_app.key
    )
    nobody = policy_app.try_page(Policy.TILL).text
    policy_app.sign_in("staff-s-cashier", "cashier")

    at_bakery = policy_app.try_page(Policy.TILL).text
    policy_app.client.set_cookie(
        cookie_name("till", policy_app.services.settings.origin), policy_app.other_key
    )
    at_opera = policy_app.try_page(Policy.TILL).text

    assert "cashier_id=''" in nobody
    assert "cashier_id='s-cashier'" in at_bakery
    assert "cashier_id=''" in at_opera


def test_over_tls_no_other_host_can_set_a_cookie() -> None:
    assert cookie_name("card", "https://hongka.example") == "__Host-hongka-card"
    assert cookie_name("card", "http://localhost:8000") == "hongka-card"


def test_an_internal_error_is_shown_on_a_page_with_a_way_back(policy_app: PolicyApp) -> None:
    def broken(**_asking: object) -> None:
        raise ZeroDivisionError

    authenticator = policy_app.flask.extensions["hongka.front"].authenticator
    page = Page(name="broken", path="/desk/broken", policy=Policy.SEE_DESK, view=broken)
    page_route.install(policy_app.flask, authenticator, [page])
    policy_app.sign_in("staff-s-clerk", "desk")

    answer = policy_app.client.get("/desk/broken")

    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    assert 'href="/desk/"' in answer.text
