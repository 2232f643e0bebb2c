"""Every link of every page is followed: no URL and no log line names a person."""

import html
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from operator import attrgetter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.staff import OF_MERCHANTS, OFFICES, Role
from pos_gateway.app.factory import create_app, services_of
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.sessions import csrf_of
from pos_gateway.demonstration import load
from pos_gateway.demonstration.market import roster
from pos_gateway.demonstration.staffing import owners
from pos_gateway.settings import Settings
from projections.engine.runner import catch_up
from tests.support.form_client import HERE

FOLLOWED = re.compile(r'\b(?:href|src|hx-get)="([^"#]+)"')
SENT_TO = re.compile(r'\b(?:action|formaction|hx-post)="([^"]+)"')
NUMBER = re.compile(r"(?<![0-9a-f])(?:1[3-9]\d{9}|\d{17}[\dX])(?![0-9a-f])")
"""A phone or identity number, but no run of digits in a hash."""

PAGES_MAX = 120
ASKED_AT_ONCE = 15
"""The requests at once, within every rate limit."""

Renewed = Callable[[], str]


class CrawledDemo:
    """The demonstration, and new people of any role."""

    def __init__(self, var: Path) -> None:
        settings = Settings.read({"HONGKA_VAR": str(var), "HONGKA_DEMONSTRATION": "yes"})
        self.app: Flask = create_app(settings)
        self.services = services_of(self.app)
        self.plan = load(self.services)
        catch_up(self.services.views, self.services.ledger.facts)
        self._numbers = count()
        last_day = self.services.ledger.day(self.services.clock())
        self.people = [row.person for row in roster(last_day=last_day)]

    @property
    def personal(self) -> set[str]:
        """Return the data that no URL may hold."""
        fields = (attrgetter(one) for one in ("name", "phone", "identity_number"))
        told = {field(one) for field in fields for one in self.people}
        return (told | {one.phone for one in owners()}) - {None}

    def walk(self, door: str, renewed: Renewed, *begun: str) -> dict[str, set[str]]:
        """Return every URL on every page reached from the first ones, by page."""
        waiting, found = deque([f"/{door}/", *begun]), dict[str, set[str]]()
        client = self.app.test_client()
        while waiting and len(found) < PAGES_MAX:
            path = waiting.popleft()
            if path in found:
                continue
            if len(found) % ASKED_AT_ONCE == 0:
                client = self.client(door, renewed())
            with client.get(path) as answer:
                assert answer.status_code in {200, 303}, path
                followed = addresses(answer, path, FOLLOWED)
                found[path] = followed | addresses(answer, path, SENT_TO)
            inside = [one for one in followed if urlsplit(one).path.startswith(f"/{door}")]
            waiting += sorted(one for one in inside if not _changes_looks(one))
        return found

    def client(self, door: str, secret: str) -> FlaskClient:
        """Return a client with a session."""
        made = self.app.test_client()
        made.set_cookie(cookie_name(door, self.services.settings.origin), secret)
        return made

    def staff(self, role: Role) -> str:
        """Return the session secret of a new person of this role."""
        staff_id = f"walker-{next(self._numbers)}"
        merchant_id = self.plan.tills[0].merchant_id if role in OF_MERCHANTS else ""
        self.services.ledger.officers.staff.appoint_staff(
            staff_id, roles=[role], merchant_id=merchant_id
        )
        return self.begin("shop" if merchant_id else "desk", f"staff-{staff_id}")

    def member(self) -> str:
        """Return the session secret of the next member."""
        person = self.people[next(self._numbers)]
        (member_id, *_) = self.services.vault.find(phone=person.phone)
        return self.begin("card", f"member-{member_id}")

    def begin(self, door: str, subject: str) -> str:
        """Start a session. Return its secret."""
        return self.services.sessions.begin(door, subject, device="test", methods="test")


def addresses(answer: TestResponse, path: str, where: re.Pattern[str]) -> set[str]:
    """Return the URLs in these attributes of a page."""
    texts = where.findall(answer.text) if answer.mimetype == "text/html" else []
    texts += [answer.location] if answer.location else []
    return {urljoin(path, html.unescape(one)) for one in texts}


def _changes_looks(address: str) -> bool:
    return any(one in urlsplit(address).query for one in ("lang=", "large="))


def persons_in(found: set[str], personal: set[str]) -> set[str]:
    """Return the URLs that name a person."""
    return {
        one
        for one in map(unquote, found)
        if NUMBER.search(one) or any(told in one for told in personal)
    }


@pytest.fixture(scope="module")
def crawled_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrawledDemo]:
    made = CrawledDemo(tmp_path_factory.mktemp("town") / "var")
    yield made
    made.services.close()


WALKS: dict[str, Callable[[CrawledDemo], dict[str, set[str]]]] = {
    **{
        role: lambda crawled_demo, role=role: crawled_demo.walk(
            "desk", lambda: crawled_demo.staff(role)
        )
        for role in sorted(OFFICES)
    },
    "owner": lambda crawled_demo: crawled_demo.walk("shop", lambda: crawled_demo.staff(Role.OWNER)),
    "member": lambda crawled_demo: crawled_demo.walk("card", crawled_demo.member),
    "till": lambda crawled_demo: crawled_demo.walk("till", lambda: crawled_demo.plan.tills[0].key),
    "anybody": lambda crawled_demo: crawled_demo.walk(
        "demonstration", str, "/", "/outbox", "/api/v1/"
    ),
}


PAGES_LEAST = {
    "analyst": 40,
    "auditor": 40,
    "clerk": 30,
    "reviewer": 40,
    "treasurer": 40,
    "owner": 10,
    "member": 10,
    "till": 4,
    "anybody": 4,
}
"""The least number of pages that each role reaches; a crawl that stops at sign-in finds nothing."""


@pytest.mark.parametrize("who", WALKS)
def test_no_url_of_any_page_names_a_person(
    crawled_demo: CrawledDemo, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = WALKS[who](crawled_demo)

    assert who in PAGES_LEAST, (
        f"{who} sees {len(found)} pages: add the line"
        f' "{who}": {len(found)}, to PAGES_LEAST in tests/checks/test_private_addresses.py'
    )
    assert len(found) >= PAGES_LEAST[who]
    assert not persons_in(set(found).union(*found.values()), crawled_demo.personal)
    assert not any(told in caplog.text for told in crawled_demo.personal)


def test_a_search_by_phone_appears_in_no_url(crawled_demo: CrawledDemo) -> None:
    secret, person = crawled_demo.staff(Role.CLERK), crawled_demo.people[0]
    client = crawled_demo.client("desk", secret)

    answer = client.post(
        "/desk/members", headers=HERE, data={"csrf": csrf_of(secret), "sought": person.phone}
    )

    assert answer.status_code == 200
    links = addresses(answer, "/desk/members", FOLLOWED)
    (member,) = (one for one in links if re.search("/members/(?!new|import)", one))
    shown = client.get(member)
    assert shown.status_code == 200
    assert person.phone in shown.text
    assert not persons_in(links | addresses(shown, member, FOLLOWED), crawled_demo.personal)


@pytest.mark.control
def test_a_url_that_names_a_person_is_found() -> None:
    personal = {"王小明"}

    assert persons_in({"/desk/members?q=%E7%8E%8B%E5%B0%8F%E6%98%8E"}, personal)
    assert persons_in({"/card/13800138000"}, personal)
    assert persons_in({"/desk/110228199003070017"}, personal)
    assert not persons_in({"/static/dist/card.js?v=a13800138000b"}, personal)
