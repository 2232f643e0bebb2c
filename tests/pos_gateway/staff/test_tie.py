"""Officers are tied to their own member id by their phone; each new sign-in stands in the log."""

from datetime import timedelta

import pytest

from ledger import staff
from ledger.auth.credentials import Credential
from ledger.errors import Busy
from ledger.event import Event
from ledger.staff import CredentialsChanged
from tests.support.app import LI_CARD, WANG_CARD, App
from tests.support.form_client import PASSWORD, FormClient, authenticator_of, sign_in_officer
from tests.support.signing_phone import certified_for

NEW = "four geese over a wooden gate"


def tied_to(app: App, staff_id: str = "chen") -> str:
    """Return the member id an officer is tied to."""
    return app.services.ledger.appointed(staff_id).member_id


def signed(app: App, card_id: str = WANG_CARD) -> str:
    """Return a code that the phone of the card's member signs now."""
    return certified_for(app.services, card_id).code(app.now)


def tie(visitor: FormClient, code: str, password: str = PASSWORD) -> str:
    """Send a code in the account page. Return the page that follows."""
    visitor.see("/desk/account")
    visitor.send("/desk/account", "tie", card_code=code, current=password)
    return visitor.see("/desk/account").text if "notice bad" not in visitor.page else visitor.page


def changes(app: App) -> list[str]:
    """Return the ways to sign in that the log says were set up."""
    facts = app.services.ledger.facts(0, app.position)
    return [one.event.what for one in facts if isinstance(one.event, CredentialsChanged)]


def test_the_live_code_of_a_phone_ties_an_officer(app: App) -> None:
    visitor, _, _ = sign_in_officer(app)

    page = tie(visitor, f" {signed(app)}")

    assert tied_to(app) == "member-wang"
    assert "Tied to the member member-wang" in page


def test_neither_plastic_nor_a_clerks_code_nor_a_word_proves_who_somebody_is(app: App) -> None:
    visitor, _, _ = sign_in_officer(app)

    unsigned = [tie(visitor, code) for code in (app.printed, app.code())]
    nonsense = tie(visitor, "HK1:nonsense")
    without_password = tie(visitor, signed(app), "guessed wrong, again")
    late = signed(app)
    app.now += timedelta(minutes=2)
    expired = tie(visitor, late)

    assert all("No phone of the member signed this code" in page for page in unsigned)
    assert all("notice bad" in page for page in (nonsense, without_password, expired))
    assert tied_to(app) == ""


def test_a_code_that_a_till_took_ties_nobody(app: App) -> None:
    # Given a member who showed a code to a till
    visitor, _, _ = sign_in_officer(app)
    code = signed(app, LI_CARD)
    assert app.redeem("r1", code=code).status_code == 201
    # When somebody at the till sends it on to an officer
    page = tie(visitor, code)
    # Then the officer is tied to nobody
    assert "notice bad" in page
    assert tied_to(app) == ""


def test_a_code_ties_one_officer_once(app: App) -> None:
    first, _, _ = sign_in_officer(app)
    second, _, _ = sign_in_officer(app, "zhou")
    code = signed(app)
    tie(first, code)

    again, others = tie(first, code), tie(second, code)

    assert "notice bad" not in again
    assert "notice bad" in others
    assert (tied_to(app), tied_to(app, "zhou")) == ("member-wang", "")


def test_a_blocked_card_ties_nobody(app: App) -> None:
    visitor, _, _ = sign_in_officer(app)
    code = signed(app)
    app.services.ledger.officers.cards.block_card("00112233445566778899aabb", by="officer-zhao")

    assert "The card was reported lost" in tie(visitor, code)


def change(app: App, visitor: FormClient, act: str) -> int:
    """Change a way to sign in on the account page. Return the status of the answer."""
    if act == "app":
        visitor.send("/desk/account", "app-ask", current=PASSWORD)
        app.now += timedelta(minutes=1)
        code = authenticator_of(visitor).at(app.now)
        return visitor.send("/desk/account", "app", code=code).status_code
    return visitor.send("/desk/account", act, current=PASSWORD, password=NEW).status_code


@pytest.mark.parametrize("act", ["password", "recovery", "app"])
def test_each_new_way_to_sign_in_is_recorded(app: App, act: str) -> None:
    visitor, _, _ = sign_in_officer(app)
    assert changes(app) == ["password+totp"]
    visitor.see("/desk/account")

    visitor.send("/desk/account", "password", current="wrong", password=NEW)
    assert changes(app) == ["password+totp"]
    change(app, visitor, act)

    assert changes(app) == ["password+totp", {"app": "totp"}.get(act, act)]
    assert app.services.ledger.appointed("chen").credentials_at is not None


@pytest.mark.parametrize("act", ["password", "recovery", "app", "invitation"])
def test_no_way_to_sign_in_is_stored_before_the_log_has_it(
    app: App, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    # Given an officer at their account page, or at the end of their invitation
    visitor, _, _ = sign_in_officer(app)
    visitor.see("/desk/account")
    if act == "invitation":
        visitor.see("/desk/invitation")
        code = app.services.sign_in.invitations.make("staff-chen", "chen")
        visitor.send("/desk/invitation", "code", code=code)
        visitor.send("/desk/invitation", "password", password=NEW)
        authenticator = authenticator_of(visitor)
    # When the log takes no fact
    stored = credentials(app)
    with monkeypatch.context() as fault:
        fault.setattr(staff, "change_credentials", busy)
        if act == "invitation":
            typed = authenticator.at(app.now)
            status = visitor.send("/desk/invitation", "totp", code=typed).status_code
        else:
            status = change(app, visitor, act)
    # Then nothing changed, and a repeat works
    assert (status, credentials(app), changes(app)) == (503, stored, ["password+totp"])


def busy(*_state: object, **_change: object) -> list[Event]:
    raise Busy


def credentials(app: App) -> list[Credential]:
    """Return how the officer signs in: password, app and recovery codes."""
    of = app.services.sign_in.credentials.of
    return [one for kind in ("password", "totp", "recovery") for one in of("staff-chen", kind)]
