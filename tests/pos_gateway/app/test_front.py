"""The front answers exactly as Flask does."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Response
from flask import request as asked

from tests.support.app import App
from tests.support.app_with_drop import LI, WANG, DropApp
from tests.support.served_front import (
    Heard,
    ServedFront,
    exchange,
    request,
    served_flask,
    served_front,
)

JSON = ("Content-Type", "application/json")
CLAIM = {"item": "garden", "session": "morning", "party": 2}
OF_THE_SERVER = ("RAW_URI", "REMOTE_PORT", "REQUEST_URI", "SERVER_PORT", "SERVER_SOFTWARE")
LARGE = bytes(range(256)) * 6_000


class Both(NamedTuple):
    """An app with a drop, in which Wang has claimed with k1, served with and without the front."""

    app: DropApp
    front: ServedFront
    flask: int

    def answers(self, sent: bytes) -> Heard:
        """Send a request to both, compare the answers, and return the front's."""
        heard = exchange(self.front.port, sent)
        assert heard == exchange(self.flask, sent)
        return heard

    def rest(self) -> None:
        """Fill the rate limits again."""
        self.app.flask.extensions["hongka.front"].authenticator.limiter._buckets.clear()

    def key(self, member: str = WANG) -> tuple[str, str]:
        """Return the header with a member's key; of nobody's, that text."""
        return "Authorization", f"Bearer {self.app.keys.get(member, member)}"


@pytest.fixture
def both(drop_app: DropApp) -> Iterator[Both]:
    app = drop_app.flask
    app.view_functions["home"] = home
    drop_app.claim(WANG, "k1", party=2)
    with served_front(app) as front, served_flask(app) as flask:
        yield Both(drop_app, front, flask)


def home() -> Response:
    """Answer what the query asks for, or what the app was told of the request."""
    match asked.args.get("as"):
        case "large":
            return Response(LARGE)
        case "streamed":
            return Response(LARGE[at : at + 70_000] for at in range(0, len(LARGE), 70_000))
        case "nothing":
            return Response(status=204)
        case "broken":
            return Response(broken())
        case _:
            told = {k: v for k, v in sorted(asked.environ.items()) if isinstance(v, str)}
            told = {name: text for name, text in told.items() if name not in OF_THE_SERVER}
            return Response(json.dumps([told, len(asked.get_data())]))


def broken() -> Iterator[bytes]:
    yield LARGE
    raise ZeroDivisionError


DROP_ADDRESSES = {
    "no such drop": "/drops/nowhere",
    "too long an id": "/drops/" + "d" * 65,
    "an id that is none": "/drops/may.day",
    "a slash that is none": "/drops/may%2Fday",
    "two points": "/drops/../drops/may-day",
    "two slashes": "//drops/may-day",
    "Chinese": "/drops/五一?x=五一",
    "Chinese, encoded": "/drops/%E4%BA%94%E4%B8%80?q=%E4%BA%94",
    "no UTF-8": "/drops/%FF",
    "a list": "/keys",
}
CLAIMS = {
    "a claim": ("k1", CLAIM),
    "no such session": ("k2", CLAIM | {"session": "night"}),
    "a field nobody knows": ("k3", CLAIM | {"seat": 1}),
    "no body": ("k4", None),
}
TONGUES = ("", "en", "en-GB,en;q=0.9,zh;q=0.1", "fr", "\xff")


@pytest.mark.parametrize("tongue", TONGUES)
def test_the_front_answers_as_flask_does(both: Both, tongue: str) -> None:
    language = ("Accept-Language", tongue)
    read = {
        name: both.answers(request("GET", "/api/v1" + path, headers=[language])).status
        for name, path in DROP_ADDRESSES.items()
    }
    claimed = {}
    for name, (claim_id, body) in CLAIMS.items():
        path = f"/api/v1/drops/may-day/claims/{claim_id}"
        content = b"" if body is None else json.dumps(body).encode()
        headers = [both.key(), language, *([JSON] if content else [])]
        claimed[name] = both.answers(request("PUT", path, content, headers)).status
        both.answers(request("DELETE", path, content, headers))

    assert read["no such drop"] == 404
    assert claimed == {
        "a claim": 200,
        "no such session": 409,
        "a field nobody knows": 422,
        "no body": 415,
    }


def test_a_drop_is_read_as_flask_reads_it(both: Both) -> None:
    for path in ("/drops/may-day", "/drops/may%2Dday"):
        sent = request("GET", "/api/v1" + path)
        front, flask = (exchange(port, sent) for port in (both.front.port, both.flask))

        assert front[:2] == flask[:2]
        assert front.body[100:] == flask.body[100:]
        assert front.status == 200


@pytest.mark.parametrize("member", [LI, "", "hkm.nobody.phone." + "A" * 43])
def test_who_asks_is_told_the_same(both: Both, member: str) -> None:
    body = json.dumps(CLAIM).encode()

    both.answers(request("PUT", "/api/v1/drops/x/claims/k1", body, [JSON, both.key(member)]))


SENT_OTHERWISE: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "text": (b"{}", [("Content-Type", "text/plain")]),
    "a charset": (
        json.dumps(CLAIM).encode(),
        [("Content-Type", "application/json; charset=utf-8")],
    ),
    "too long": (b"x" * 70_000, [JSON]),
    "half": (b"{", [JSON]),
    "a name twice": (b'{"item":"garden","item":"garden","session":"morning"}', [JSON]),
    "no text": (b"\xff\xfe", [JSON]),
    "chunks": (
        b"10\r\n"
        + json.dumps(CLAIM).encode()[:16]
        + b"\r\n"
        + f"{len(json.dumps(CLAIM)) - 16:x}".encode()
        + b"\r\n"
        + json.dumps(CLAIM).encode()[16:]
        + b"\r\n0\r\n\r\n",
        [JSON, ("Transfer-Encoding", "chunked")],
    ),
}


@pytest.mark.parametrize("name", SENT_OTHERWISE)
def test_what_is_sent_otherwise_is_answered_the_same(both: Both, name: str) -> None:
    body, headers = SENT_OTHERWISE[name]
    for key in (both.key(), both.key("")):
        heard = both.answers(
            request("PUT", "/api/v1/drops/may-day/claims/k1", body, [key, *headers])
        )
        assert str(heard.status)[0] in "24"


def test_doubled_headers_are_told_as_one(both: Both) -> None:
    doubled = [both.key(), both.key(LI), ("Cookie", "a=1"), ("X-A", "1"), ("X-A", "2"), ("X-B", "")]

    heard = both.answers(request("GET", "/?q=%20&q=%E4%BA%94", headers=doubled))
    refused = both.answers(
        request("PUT", "/api/v1/drops/x/claims/k1", b"{}", [JSON, both.key(), both.key(LI)])
    )

    assert b'"HTTP_X_A": "1,2"' in heard.body
    assert refused.status == 401


def test_a_near_proxy_is_believed_as_by_flask(tmp_path: Path) -> None:
    app = App(
        f"sqlite:///{tmp_path}/log.db", tmp_path / "var", proxies=1, origin="https://card.example"
    )
    statuses = []
    with closing(app), served_front(app.flask) as front, served_flask(app.flask) as flask:
        for scheme in ("https", "http", "https, http"):
            body = json.dumps({"code": app.printed, "amount_minor": 100}).encode()
            sent = request(
                "POST",
                "/api/v1/validations",
                body,
                [
                    JSON,
                    ("Cookie", f"__Host-hongka-till={app.key}"),
                    ("Origin", "https://localhost"),
                    ("X-Forwarded-Proto", scheme),
                ],
            )
            for _ in range(2):  # by Flask, which gets to know the till, and on the loop
                heard = exchange(front.port, sent)
                assert heard == exchange(flask, sent)
            statuses.append(heard.status)

    assert statuses == [200, 403, 403]


def test_a_header_with_an_underscore_is_dropped(both: Both) -> None:
    heard = exchange(both.front.port, request("GET", "/", headers=[("X_Forwarded_For", "1.2.3.4")]))

    assert heard.status == 200
    assert b"1.2.3.4" not in heard.body


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_pages_and_other_methods_are_flasks(both: Both, method: str) -> None:
    for path in ("/", "/api/v1/drops/nowhere", "/card/", "/healthz", "/%E4%B8%AD/../%2F"):
        both.answers(request(method, path, b"", [("Accept", "text/html")]))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_large_and_streamed_answers_come_whole(both: Both, method: str) -> None:
    heard = [both.answers(request(method, f"/?as={kind}")) for kind in ("large", "streamed")]
    nothing = both.answers(request(method, "/?as=nothing"))

    assert [one.body for one in heard] == [LARGE if method == "GET" else b""] * 2
    assert nothing.status == 204


def test_an_answer_that_breaks_off_ends_and_is_written_down(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    heard = exchange(both.front.port, request("GET", "/?as=broken"))

    assert heard.body == LARGE
    assert "ZeroDivisionError" in caplog.text


def test_what_did_not_change_is_not_sent_again(both: Both) -> None:
    first = both.answers(request("GET", "/static/dist/style.css"))
    tag = dict(first.headers)["etag"]

    again = both.answers(request("GET", "/static/dist/style.css", headers=[("If-None-Match", tag)]))

    assert (again.status, again.body) == (304, b"")


def test_a_mistake_of_ours_is_told_as_one(
    both: Both, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_drop_id: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(both.app.services.ledger, "drop", broken)

    sent = request("GET", "/api/v1/drops/may-day")
    front, flask = exchange(both.front.port, sent), exchange(both.flask, sent)

    assert (front.status, flask.status) == (500, 500)
    assert json.loads(front.body)["reason"] == "unexpected"
    assert caplog.text.count("ZeroDivisionError in drop") == 2


def test_what_the_front_answered_is_counted(both: Both) -> None:
    exchange(both.front.port, request("GET", "/api/v1/drops/may-day"))

    metrics = both.app.health.get("/metrics").text

    assert 'hongka_request_seconds_count{route="drop",status="200"} 1.0' in metrics
    assert "hongka_loop_late_seconds_count" in metrics
