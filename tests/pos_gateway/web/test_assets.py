import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.datastructures import Headers

from pos_gateway.web import assets
from pos_gateway.web.assets import ASK_AGAIN, FOR_EVER, AssetsMissing, asset
from tests.support.app import App

DIST = Path(assets.__file__).parents[1] / "static" / "dist"
NAMES = sorted(json.loads((DIST / "addresses.json").read_text())) if DIST.exists() else []


class Fetched(NamedTuple):
    status_code: int
    headers: Headers
    data: bytes


def fetch(app: App, address: str, accepted: str = "", **headers: str) -> Fetched:
    named = {"Accept-Encoding": accepted} | headers
    with app.client.get(address, headers=named) as answer:
        return Fetched(answer.status_code, answer.headers, answer.data)


def test_every_page_finds_what_it_loads() -> None:
    assert {"style.css", "card.js", "till.js", "desk.js", "sw-card.js", "sw-till.js"} <= set(NAMES)
    assert {"scanner.js", "zxing_reader.wasm", "card.webmanifest", "till.webmanifest"} <= set(NAMES)


def test_an_address_names_the_content(app: App) -> None:
    for name in NAMES:
        address = asset(name)

        content = fetch(app, address).data

        [named] = parse_qs(urlsplit(address).query)["v"]
        assert hashlib.sha256(content).hexdigest().startswith(named)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip", "gzip")],
)
def test_a_file_comes_in_the_smallest_form_the_browser_reads(
    app: App, accepted: str, encoding: str | None
) -> None:
    whole = fetch(app, asset("style.css")).data

    sent = fetch(app, asset("style.css"), accepted)

    assert sent.headers.get("Content-Encoding") == encoding
    assert sent.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sent.headers["Vary"] == "Accept-Encoding"
    assert len(sent.data) < len(whole) or encoding is None
    if encoding == "gzip":
        assert gzip.decompress(sent.data) == whole


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("card.js", "text/javascript; charset=utf-8"),
        ("zxing_reader.wasm", "application/wasm"),
        ("card.webmanifest", "application/manifest+json"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
def test_a_browser_is_told_what_a_file_is(app: App, name: str, kind: str) -> None:
    assert fetch(app, asset(name), "br").headers["Content-Type"] == kind


def test_only_an_address_that_names_this_content_is_kept_for_ever(app: App) -> None:
    address = asset("card.js")

    kept = fetch(app, address)
    plain = fetch(app, "/static/dist/card.js")
    outdated = fetch(app, "/static/dist/card.js?v=0123456789abcdef")

    assert kept.headers["Cache-Control"] == FOR_EVER
    assert [plain.headers["Cache-Control"], outdated.headers["Cache-Control"]] == [ASK_AGAIN] * 2


def test_what_a_browser_has_is_not_sent_again(app: App) -> None:
    first = fetch(app, "/static/dist/card.js", "br")

    again = fetch(app, "/static/dist/card.js", "br", **{"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.data == b""


def test_a_service_worker_may_keep_the_pages_of_its_area(app: App) -> None:
    assert fetch(app, asset("sw-card.js")).headers["Service-Worker-Allowed"] == "/"
    assert "Service-Worker-Allowed" not in fetch(app, asset("card.js")).headers


@pytest.mark.parametrize("name", ["../pages.py", "dist/../../pages.py", "dist/none.js", "dist"])
def test_nothing_else_is_sent(app: App, name: str) -> None:
    assert fetch(app, f"/static/{name}", "br, gzip").status_code == 404


def test_without_a_build_it_is_said_what_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_STATIC", tmp_path)

    with pytest.raises(AssetsMissing, match="scripts/setup"):
        asset("card.js")


def test_a_new_build_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DIST, tmp_path / "dist")
    monkeypatch.setattr(assets, "_STATIC", tmp_path)
    before = asset("card.js")

    (tmp_path / "dist" / "addresses.json").write_text('{"card.js": "/static/dist/card.js?v=new"}')

    assert (before, asset("card.js")) == (before, "/static/dist/card.js?v=new")
    with pytest.raises(AssetsMissing, match=r"till\.js"):
        asset("till.js")


def test_the_card_loads_within_its_budget() -> None:
    loaded = ["style.css.br", "card.js.br"]

    assert sum((DIST / name).stat().st_size for name in loaded) < 100_000
