"""Who asks: what a request shows of it, and the one place where the table of `access` is kept."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from werkzeug.http import parse_cookie

from ledger.application import Ledger
from ledger.auth.sessions import Session
from ledger.errors import StaffUnknown
from pos_gateway.auth.member_api_key import member_of
from pos_gateway.auth.policies import CASHIERS, ROLES, Asking, AtDesk, AtMember, AtTill, Policy
from pos_gateway.auth.rate_limit import Pace
from pos_gateway.auth.sessions import Sessions, csrf_of
from pos_gateway.auth.till_api_key import till_of
from pos_gateway.errors.http import RoleNeeded, SentFromElsewhere, SignInNeeded

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_TEXT_MAX = 8_192


class Doorkeeper(NamedTuple):
    """What tells who asks: the ledger, the sessions, how often they may, and our own address."""

    ledger: Ledger
    pace: Pace
    sessions: Sessions
    origin: str


class Shown(NamedTuple):
    """What a request shows of who asks and where it was sent from, as WSGI has it."""

    authorization: str = ""
    cookie: str = ""
    site: str = ""
    origin: str = ""
    host: str = ""
    method: str = "GET"

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Shown:
        """What a WSGI environment says."""
        return cls(
            environ.get("HTTP_AUTHORIZATION", ""),
            environ.get("HTTP_COOKIE", "")[:_TEXT_MAX],
            environ.get("HTTP_SEC_FETCH_SITE", ""),
            environ.get("HTTP_ORIGIN", ""),
            f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}",
            environ["REQUEST_METHOD"],
        )

    def secret(self, door: str, origin: str) -> str:
        """What the cookie of a door holds; empty where there is none."""
        if not self.cookie:
            return ""
        return parse_cookie(self.cookie).get(cookie_name(door, origin), "")

    def check_sent_from_here(self, origin: str) -> None:
        """Check that what changes something was sent by a page of ours, as browsers tell.

        Raises:
            SentFromElsewhere: by another site's, or by who knows what.

        """
        if self.method in _SAFE or self.site == "same-origin":
            return
        if not self.site and self.origin in {origin, self.host}:
            return
        raise SentFromElsewhere


def cookie_name(door: str, origin: str) -> str:
    """The cookie of a door; where we are reached by TLS, one that no other host can set."""
    return f"__Host-hongka-{door}" if origin.startswith("https:") else f"hongka-{door}"


def door_of(policy: Policy) -> str:
    """Where those whom a policy lets in sign in."""
    match policy:
        case Policy.MEMBER:
            return "card"
        case Policy.TILL:
            return "till"
        case Policy.OWNER:
            return "shop"
        case _:
            return "desk"


def who_asks(policy: Policy, shown: Shown, keeper: Doorkeeper) -> Asking | None:
    """Who asks, if this policy lets them in; None where it asks for nobody.

    Raises:
        KeyRefused: there is no key, or not one that was given.
        TillRevoked: the till's pairing was ended.
        SignInNeeded: there is no session, or it is over.
        RoleNeeded: their roles do not cover this.
        SentFromElsewhere: the browser was sent here by another site.
        TooManyRequests: they have asked too often.

    """
    match policy:
        case Policy.PUBLIC:
            return None
        case Policy.TILL:
            return _till(shown, keeper)
        case Policy.MEMBER:
            return _member(shown, keeper)
        case _:
            return _staff(policy, shown, keeper)


def form_mark(policy: Policy, shown: Shown, keeper: Doorkeeper) -> str:
    """What forms of these pages must carry; empty where nobody is signed in."""
    secret = shown.secret(door_of(policy), keeper.origin)
    return csrf_of(secret) if secret else ""


def check_form(policy: Policy, shown: Shown, keeper: Doorkeeper, mark: str) -> None:
    """Check that a form was sent by a page of ours, shown to this very browser.

    Raises:
        SentFromElsewhere: it was not.

    """
    shown.check_sent_from_here(keeper.origin)
    if policy is not Policy.PUBLIC:
        wanted = form_mark(policy, shown, keeper)
        if not wanted or not hmac.compare_digest(wanted.encode(), mark.encode()):
            raise SentFromElsewhere


def _till(shown: Shown, keeper: Doorkeeper) -> AtTill:
    key = "" if shown.authorization else shown.secret("till", keeper.origin)
    if not key:
        return till_of(shown.authorization, keeper.ledger)
    shown.check_sent_from_here(keeper.origin)
    till = till_of(f"Bearer {key}", keeper.ledger)
    return till._replace(cashier_id=_cashier(till, shown, keeper))


def _cashier(till: AtTill, shown: Shown, keeper: Doorkeeper) -> str:
    """Who stands at the till, if somebody of this merchant said so and still works there."""
    session = _session("cashier", shown.secret("cashier", keeper.origin), keeper)
    if session is None:
        return ""
    staff_id = session.subject.removeprefix("staff-")
    try:
        person = keeper.ledger.appointed(staff_id)
    except StaffUnknown:
        return ""
    here = person.merchant_id == till.merchant_id and not CASHIERS.isdisjoint(person.roles)
    return staff_id if here else ""


def _member(shown: Shown, keeper: Doorkeeper) -> AtMember:
    session = None
    if not shown.authorization:
        session = _session("card", shown.secret("card", keeper.origin), keeper)
    if session is None:
        member = member_of(shown.authorization, keeper.ledger)
    else:
        shown.check_sent_from_here(keeper.origin)
        member = AtMember(session.subject.removeprefix("member-"))
    keeper.pace.check(member.member_id)
    return member


def _staff(policy: Policy, shown: Shown, keeper: Doorkeeper) -> AtDesk:
    door = door_of(policy)
    session = _session(door, shown.secret(door, keeper.origin), keeper)
    if session is None:
        raise SignInNeeded
    shown.check_sent_from_here(keeper.origin)
    try:
        person = keeper.ledger.appointed(session.subject.removeprefix("staff-"))
    except StaffUnknown:
        raise SignInNeeded from None
    keeper.pace.check(session.subject)
    if ROLES[policy].isdisjoint(person.roles):
        raise RoleNeeded
    return AtDesk(person.staff_id, person.roles, person.merchant_id)


def _session(door: str, secret: str, keeper: Doorkeeper) -> Session | None:
    return keeper.sessions.of(door, secret) if secret else None
