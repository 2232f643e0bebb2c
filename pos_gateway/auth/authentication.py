"""Authentication of requests, and the check of their policy."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from werkzeug.http import parse_cookie

from ledger import staff
from ledger.application import Ledger
from ledger.auth.sessions import Session
from ledger.errors import HongkaError, StaffUnknown
from pos_gateway.auth.api_key import member_of, till_of
from pos_gateway.auth.policies import (
    CASHIERS,
    ROLES,
    Identity,
    MemberIdentity,
    Policy,
    StaffIdentity,
    TillIdentity,
)
from pos_gateway.auth.rate_limit import RateLimiter
from pos_gateway.auth.security_log import SecurityLog
from pos_gateway.auth.sessions import Sessions, csrf_of
from pos_gateway.errors import RoleNeeded, SentFromElsewhere, SignInNeeded

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_TEXT_MAX = 8_192
_REALMS = {Policy.MEMBER: "card", Policy.TILL: "till", Policy.OWNER: "shop"}


class RequestCredentials(NamedTuple):
    """The headers of a request that tell its sender: API key, cookies and origin; empty if missing.

    `site` is `Sec-Fetch-Site`, and `host` is the scheme and host that the request was sent to.
    """

    authorization: str = ""
    cookie: str = ""
    site: str = ""
    origin: str = ""
    host: str = ""
    method: str = "GET"
    address: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> RequestCredentials:
        """Return the credentials of a WSGI request; its cookies are cut at 8,192 characters."""
        return cls(
            environ.get("HTTP_AUTHORIZATION", ""),
            environ.get("HTTP_COOKIE", "")[:_TEXT_MAX],
            environ.get("HTTP_SEC_FETCH_SITE", ""),
            environ.get("HTTP_ORIGIN", ""),
            f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}",
            environ["REQUEST_METHOD"],
            environ.get("REMOTE_ADDR", ""),
        )

    def secret(self, realm: str, origin: str) -> str:
        """Return the session secret or till key in a realm's cookie; empty without the cookie.

        `origin` is the public address of this gateway, which decides the cookie's name.
        """
        if not self.cookie:
            return ""
        return parse_cookie(self.cookie).get(cookie_name(realm, origin), "")

    def check_origin(self, origin: str) -> None:
        """Raise SentFromElsewhere unless it only reads, or a page of `origin` or `host` sent it."""
        if self.method in _SAFE or self.site == "same-origin":
            return
        if not self.site and self.origin in {origin, self.host}:
            return
        raise SentFromElsewhere


def cookie_name(realm: str, origin: str) -> str:
    """Return the name of a realm's cookie; over TLS with `__Host-`, which no other host can set."""
    return f"__Host-hongka-{realm}" if origin.startswith("https:") else f"hongka-{realm}"


def realm_of(policy: Policy) -> str:
    """Return the realm in which a policy's callers sign in: `card`, `till`, `shop`, else `desk`."""
    return _REALMS.get(policy, "desk")


class Authenticator(NamedTuple):
    """Identifies callers by API key or session, and checks them against the policy of a URL."""

    ledger: Ledger
    limiter: RateLimiter
    sessions: Sessions
    origin: str
    security: SecurityLog

    def identify(self, policy: Policy, shown: RequestCredentials) -> Identity | None:
        """Return the caller as `caller` does; what is refused goes to the security log."""
        try:
            return self.caller(policy, shown)
        except (RoleNeeded, SentFromElsewhere) as refused:
            self._note(refused, policy, shown)
            raise

    def caller(self, policy: Policy, shown: RequestCredentials) -> Identity | None:
        """Return the caller, if the policy admits them; return None for the policy PUBLIC.

        Raises:
            KeyRefused: a till or member has neither a valid API key nor a live session.
            TillRevoked: the till was revoked.
            SignInNeeded: staff have no live session, or were dismissed.
            RoleNeeded: the person has none of the roles that the policy admits.
            SentFromElsewhere: a page of another site sent a request that changes something.
            TooManyRequests: the member or person sends requests too fast.
        """
        match policy:
            case Policy.PUBLIC:
                return None
            case Policy.TILL:
                return self._till(shown)
            case Policy.MEMBER:
                return self._member(shown)
            case _:
                return self._staff(policy, shown)

    def csrf_token(self, policy: Policy, shown: RequestCredentials) -> str:
        """Return the CSRF token for the forms of a page; empty where the browser has no cookie."""
        secret = shown.secret(realm_of(policy), self.origin)
        return csrf_of(secret) if secret else ""

    def check_form(self, policy: Policy, shown: RequestCredentials, token: str) -> None:
        """Raise SentFromElsewhere unless our page sent the form; PUBLIC ones need no `token`."""
        try:
            shown.check_origin(self.origin)
            if policy is not Policy.PUBLIC:
                self._check_token(self.csrf_token(policy, shown), token)
        except SentFromElsewhere as refused:
            self._note(refused, policy, shown)
            raise

    @staticmethod
    def _check_token(wanted: str, token: str) -> None:
        if not wanted or not hmac.compare_digest(wanted.encode(), token.encode()):
            raise SentFromElsewhere

    def _note(self, error: HongkaError, policy: Policy, shown: RequestCredentials) -> None:
        session = self._session(realm_of(policy), shown)
        self.security.note(
            "role_refused" if isinstance(error, RoleNeeded) else "form_refused",
            "refused",
            subject=session.subject if session else "",
            about=policy,
            address=shown.address,
        )

    def _till(self, shown: RequestCredentials) -> TillIdentity:
        key = "" if shown.authorization else shown.secret("till", self.origin)
        if not key:
            return till_of(shown.authorization, self.ledger)
        shown.check_origin(self.origin)
        till = till_of(f"Bearer {key}", self.ledger)
        return till._replace(cashier_id=self._cashier(till, shown))

    def _cashier(self, till: TillIdentity, shown: RequestCredentials) -> str:
        """Return the id of the till's signed-in cashier; empty if it has none of its merchant."""
        person = self._person("cashier", shown)
        if person is None or person.merchant_id != till.merchant_id:
            return ""
        return "" if CASHIERS.isdisjoint(person.roles) else person.staff_id

    def _member(self, shown: RequestCredentials) -> MemberIdentity:
        session = None if shown.authorization else self._session("card", shown)
        if session is None:
            member = member_of(shown.authorization, self.ledger)
        else:
            shown.check_origin(self.origin)
            member = MemberIdentity(session.subject.removeprefix("member-"))
        self.limiter.hit(member.member_id)
        return member

    def _staff(self, policy: Policy, shown: RequestCredentials) -> StaffIdentity:
        person = self._person(realm_of(policy), shown)
        if person is None:
            raise SignInNeeded
        shown.check_origin(self.origin)
        self.limiter.hit(staff.stream(person.staff_id))
        if ROLES[policy].isdisjoint(person.roles):
            raise RoleNeeded
        return StaffIdentity(person.staff_id, person.roles, person.merchant_id)

    def _person(self, realm: str, shown: RequestCredentials) -> staff.Staff | None:
        """Return who is signed in; None without a live session, or if they were dismissed."""
        session = self._session(realm, shown)
        try:
            return session and self.ledger.appointed(session.subject.removeprefix("staff-"))
        except StaffUnknown:
            return None

    def _session(self, realm: str, shown: RequestCredentials) -> Session | None:
        secret = shown.secret(realm, self.origin)
        known = secret and realm != "till"
        return self.sessions.of(realm, secret) if known else None
