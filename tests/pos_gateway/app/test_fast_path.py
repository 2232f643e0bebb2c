"""The fast path answers exactly as Flask does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from pos_gateway.app.security_headers import with_security_headers
from tests.support.app_with_drop import LI, WANG, DropApp

CLAIM = {"item": "garden", "session": "morning", "party": 2}
ASKED: dict[str, Any] = {
    "a drop": ("GET", "/drops/may-day", None),
    "no such drop": ("GET", "/drops/nowhere", None),
    "too long an id": ("GET", "/drops/" + "d" * 65, None),
    "an id that is none": ("GET", "/drops/may.day", None),
    "a claim": ("PUT", "/drops/may-day/claims/k1", CLAIM),
    "no such session": ("PUT", "/drops/may-day/claims/k2", CLAIM | {"session": "night"}),
    "a field nobody knows": ("PUT", "/drops/may-day/claims/k3", CLAIM | {"seat": 1}),
    "no body": ("PUT", "/drops/may-day/claims/k4", None),
    "another method": ("DELETE", "/drops/may-day/claims/k5", None),
}


def through(drop_app: DropApp, *, front: bool, member: str = WANG, **asked: Any) -> tuple[Any, ...]:
    """Return the status, headers and content of an answer, with or without the fast path."""
    app = drop_app.flask
    past = with_security_headers(
        lambda environ, start: Flask.wsgi_app(app, environ, start), origin=""
    )
    builder = EnvironBuilder(
        path="/api/v1" + asked["path"],
        method=asked["method"],
        headers={
            "Authorization": f"Bearer {drop_app.keys.get(member, member)}",
            **asked["headers"],
        },
        data=asked["content"],
    )
    content, status, headers = run_wsgi_app(
        app.wsgi_app if front else past, builder.get_environ(), buffered=True
    )
    return status, sorted(headers.items()), b"".join(content)


def both(drop_app: DropApp, name: str, **changed: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    method, path, body = ASKED[name]
    asked: dict[str, Any] = {"method": method, "path": path, "headers": {}, "content": b""}
    if body is not None:
        asked["content"] = json.dumps(body).encode()
        asked["headers"] = {"Content-Type": "application/json"}
    asked["headers"] |= changed.pop("headers", {})
    asked |= changed
    first = through(drop_app, front=True, **asked)
    return first, through(drop_app, front=False, **asked)


@pytest.fixture
def claimed(drop_app: DropApp) -> Iterator[DropApp]:
    """Return an app in which Wang has claimed with k1, so that claiming again is a repeat."""
    drop_app.claim(WANG, "k1", party=2)
    return drop_app


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("tongue", ["", "en", "en-GB,en;q=0.9,zh;q=0.1", "fr", "\xff"])
def test_the_front_answers_as_flask_does(claimed: DropApp, name: str, tongue: str) -> None:
    headers = {"Accept-Language": tongue} if tongue else {}

    front, flask = both(claimed, name, headers=headers)

    assert front == flask


@pytest.mark.parametrize("member", [LI, "", "hkm.nobody.phone." + "A" * 43])
def test_who_asks_is_told_the_same(claimed: DropApp, member: str) -> None:
    front, flask = both(claimed, "a claim", member=member, path="/drops/nowhere/claims/k1")

    assert front == flask


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": {"Content-Type": "text/plain"}},
        {"headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"headers": {"Content-Length": "-1"}},
        {"headers": {"Content-Length": "99999999"}},
        {"headers": {"Content-Length": "7x"}},
        {"headers": {"Content-Length": "٣"}},
        {"content": b"x" * 70_000},
        {"content": b"{"},
        {"content": b'{"item":"garden","item":"garden","session":"morning"}'},
        {"content": b"\xff\xfe"},
    ],
)
def test_what_is_sent_otherwise_is_answered_the_same(
    claimed: DropApp, changed: dict[str, Any]
) -> None:
    front, flask = both(claimed, "a claim", **changed)

    assert front == flask
    assert front[0][0] in "24"


def test_a_mistake_of_ours_is_told_as_one(
    claimed: DropApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_drop_id: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(claimed.services.ledger, "drop", broken)

    front, flask = both(claimed, "a drop")

    assert (front[0], flask[0]) == ("500 INTERNAL SERVER ERROR",) * 2
    assert json.loads(front[2])["reason"] == "unexpected"
    assert caplog.text.count("ZeroDivisionError in drop") == 2


def test_what_the_front_answered_is_counted(claimed: DropApp) -> None:
    through(claimed, front=True, method="GET", path="/drops/may-day", headers={}, content=b"")

    metrics = claimed.client.get("/metrics").get_data(as_text=True)

    assert 'hongka_request_seconds_count{route="drop",status="200"} 1.0' in metrics
