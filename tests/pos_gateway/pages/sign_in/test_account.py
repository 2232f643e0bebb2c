"""People see their sessions, end unknown ones, and change their credentials."""

import re
from datetime import timedelta

import pytest

from ledger.auth.credentials import Credential
from pos_gateway.errors import SignInRefused
from pos_gateway.pages.sign_in.session_cookie import check_may_enter
from tests.support.app import App
from tests.support.form_client import (
    PASSWORD,
    FormClient,
    authenticator_of,
    code_of,
    messages,
    sign_in_member,
    sign_in_officer,
)
from tests.support.sign_in_methods import is_refused

NEW = "four geese over a wooden gate"
STEP = timedelta(seconds=30)
WEAK = "short"


def signed_in_again(app: App) -> FormClient:
    app.now += timedelta(minutes=2)
    return sign_in_member(app)


def sessions(visitor: FormClient) -> list[str]:
    visitor.see("/card/account")
    return re.findall('name="session" value="([0-9a-f]{64})"', visitor.page)


def test_an_account_shows_where_and_when_somebody_signed_in(app: App) -> None:
    visitor = sign_in_member(app)

    visitor.see("/card/account")

    assert "Android · Firefox" in visitor.page
    assert "this one" in visitor.page
    assert "王小明" not in visitor.page


def test_a_session_that_is_ended_is_dead_at_once(app: App) -> None:
    lost = sign_in_member(app)
    kept = signed_in_again(app)
    (other,) = sessions(kept)

    kept.send("/card/account", "end", session=other)

    assert not lost.is_in("card")
    assert kept.is_in("card")


def test_all_others_are_ended_together(app: App) -> None:
    others = [sign_in_member(app), signed_in_again(app)]
    kept = signed_in_again(app)
    assert len(sessions(kept)) == 2

    kept.send("/card/account", "end-others")

    assert not any(other.is_in("card") for other in others)
    assert kept.is_in("card")


def put_passkey(app: App, subject: str, name: str) -> None:
    """Store a passkey of a subject, as one that was added at another device."""
    made = Credential("passkey", subject, name, b"key", app.now, found_by=name, label=name)
    assert app.services.sign_in.credentials.put(made, most=10)


def test_passkeys_are_listed_where_all_others_are_ended_and_removed_with_them(app: App) -> None:
    visitor = sign_in_member(app)
    for name in ("mine", "stranger"):
        put_passkey(app, "member-member-wang", name)
    put_passkey(app, "member-member-li", "hers")

    visitor.see("/card/account")
    ticks = re.findall('type="checkbox" name="passkey" value="(.*?)"', visitor.page)
    visitor.send("/card/account", "end-others", passkey="stranger")
    visitor.send("/card/account", "end-others", passkey="hers")

    left = {one: app.services.sign_in.passkeys.of(f"member-member-{one}") for one in ("wang", "li")}
    assert ticks == ["mine", "stranger"]
    assert [one.name for one in left["wang"] + left["li"]] == ["mine", "hers"]


@pytest.mark.parametrize("door", ["card", "desk", "shop"])
def test_a_passkey_is_added_and_removed_only_after_a_fresh_sign_in(app: App, door: str) -> None:
    visitor = signed_in_at(app, door)
    path = f"/{door}/account"
    visitor.see(path)
    typed = {"current": PASSWORD}
    assert visitor.send(path, "passkey-ask", **typed).is_json

    app.now += timedelta(minutes=11)
    asked = visitor.send(path, "passkey-ask", **typed)
    kept = visitor.send(path, "passkey", credential="{}", **typed)

    assert (asked.status_code, kept.status_code) == (403, 403)
    for answer in (asked, kept):
        assert "Sign in again first" in answer.text
        assert f'href="/{door}/sign-in?next={path}"' in answer.text
    if door != "desk":  # where the password proves it
        assert visitor.send(path, "passkey-remove", passkey="old").status_code == 403
        assert visitor.send(path, "end-others").status_code == 403


def signed_in_at(app: App, door: str) -> FormClient:
    """Sign somebody in to a realm just now."""
    if door == "desk":
        return sign_in_officer(app)[0]
    if door == "card":
        return sign_in_member(app)
    ledger, sign_in = app.services.ledger, app.services.sign_in
    ledger.officers.staff.appoint_staff("sun", roles=("owner",), merchant_id="bakery")
    sign_in.names.give_phone("staff-sun", "13600136000")
    visitor = FormClient(app)
    visitor.see("/shop/sign-in")
    visitor.send("/shop/sign-in", "send", phone="13600136000")
    visitor.send("/shop/sign-in", "check", code=code_of(messages(app, 1)[0]))
    return visitor


def test_nobody_ends_the_session_of_another(app: App) -> None:
    officer, _, _ = sign_in_officer(app)
    member = sign_in_member(app)
    (session,) = app.services.sessions.listed("staff-chen")
    member.see("/card/account")

    member.send("/card/account", "end", session=session.session_id)

    assert officer.is_in("desk")


@pytest.mark.parametrize(
    ("subject", "doors"),
    [
        ("member-wang", {"card"}),
        ("staff-chen", {"desk"}),
        ("staff-sun", {"shop"}),
        ("staff-gone", set()),
        ("till-1", set()),
    ],
)
def test_everybody_has_a_door_of_their_own(app: App, subject: str, doors: set[str]) -> None:
    ledger, services = app.services.ledger, app.services
    ledger.officers.staff.appoint_staff("chen", roles=("clerk",))
    ledger.officers.staff.appoint_staff("sun", roles=("owner",), merchant_id="bakery")
    ledger.officers.staff.appoint_staff("gone", roles=("clerk",))
    ledger.officers.staff.dismiss_staff("gone")

    for door in ("card", "desk", "shop"):
        if door in doors:
            check_may_enter(services, door, subject)
        else:
            assert is_refused(SignInRefused, check_may_enter, services, door, subject)


def test_who_signs_out_is_out(app: App) -> None:
    visitor = sign_in_member(app)
    visitor.see("/card/account")
    cookie = visitor.client.get_cookie("hongka-card")
    assert cookie is not None

    answer = visitor.send("/card/sign-out", "")

    assert answer.headers["Location"] == "/card/sign-in"
    # Cookies and storage stay: a till of this origin holds its key and its unsent sales there.
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert visitor.client.get_cookie("hongka-card") is None
    visitor.client.set_cookie("hongka-card", cookie.value)
    assert not visitor.is_in("card")


def test_a_new_sign_in_ends_the_session_this_browser_had(app: App) -> None:
    sign_in_member(app)
    app.now += timedelta(minutes=2)
    before = len(app.services.sessions.listed("member-member-wang"))
    visitor = sign_in_member(app)
    assert len(app.services.sessions.listed("member-member-wang")) == before + 1

    app.now += timedelta(minutes=2)
    visitor.see("/card/sign-in")
    visitor.send("/card/sign-in", "send", phone="13800138000")
    code = code_of(messages(app, 3)[0])
    visitor.send("/card/sign-in", "check", code=code, phone="13800138000")

    assert len(app.services.sessions.listed("member-member-wang")) == before + 1


@pytest.mark.parametrize("csrf", ["", "A" * 24])
@pytest.mark.parametrize("path", ["/card/account", "/card/sign-out"])
def test_a_form_without_its_mark_is_refused(app: App, path: str, csrf: str) -> None:
    visitor = sign_in_member(app)
    visitor.see("/card/account")

    answer = visitor.send(path, "end-others", csrf=csrf)

    assert answer.status_code == 403
    assert visitor.is_in("card")


def test_a_password_is_changed_by_who_knows_it_and_ends_all_other_sessions(app: App) -> None:
    other, authenticator, codes = sign_in_officer(app)
    app.now += STEP
    visitor, path = FormClient(app), "/desk/account"
    visitor.see("/desk/sign-in")
    visitor.send("/desk/sign-in", "password", handle="chen", password=PASSWORD)
    visitor.send("/desk/sign-in", "totp", code=authenticator.at(app.now))
    visitor.see(path)

    assert visitor.send(path, "password", current=NEW, password=NEW).status_code == 403
    assert visitor.send(path, "password", current=PASSWORD, password=WEAK).status_code == 422
    assert visitor.send(path, "password", current=PASSWORD, password=NEW).status_code == 303
    assert visitor.is_in("desk")
    assert not other.is_in("desk")
    again = FormClient(app)
    again.see("/desk/sign-in")
    again.send("/desk/sign-in", "password", handle="chen", password=NEW)
    assert again.send("/desk/sign-in", "recovery", code=codes[0]).status_code == 303


def test_new_codes_for_paper_are_made_by_who_knows_the_password(app: App) -> None:
    visitor, _, old = sign_in_officer(app)
    visitor.see("/desk/account")

    assert visitor.send("/desk/account", "recovery", current=NEW).status_code == 403
    visitor.send("/desk/account", "recovery", current=PASSWORD)

    new = re.findall(r"<li><code>([0-9A-Z-]{11})</code></li>", visitor.page)
    assert len(new) == 10
    assert not set(new) & set(old)


def test_an_app_is_replaced_by_who_knows_the_password(app: App) -> None:
    visitor, old, _ = sign_in_officer(app)
    visitor.see("/desk/account")
    assert visitor.send("/desk/account", "app-ask", current=NEW).status_code == 403
    visitor.send("/desk/account", "app-ask", current=PASSWORD)
    new = authenticator_of(visitor)
    app.now += STEP

    assert visitor.send("/desk/account", "app", code=new.at(app.now)).status_code == 303
    app.now += STEP
    again = FormClient(app)
    again.see("/desk/sign-in")
    again.send("/desk/sign-in", "password", handle="chen", password=PASSWORD)
    assert again.send("/desk/sign-in", "totp", code=old.at(app.now)).status_code == 403
    assert again.send("/desk/sign-in", "totp", code=new.at(app.now)).status_code == 303


def test_an_app_that_makes_other_codes_replaces_none(app: App) -> None:
    visitor, old, _ = sign_in_officer(app)
    visitor.see("/desk/account")
    visitor.send("/desk/account", "app-ask", current=PASSWORD)
    app.now += STEP

    assert visitor.send("/desk/account", "app", code=old.at(app.now)).status_code == 403
    again = FormClient(app)
    again.see("/desk/sign-in")
    again.send("/desk/sign-in", "password", handle="chen", password=PASSWORD)
    assert again.send("/desk/sign-in", "totp", code=old.at(app.now)).status_code == 303


def test_a_member_has_no_password_to_change(app: App) -> None:
    visitor = sign_in_member(app)
    visitor.see("/card/account")

    assert visitor.send("/card/account", "password", password=NEW).status_code == 400


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_account_is_in_the_language_of_its_reader(app: App, language: str) -> None:
    visitor, _, _ = sign_in_officer(app)

    page = visitor.see(f"/desk/account?lang={language}").text

    main = page[page.index("<main") : page.index("<footer")]
    assert bool(re.search("[一-鿿]", main)) == (language == "zh")
