"""Letting somebody in: whether they may at this door, and the cookie their browser gets."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network

from flask import Response, request

from ledger.errors import StaffUnknown
from ledger.staff import Role
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import DOORS
from pos_gateway.auth.shared_rate_limit import GUESSES, GUESSES_ADDRESS
from pos_gateway.errors.sign_in import SignInRefused
from pos_gateway.services import House
from pos_gateway.web.page_route import next_path, see

HOMES = {"card": "/card/", "desk": "/desk/", "shop": "/shop/"}
"""Where people go on once they are in, unless they asked for something else."""

_NETWORK_BITS = 64
_SYSTEMS = ("iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux")
_BROWSERS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
_SHOWN_AS = {"MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac"}


def address() -> str:
    """The address the request in hand comes from, behind the proxies that are ours.

    Of IPv6 the network of 64 bits: whoever has one, has them all.
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
    """What the browser in hand says it is, in two words; ? where it says nothing we know."""
    agent = request.headers.get("User-Agent", "")[:500]
    found = [
        next((_SHOWN_AS.get(one, one) for one in known if re.search(rf"\b{one}\b", agent)), "")
        for known in (_SYSTEMS, _BROWSERS)
    ]
    return " · ".join(filter(None, found)) or "?"


def check_may_enter(house: House, door: str, subject: str) -> None:
    """Check that somebody who proved who they are belongs at this door.

    Raises:
        SignInRefused: they do not, or no longer.

    """
    kind, _, named = subject.partition("-")
    if door == "card":
        if kind == "member":
            return
        raise SignInRefused
    try:
        person = house.ledger.appointed(named)
    except StaffUnknown:
        raise SignInRefused from None
    is_owner = bool(person.merchant_id) and Role.OWNER in person.roles
    at_home = is_owner if door == "shop" else not person.merchant_id
    if kind != "staff" or not at_home:
        raise SignInRefused


def check_guesses(house: House, what: str, of: str) -> None:
    """Count a guess at what somebody knows, theirs and their address's.

    Raises:
        TooManyRequests: one too many.

    """
    now = house.clock()
    house.reception.limits.check(GUESSES_ADDRESS, "guesses-address", address(), now=now)
    house.reception.limits.check(GUESSES, what, of, now=now)


def let_in(house: House, door: str, subject: str, methods: str) -> Response:
    """Let somebody in who proved who they are; on to where they wanted to go.

    Raises:
        SignInRefused: they do not belong at this door.
        Busy: not now.

    """
    wanted = next_path()
    path = wanted if wanted.startswith(HOMES[door]) else HOMES[door]
    return with_session(see(path), house, door, subject, methods)


def with_session(
    response: Response, house: House, door: str, subject: str, methods: str
) -> Response:
    """A response that carries a new session; the one this browser had at the door is ended.

    Raises:
        SignInRefused: they do not belong at this door.
        Busy: not now.

    """
    check_may_enter(house, door, subject)
    origin = house.settings.origin
    name = cookie_name(door, origin)
    end_session(house, door)
    secret = house.sessions.begin(door, subject, device=device(), methods=methods)
    response.set_cookie(
        name,
        secret,
        max_age=round(DOORS[door].lasts.total_seconds()),
        secure=origin.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


def end_session(house: House, door: str) -> None:
    """End the session that this browser has at a door, if any.

    Raises:
        Busy: not now.

    """
    secret = request.cookies.get(cookie_name(door, house.settings.origin), "")
    session = house.sessions.of(door, secret) if secret else None
    if session is not None:
        house.sessions.end(session.subject, session.session_id)
