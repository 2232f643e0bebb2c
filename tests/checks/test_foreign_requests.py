"""Requests from strangers: redirect targets, Host headers, and forwarded addresses."""

import html
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import request

from pos_gateway.auth.policies import Policy
from pos_gateway.web.api_route import declare
from tests.support.app import App
from tests.support.form_client import FormClient, code_of, messages, sign_in_member

ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/card/",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,evil.example",
    "/card/\n//evil.example",
    "/card/\r\nSet-Cookie: evil.example=1",
    "/\t/evil.example",
    "/card/\x00evil.example",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "/card/" + "a" * 300,
]
HOST = "localhost"
HOUR = timedelta(hours=1)


def leads_to(location: str) -> str:
    """Return the host that a browser reaches from our page; a backslash is a slash to it."""
    seen = location.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    return urlsplit(urljoin(f"http://{HOST}/card/sign-in", seen)).netloc


def test_signing_in_redirects_to_our_own_pages_only(app: App) -> None:
    for number, wanted in enumerate(ELSEWHERE, start=1):
        app.now += HOUR  # a phone gets so many codes an hour
        visitor, path = FormClient(app), f"/card/sign-in?next={quote(wanted)}"
        visitor.see(path)
        visitor.send(path, "send", phone="13800138000")

        answer = visitor.send(path, "check", code=code_of(messages(app, number)[0]))

        assert answer.location == "/card/passkey?next=/card/", wanted
        assert "evil" not in answer.headers["Set-Cookie"]


def test_no_page_links_to_a_host_chosen_by_a_stranger(app: App) -> None:
    visitor = sign_in_member(app)

    for wanted in ELSEWHERE:
        for path in ("/card/passkey", "/card/sign-in"):
            answer = visitor.see(f"{path}?next={quote(wanted)}")
            if answer.status_code == 429:
                time.sleep(int(answer.headers["Retry-After"]))
                answer = visitor.see(f"{path}?next={quote(wanted)}")

            links = [part.partition('"')[0] for part in answer.text.split('href="')[1:]]
            assert links
            assert all(leads_to(html.unescape(link)) == HOST for link in links), wanted


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "evil.example/card"},
        {"Host": "a b"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/metrics"},
        {"X-Rewrite-URL": "/metrics"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_the_host_header_is_not_trusted(app: App, headers: dict[str, str]) -> None:
    home = app.client.get("/", headers=headers)
    door = app.client.get("/desk/statements", headers=headers)
    api = app.client.get("/api/v1/openapi.json", headers=headers)

    assert home.status_code in {200, 400}
    for answer in (home, door, api):
        assert "evil" not in answer.text
    if door.status_code == 303:
        assert door.location == "/desk/sign-in?next=/desk/statements"


Seen = Callable[..., str]


@contextmanager
def seen(tmp_path: Path, proxies: int) -> Iterator[Seen]:
    """Return the client's address and scheme, as a gateway behind so many proxies sees them."""
    database = f"sqlite:///{tmp_path}/log.db"
    made = App(database, tmp_path / "var", proxies=proxies)
    view = declare(Policy.PUBLIC, lambda: f"{request.remote_addr} {request.scheme}")
    made.flask.add_url_rule("/who", view_func=view)

    def ask(forwarded: str) -> str:
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
        return made.client.get(
            "/who", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"}
        ).text

    yield ask
    made.services.close()


def test_forwarded_headers_are_ignored_without_our_proxies(tmp_path: Path) -> None:
    with seen(tmp_path, proxies=0) as asked:
        assert asked("203.0.113.9") == "10.0.0.1 http"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
    ],
)
def test_only_headers_added_by_our_proxies_are_trusted(
    tmp_path: Path, proxies: int, forwarded: str, address: str
) -> None:
    with seen(tmp_path, proxies=proxies) as asked:
        assert asked(forwarded).split()[0] == address
