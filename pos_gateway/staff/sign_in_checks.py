"""The checks of a sign-in, at the desk, on a phone and at the terminal alike."""

from __future__ import annotations

from ledger.errors import StaffUnknown
from ledger.staff import Role
from pos_gateway.auth.login_names import normal_handle
from pos_gateway.auth.rate_limit import GUESSES, GUESSES_ADDRESS
from pos_gateway.errors import SignInRefused
from pos_gateway.services import Services


def check_may_enter(services: Services, realm: str, subject: str) -> None:
    """Raise SignInRefused unless the subject belongs to the realm.

    Members belong to `card`, owners of a merchant to `shop`, the federation's staff elsewhere.
    """
    kind, _, named = subject.partition("-")
    if realm == "card":
        if kind == "member":
            return
        raise SignInRefused
    try:
        person = services.ledger.appointed(named)
    except StaffUnknown:
        raise SignInRefused from None
    is_owner = bool(person.merchant_id) and Role.OWNER in person.roles
    at_home = is_owner if realm == "shop" else not person.merchant_id
    if kind != "staff" or not at_home:
        raise SignInRefused


def check_guesses(services: Services, what: str, of: str, *, address: str) -> None:
    """Count a guess by address, and of `of` in the counter `what`; or raise TooManyRequests."""
    services.sign_in.limiter.hit(GUESSES_ADDRESS, "guesses-address", address)
    services.sign_in.limiter.hit(GUESSES, what, of)


def check_password(
    services: Services, typed: str, password: str, *, realm: str, address: str
) -> str:
    """Return the subject with a typed handle and this password, who belongs to the realm.

    Others raise SignInRefused, and too many guesses TooManyRequests.
    """
    handle = normal_handle(typed)
    check_guesses(services, "guesses-handle", handle, address=address)
    subject = services.sign_in.names.by_handle(handle) or ""
    services.sign_in.passwords.check(subject, password)
    check_may_enter(services, realm, subject)
    services.sign_in.limiter.reset("guesses-handle", handle)
    return subject
