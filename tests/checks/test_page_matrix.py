"""Every page for every caller: nobody, a wrong realm, a wrong role, another site, the right one."""

import pytest

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.authentication import realm_of
from pos_gateway.auth.policies import ROLES, Policy
from pos_gateway.web.page_route import SIGN_IN
from tests.support.app_all_roles import AllRolesApp, all_roles_app
from tests.support.endpoint_table import PAGES, Address

__all__ = ["all_roles_app"]

FORMS = [one for one in PAGES if one.method == "POST"]
LOOKED_AT = [one for one in PAGES if one.method == "GET"]
GUARDED = [one for one in PAGES if one.policy is not Policy.PUBLIC]
OF_STAFF = [one for one in GUARDED if one.policy in ROLES]

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
OTHERWISE = {
    "/demonstration": 404,  # this is no demonstration
    "/outbox": 404,
    "/desk/account/outside": 404,  # there is no provider
    "/desk/sign-in/outside": 404,
    "/desk/sign-in/outside/back": 404,
    "/desk/drops/<drop_id>/draw": 409,  # first come, first served
    "/desk/drops/<drop_id>/picture": 404,  # there was no rehearsal
    "/till/uses/<use_id>": 404,  # nobody came with a ticket
}
"""The status of pages that have nothing to show here."""

MAY_USE = {"till": "camera=(self)", "card": "geolocation=(self)"}


@pytest.mark.parametrize("page", GUARDED, ids=str)
def test_a_visitor_is_redirected_to_sign_in_and_changes_nothing(
    all_roles_app: AllRolesApp, page: Address
) -> None:
    position = all_roles_app.position
    door = SIGN_IN[realm_of(page.policy)]
    wanted = {door, f"{door}?next={page.asked}"} if page.method == "GET" else {door}

    answers = [all_roles_app.open(page, secret) for secret in ("", "made up", "A" * 43, "字")]

    assert {one.status_code for one in answers} == {303}
    assert {one.location for one in answers} <= wanted
    assert all_roles_app.position == position


@pytest.mark.parametrize("page", GUARDED, ids=str)
def test_a_session_of_another_realm_opens_no_page(
    all_roles_app: AllRolesApp, page: Address
) -> None:
    secrets = {
        "card": all_roles_app.begin("card", "member-wang"),
        "desk": all_roles_app.staff(Role.CLERK, Role.REVIEWER, Role.TREASURER),
        "shop": all_roles_app.staff(Role.OWNER),
        "cashier": all_roles_app.begin("cashier", "staff-s-cashier"),
        "till": all_roles_app.key,
    }
    position = all_roles_app.position
    here = realm_of(page.policy)

    answers = {
        door: all_roles_app.open(page, secret).status_code
        for door, secret in secrets.items()
        if door != here
    }

    assert set(answers.values()) == {303}
    assert all_roles_app.position == position


@pytest.mark.parametrize("page", OF_STAFF, ids=str)
def test_a_role_that_the_table_does_not_name_is_refused(
    all_roles_app: AllRolesApp, page: Address
) -> None:
    at_shop = realm_of(page.policy) == "shop"
    others = {role for role in Role if (role in OF_MERCHANTS) is at_shop} - ROLES[page.policy]
    secrets = [all_roles_app.staff(role) for role in sorted(others)]
    position = all_roles_app.position

    answers = [all_roles_app.open(page, secret) for secret in secrets]

    assert {one.status_code for one in answers} <= {403}
    assert all("<h1>" in one.text and "<form" not in one.text for one in answers)
    assert all_roles_app.position == position


@pytest.mark.parametrize("page", FORMS, ids=str)
def test_a_form_of_another_site_or_another_browser_is_refused(
    all_roles_app: AllRolesApp, page: Address
) -> None:
    secret = all_roles_app.let_in(page) if page.policy is not Policy.PUBLIC else ""
    position = all_roles_app.position
    elsewhere = [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ]

    answers = [all_roles_app.open(page, secret, headers=headers) for headers in elsewhere]
    if secret:
        answers += [all_roles_app.open(page, secret, form=form) for form in ({}, {"csrf": "wrong"})]

    assert {one.status_code for one in answers} == {403}
    assert all_roles_app.position == position


@pytest.mark.parametrize("page", LOOKED_AT, ids=str)
def test_an_allowed_role_sees_a_page_in_both_languages(
    all_roles_app: AllRolesApp, page: Address
) -> None:
    secret = all_roles_app.let_in(page) if page.policy is not Policy.PUBLIC else ""

    for language in ("zh", "en"):
        answer = all_roles_app.open(page, secret, headers={"Accept-Language": language})

        assert answer.status_code == OTHERWISE.get(page.path, 200), (
            f"{page} answers {answer.status_code}: let AllRolesApp in"
            " tests/support/app_all_roles.py record what the page shows, under the name in NAMED of"
            " tests/support/endpoint_table.py; or, where nothing can be shown, add the line"
            f' "{page.path}": {answer.status_code}, to OTHERWISE in this file'
        )
        if answer.mimetype == "text/html":
            assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text
            assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_page_has_the_headers_of_its_realm(all_roles_app: AllRolesApp, page: Address) -> None:
    area = page.path.split("/")[1]
    allowed = CSP | ({"script-src": "'self' 'wasm-unsafe-eval'"} if area == "till" else {})
    secret = "" if page.policy is Policy.PUBLIC else all_roles_app.let_in(page)

    for answer in (all_roles_app.open(page), all_roles_app.open(page, secret)):
        policy = answer.headers.getlist("Content-Security-Policy")
        told = [one.strip().partition(" ") for one in ";".join(policy).split(";")]
        assert {name: sources for name, _, sources in told} == allowed
        used = set(answer.headers["Permissions-Policy"].split(", "))
        may = {MAY_USE[area]} if area in MAY_USE else set()
        assert (
            used
            == {"camera=()", "microphone=()", "geolocation=()"}
            - {one.replace("(self)", "()") for one in may}
            | may
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
