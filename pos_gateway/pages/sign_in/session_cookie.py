"""The start of a session: the check of the realm, and the cookie of the browser."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from flask import Response, request

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import REALMS
from pos_gateway.services import Services
from pos_gateway.staff import sign_in_checks
from pos_gateway.staff.sign_in_checks import check_may_enter
from pos_gateway.web.page_route import next_path, see

HOMES = {"card": "/card/", "desk": "/desk/", "shop": "/shop/"}
"""The first page of each realm."""

_NETWORK_BITS = 64
_SYSTEMS = ("iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux")
_BROWSERS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
_SHOWN_AS = {"MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac"}


def address() -> str:
    """Return the client's IP address, for rate limits; for IPv6 return its /64 network.

    A client usually has a whole network. Trusted proxies are already taken into account.
    """
    said = request.remote_addr or ""
    try:
        found = ip_address(said)
    except ValueError:
        return said
    if isinstance(found, IPv4Address):
        return said
    return str(found.ipv4_mapped or ip_network((found, _NETWORK_BITS), strict=False))


def device() -> str:
    """Return the client's system and browser, such as `Android · Chrome`; `?` if unknown."""
    agent = request.headers.get("User-Agent", "")[:500]
    found = [
        next((_SHOWN_AS.get(one, one) for one in known if re.search(rf"\b{one}\b", agent)), "")
        for known in (_SYSTEMS, _BROWSERS)
    ]
    return " · ".join(filter(None, found)) or "?"


def check_guesses(services: Services, what: str, of: str) -> None:
    """Count a guess by address, and of `of` in the counter `what`; or raise TooManyRequests."""
    sign_in_checks.check_guesses(services, what, of, address=address())


def start_session(services: Services, realm: str, subject: str, methods: str) -> Response:
    """Start a session, and redirect to `next` of the query, or to the realm's first page.

    `next` counts only within the realm. `methods` names the ways of proof, such as `password+totp`.
    SignInRefused is raised for a subject outside the realm.
    """
    wanted = next_path()
    path = wanted if wanted.startswith(HOMES[realm]) else HOMES[realm]
    return with_session(see(path), services, realm, subject, methods)


def with_session(
    response: Response, services: Services, realm: str, subject: str, methods: str
) -> Response:
    """Start a session in place of the browser's earlier one, set its cookie; or SignInRefused."""
    check_may_enter(services, realm, subject)
    end_session(services, realm)
    secret = services.sessions.begin(realm, subject, device=device(), methods=methods)
    return with_cookie(response, services, realm, secret, REALMS[realm].lasts)


def end_session(services: Services, realm: str) -> None:
    """End this browser's session in a realm, if it has one; the cookie stays."""
    secret = cookie(services, realm)
    session = services.sessions.of(realm, secret) if secret else None
    if session is not None:
        services.sessions.end(session.subject, session.session_id)


def cookie(services: Services, name: str) -> str:
    """Return the value of a cookie of this gateway by its short name, as `card`; "" if missing."""
    return request.cookies.get(cookie_name(name, services.settings.origin), "")


def with_cookie(
    response: Response, services: Services, name: str, value: str, lasts: timedelta
) -> Response:
    """Set a cookie, by its short name, for the time `lasts`, and return the response."""
    origin = services.settings.origin
    response.set_cookie(
        cookie_name(name, origin),
        value,
        max_age=round(lasts.total_seconds()),
        secure=origin.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


def without_cookie(response: Response, services: Services, name: str) -> Response:
    """Delete a cookie of this gateway in the browser, and return the response."""
    return with_cookie(response, services, name, "", timedelta())
