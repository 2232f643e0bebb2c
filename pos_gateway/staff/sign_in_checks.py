"""The checks of a sign-in, at the desk, on a phone and at the terminal alike."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import StaffUnknown
from ledger.staff import Role
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.auth.login_names import normal_handle
from pos_gateway.auth.rate_limit import GUESSES, GUESSES_ADDRESS, SECOND_STRANGERS
from pos_gateway.errors import Fault, SignInRefused, TooManyRequests
from pos_gateway.services import Services

SECOND = "second factor"
"""The guess at a code of the app, or at a recovery code, after a right password."""


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


def personal_words(services: Services, subject: str) -> list[str]:
    """Return what others may know of an officer: name, phone and birthday of their own card."""
    member_id = services.ledger.appointed(subject.removeprefix("staff-")).member_id
    person = services.vault.get(member_id) if member_id else None
    if person is None:
        return []
    return [person.name, person.phone or "", (person.identity_number or "")[6:14]]


@contextmanager
def guess(
    services: Services, realm: str, what: str, asker: Asker, *, subject: str, of: str = ""
) -> Iterator[None]:
    """Count what happens in the block as a guess at a secret: `what`, such as `password`.

    Guesses count together that one network makes at the secret of a `subject`, or at `of` instead;
    a browser in which the subject signed in before has a count of its own, so that nobody else
    stops it. Without an error in the block, its count begins anew. Wrong guesses and the first one
    too many go to the security log.

    Raises:
        TooManyRequests: there were too many; the block is not entered.
    """
    limiter, security = services.sign_in.limiter, services.sign_in.security
    known = bool(asker.browser) and services.sign_in.browsers.knows(subject, asker.browser)
    by = f"{of or subject} {asker.browser if known else asker.address}"
    told = {"subject": subject, "about": f"{realm} {what}", "address": asker.address}
    try:
        if not known:
            limiter.hit(GUESSES_ADDRESS, "guesses-address", asker.address)
            if what == SECOND:
                limiter.hit(SECOND_STRANGERS, "second-strangers", subject)
        limiter.hit(GUESSES, f"guesses-{what}", by)
    except TooManyRequests:
        if limiter.once(GUESSES.within, f"locked-{what}", by):
            security.note("sign_in", "locked_out", **told)
        raise
    try:
        yield
    except Fault:
        security.note("sign_in", "failed", **told)
        raise
    limiter.reset(f"guesses-{what}", by)


def check_password(
    services: Services, typed: str, password: str, *, realm: str, asker: Asker
) -> str:
    """Return the subject with a typed handle and this password, who belongs to the realm.

    Others raise SignInRefused, and too many guesses TooManyRequests.
    """
    handle = normal_handle(typed)
    subject = services.sign_in.names.by_handle(handle) or ""
    with guess(services, realm, "password", asker, subject=subject, of=handle):
        services.sign_in.passwords.check(subject, password)
        check_may_enter(services, realm, subject)
    return subject
