"""The start of a session: the check of the realm, and the cookie of the browser."""

import re
from datetime import timedelta

from flask import Response, request

from ledger.auth.sessions import Session
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.known_browsers import LASTS, Asker
from pos_gateway.auth.security_log import Event, Outcome, network_of
from pos_gateway.auth.sessions import REALMS
from pos_gateway.errors import SignInStale
from pos_gateway.services import Services
from pos_gateway.staff.sign_in_checks import check_may_enter
from pos_gateway.web.page_route import next_path, see

HOMES = {"card": "/card/", "desk": "/desk/", "shop": "/shop/"}
"""The first page of each realm."""

BROWSER = "browser"
"""The cookie with the secret of a browser, in all realms."""

FRESH = timedelta(minutes=10)
"""The time after a sign-in in which its session may change how the person signs in."""

_SYSTEMS = ("iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux")
_BROWSERS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
_SHOWN_AS = {"MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac"}


def address() -> str:
    """Return the client's network, for rate limits: see `network_of`.

    Trusted proxies are already taken into account.
    """
    return network_of(request.remote_addr or "")


def asker(services: Services) -> Asker:
    """Return the client of the request; a browser without our cookie has no secret."""
    return Asker(address(), cookie(services, BROWSER))


def device() -> str:
    """Return the client's system and browser, such as `Android · Chrome`; `?` if unknown."""
    agent = request.headers.get("User-Agent", "")[:500]
    found = [
        next((_SHOWN_AS.get(one, one) for one in known if re.search(rf"\b{one}\b", agent)), "")
        for known in (_SYSTEMS, _BROWSERS)
    ]
    return " · ".join(filter(None, found)) or "?"


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
    """Start a session in place of the browser's earlier one, set its cookie; or SignInRefused.

    The browser is known from now on: see `KnownBrowsers`.
    """
    check_may_enter(services, realm, subject)
    end_session(services, realm)
    secret = services.sessions.begin(realm, subject, device=device(), methods=methods)
    note(services, "sign_in", subject=subject, about=f"{realm} {methods}")
    browser = services.sign_in.browsers.secret(cookie(services, BROWSER))
    services.sign_in.browsers.remember(subject, browser)
    with_cookie(response, services, realm, secret, REALMS[realm].lasts)
    return with_cookie(response, services, BROWSER, browser, LASTS)


def end_session(services: Services, realm: str) -> None:
    """End this browser's session in a realm, if it has one; the cookie stays."""
    session = current(services, realm)
    if session is not None:
        services.sessions.end(session.subject, session.session_id)
        note(services, "sign_out", subject=session.subject, about=realm)


def current(services: Services, realm: str) -> Session | None:
    """Return this browser's live session in a realm; None without one."""
    secret = cookie(services, realm)
    return services.sessions.of(realm, secret) if secret else None


def check_fresh(services: Services, realm: str) -> None:
    """Raise SignInStale unless this browser signed in to a realm within FRESH."""
    session = current(services, realm)
    if session is None or session.begun_at + FRESH <= services.ledger.time():
        raise SignInStale


def note(services: Services, event: Event, outcome: Outcome = "ok", **told: str) -> None:
    """Note an event of this request in the security log."""
    services.sign_in.security.note(event, outcome, address=address(), **told)


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
