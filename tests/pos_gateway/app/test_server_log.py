import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from pos_gateway.app import server as serving
from pos_gateway.settings import Settings
from tests.pos_gateway.app.test_server import Server
from tests.support.app import App

PHONE, NAME = "13800138000", "王小明"


def ask(server: Server, path: str, **fields: str) -> int:
    """Send a form, or get a page. Return the status."""
    data = urllib.parse.urlencode(fields).encode() if fields else None
    asked = urllib.request.Request(server.address + path, data=data)  # noqa: S310 - ours
    asked.add_header("Sec-Fetch-Site", "same-origin")
    asked.add_header("Authorization", f"Bearer {PHONE}")
    asked.add_header("User-Agent", PHONE)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - likewise
            status: int = answer.status
    except urllib.error.HTTPError as problem:
        status = problem.code
        problem.close()
    return status


def test_what_a_server_writes_down_names_nobody_and_no_request(app: App, tmp_path: Path) -> None:
    named = urllib.parse.quote(NAME)
    app.services.close()
    server = Server(tmp_path, 1)
    try:
        assert server.wait_until_ready()

        statuses = {
            ask(server, f"/?name={named}&phone={PHONE}"),
            ask(server, f"/card/family/{PHONE}"),
            ask(server, f"/nowhere/{named}/{PHONE}"),
            ask(server, "/card/sign-in", act="send", phone=PHONE),
            ask(server, "/desk/sign-in", act="password", handle=PHONE, password=NAME),
        }
        server.process.terminate()
        said = server.lines.read()
    finally:
        server.stop()

    assert statuses <= {200, 303, 403, 404, 429}
    written = said + (tmp_path / "errors").read_text(encoding="utf-8")
    assert "worker" in said
    for told in (PHONE, NAME, named, "/card/", "/nowhere"):
        assert told not in written


def test_a_server_that_does_not_answer_says_so_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "START_SECONDS_MAX", 0)

    serving._say_ready(Settings.read({"HONGKA_VAR": str(tmp_path)}))

    assert caplog.messages == ["not ready after 0 s"]
