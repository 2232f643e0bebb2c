"""An officer signs in with a password and a second factor, set up by an invitation."""

from datetime import timedelta

import pytest

from ledger.auth.credentials import Credential
from pos_gateway.auth.rate_limit import GUESSES_ADDRESS
from pos_gateway.auth.sign_in_methods import KINDS
from tests.support.app import App
from tests.support.form_client import (
    PASSWORD,
    FormClient,
    appoint,
    authenticator_of,
    sign_in_officer,
)

PATH = "/desk/sign-in"
STEP = timedelta(seconds=30)
WRONG = "wrong carp, wrong bridge"


def with_password(app: App, handle: str = "chen", password: str = PASSWORD) -> FormClient:
    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "password", handle=handle, password=password)
    return visitor


def test_an_invitation_ends_signed_in_with_ten_codes_for_paper(app: App) -> None:
    visitor, _, codes = sign_in_officer(app)

    assert visitor.is_in("desk")
    assert len(set(codes)) == 10


def test_an_invitation_is_used_once(app: App) -> None:
    code = appoint(app)
    sign_in_officer(app, "qian")
    first, second = FormClient(app), FormClient(app)
    for visitor in (first, second):
        visitor.see("/desk/invitation")
        visitor.send("/desk/invitation", "code", code=code)
        visitor.send("/desk/invitation", "password", password=PASSWORD)
    app.services.sign_in.invitations.spend(code)

    from_start = FormClient(app)
    from_start.see("/desk/invitation")
    assert from_start.send("/desk/invitation", "code", code=code).status_code == 409
    assert not second.is_in("desk")


def test_who_began_with_an_invitation_that_another_used_sets_up_nothing(app: App) -> None:
    code, path = appoint(app), "/desk/invitation"
    officer, stranger = FormClient(app), FormClient(app)
    apps = []
    for visitor in (stranger, officer):
        visitor.see(path)
        visitor.send(path, "code", code=code)
        visitor.send(path, "password", password=PASSWORD)
        apps.append(authenticator_of(visitor))
    assert officer.send(path, "totp", code=apps[1].at(app.now)).status_code == 200

    late = [
        stranger.send(path, "totp", code=apps[0].at(app.now)),
        stranger.send(path, "passkey-ask"),
        stranger.send(path, "password", password=PASSWORD),
    ]

    assert [answer.status_code for answer in late] == [409, 409, 409]
    app.now += STEP
    again = with_password(app)
    assert again.send(PATH, "totp", code=apps[1].at(app.now)).status_code == 303


def test_who_is_invited_again_is_signed_out_elsewhere(app: App) -> None:
    lost, _, _ = sign_in_officer(app)

    sign_in_officer(app)

    assert not lost.is_in("desk")


def test_who_is_invited_again_has_no_other_way_in_than_the_new_one(app: App) -> None:
    # Given an officer to whose sign-in a thief added ways of their own
    sign_in_officer(app)
    before = app.services.sign_in.credentials
    for kind in ("browser", "outside", "passkey"):
        stolen = Credential(kind, "staff-chen", "thief", b"", app.now, found_by="thief")
        assert before.put(stolen, most=10)
    # When the officer is invited again, and takes the invitation
    sign_in_officer(app)
    # Then nothing of it is left
    left = {kind: [one.name for one in before.of("staff-chen", kind)] for kind in KINDS}
    assert not any("thief" in names for names in left.values())
    assert {kind for kind, names in left.items() if names} == {
        *("browser", "handle", "password", "recovery", "totp")
    }


@pytest.mark.parametrize("password", ["short", "chen likes carp and bridges"])
def test_an_invitation_asks_for_a_password_that_is_hard_to_guess(app: App, password: str) -> None:
    visitor, path = FormClient(app), "/desk/invitation"
    visitor.see(path)
    visitor.send(path, "code", code=appoint(app))

    answer = visitor.send(path, "password", password=password)

    assert answer.status_code == 422
    assert visitor.send(path, "password", password=PASSWORD).status_code == 200


def test_a_password_and_the_app_let_in(app_any_db: App) -> None:
    _, authenticator, _ = sign_in_officer(app_any_db)
    app_any_db.now += STEP
    visitor = with_password(app_any_db)
    assert not visitor.is_in("desk")

    answer = visitor.send(PATH, "totp", code=authenticator.at(app_any_db.now))

    assert answer.headers["Location"] == "/desk/"
    assert visitor.is_in("desk")
    assert not visitor.is_in("shop")


def test_the_code_of_the_app_lets_in_once(app: App) -> None:
    _, authenticator, _ = sign_in_officer(app)
    app.now += STEP
    code = authenticator.at(app.now)
    with_password(app).send(PATH, "totp", code=code)

    again = with_password(app).send(PATH, "totp", code=code)

    assert again.status_code == 403


def test_a_code_from_paper_lets_in_once(app: App) -> None:
    _, _, codes = sign_in_officer(app)
    visitor = with_password(app)

    assert visitor.send(PATH, "recovery", code=codes[0]).status_code == 303
    assert visitor.is_in("desk")
    again = with_password(app)
    assert again.send(PATH, "recovery", code=codes[0]).status_code == 403
    assert again.send(PATH, "recovery", code=codes[1]).status_code == 303


def test_a_password_alone_lets_nobody_in(app: App) -> None:
    sign_in_officer(app)
    visitor = with_password(app)

    assert not visitor.is_in("desk")
    assert visitor.client.get_cookie("hongka-desk") is None


def test_a_second_factor_without_a_password_lets_nobody_in(app: App) -> None:
    _, authenticator, _ = sign_in_officer(app)
    app.now += STEP
    visitor = FormClient(app)
    visitor.see(PATH)

    answer = visitor.send(PATH, "totp", code=authenticator.at(app.now), step="A" * 43)

    assert answer.status_code == 409


def test_one_password_serves_one_sign_in_within_ten_minutes(app: App) -> None:
    _, authenticator, codes = sign_in_officer(app)
    late, twice = with_password(app), with_password(app)
    twice.send(PATH, "recovery", code=codes[0])
    assert twice.send(PATH, "recovery", code=codes[1]).status_code == 409

    app.now += timedelta(minutes=10)
    assert late.send(PATH, "totp", code=authenticator.at(app.now)).status_code == 409


def test_a_name_nobody_has_is_answered_as_a_wrong_password(app: App) -> None:
    sign_in_officer(app)
    answers = []
    for handle in ("chen", "nobody", "staff-chen", "' OR 1=1"):
        visitor = FormClient(app)
        visitor.see(PATH)
        answer = visitor.send(PATH, "password", handle=handle, password=WRONG)
        shown = answer.text.replace(f'value="{handle}"', "").replace("&#39; OR 1=1", "")
        answers.append((answer.status_code, shown.replace('value=""', "")))

    assert answers[0][0] == 403
    assert len(set(answers)) == 1


def test_after_ten_wrong_passwords_the_right_one_must_wait(app: App) -> None:
    """Twelve wrong passwords by a stranger: the right person still gets in."""
    officer, _, _ = sign_in_officer(app)
    with_password(app)
    for _ in range(12):
        with_password(app, password=WRONG)

    locked = with_password(app)
    assert "too" in locked.page.lower()
    assert locked.hidden("step") == ""
    elsewhere = FormClient(app, address="198.51.100.9")
    for visitor in (elsewhere, officer):  # the officer's browser is at the stranger's address
        visitor.see(PATH)
        visitor.send(PATH, "password", handle="chen", password=PASSWORD)
        assert visitor.hidden("step") != ""
    app.now += timedelta(minutes=15)
    assert with_password(app).hidden("step") != ""


def test_a_known_browser_has_ten_guesses_too(app: App) -> None:
    officer, _, _ = sign_in_officer(app)
    officer.see(PATH)
    for _ in range(10):
        answer = officer.send(PATH, "password", handle="chen", password=WRONG)
        assert answer.status_code == 403

    answer = officer.send(PATH, "password", handle="chen", password=PASSWORD)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")


def test_after_three_hundred_wrong_passwords_an_address_must_wait(app: App) -> None:
    sign_in_officer(app)
    visitor = FormClient(app, address="198.51.100.9")
    visitor.see(PATH)
    limiter = app.services.sign_in.limiter
    for _ in range(300):
        limiter.hit(GUESSES_ADDRESS, "guesses-address", "198.51.100.9")

    answer = visitor.send(PATH, "password", handle="chen", password=PASSWORD)
    assert answer.status_code == 429
    assert with_password(app).hidden("step") != ""


def test_after_ten_wrong_codes_the_second_step_must_wait(app: App) -> None:
    _, authenticator, _ = sign_in_officer(app)
    app.now += STEP
    visitor = with_password(app)
    for _ in range(10):
        visitor.send(PATH, "totp", code="000")

    assert visitor.send(PATH, "totp", code=authenticator.at(app.now)).status_code == 429
    assert with_password(app).send(PATH, "totp", code=authenticator.at(app.now)).status_code == 429


def test_who_has_the_password_tries_thirty_codes_a_day_from_everywhere(app: App) -> None:
    officer, authenticator, _ = sign_in_officer(app)
    app.now += STEP
    for number in range(31):
        visitor = with_password(app)
        visitor._from = {"REMOTE_ADDR": f"192.0.2.{number}"}
        answer = visitor.send(PATH, "totp", code="000")

    assert answer.status_code == 429
    officer.see(PATH)
    officer.send(PATH, "password", handle="chen", password=PASSWORD)
    assert officer.send(PATH, "totp", code=authenticator.at(app.now)).status_code == 303


def test_who_is_dismissed_gets_in_no_more_and_is_out_at_once(app: App) -> None:
    visitor, _, _ = sign_in_officer(app)

    app.services.ledger.officers.staff.dismiss_staff("chen")

    assert not visitor.is_in("desk")
    assert with_password(app).hidden("step") == ""


def test_without_a_provider_nothing_is_at_its_address(app: App) -> None:
    for path in ("/desk/sign-in/outside", "/desk/sign-in/outside/back"):
        assert app.client.get(path).status_code == 404
