"""A real Chromium, a gateway for it to reach, and checks of the pages it shows."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import qrcode
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from ledger.store.clock import process_time
from pos_gateway.app.factory import create_app, services_of
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from scripts.chromium import FLAGS, fonts, program

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".venv/web/node_modules/axe-core/axe.min.js"
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
WAIT_MS = 20_000
"""The longest wait for a page: a machine of two cores may run two browsers and more."""

STOPS_SECONDS = 0.05

expect.set_options(timeout=WAIT_MS)


class LiveServer:
    """A gateway on a free port, in threads of this process; `address` is its URL."""

    def __init__(self, var: Path, **settings: Any) -> None:
        self.now: datetime | None = None
        chosen = msgspec.structs.replace(Settings.read({"HONGKA_VAR": str(var)}), **settings)
        self.flask: Flask = create_app(chosen, clock=lambda: self.now or process_time())
        self.services: Services = services_of(self.flask)
        self.services.follow()
        self._server = make_server(
            "127.0.0.1", 0, self.flask, threaded=True, request_handler=_Quiet
        )
        # By name, because a browser makes passkeys for names only.
        self.address = f"http://localhost:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(STOPS_SECONDS,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.services.close()


class _Quiet(WSGIRequestHandler):
    """A request handler that logs nothing."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


class WatchedBrowser:
    """Contexts of one browser, and every console error of their pages."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def context(self, size: dict[str, int], *, language: str = "zh", **more: Any) -> BrowserContext:
        """Open a context with its own cookies, storage and service workers."""
        made = self._browser.new_context(
            viewport=size,
            has_touch=size is not DESKTOP,
            is_mobile=size is not DESKTOP,
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            timezone_id="Asia/Shanghai",
            base_url=self._address,
            **more,
        )
        made.set_default_timeout(WAIT_MS)
        made.on("weberror", lambda found: self.complaints.append(f"error: {found.error}"))
        made.on("console", self._heard)
        self._contexts.append(made)
        return made

    def phone(self, *, language: str = "zh", **more: Any) -> Page:
        """Open a page of a phone's size."""
        return self.context(PHONE, language=language, **more).new_page()

    def desktop(self, *, language: str = "zh", **more: Any) -> Page:
        """Open a page of a desktop's size."""
        return self.context(DESKTOP, language=language, **more).new_page()

    def _heard(self, message: Any) -> None:
        # The browser logs every refused request as an error, although the refusal is intended.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Return Playwright for all browser tests."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="package")
def chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return one Chromium without a window for all browser tests."""
    with launch_chromium(playwright, tmp_path_factory.mktemp("fonts")) as browser:
        yield browser


@pytest.fixture
def whole_chromium(playwright: Playwright, tmp_path: Path) -> Iterator[Browser]:
    """Return a Chromium with all that one with windows can do."""
    with launch_chromium(playwright, tmp_path, whole=True) as browser:
        yield browser


@contextmanager
def launch_chromium(
    playwright: Playwright, folder: Path, *, camera: Path | None = None, whole: bool = False
) -> Iterator[Browser]:
    """Launch a Chromium of its own; with `camera`, a y4m file, it films that file for ever."""
    path = program(whole=whole)
    if path is None:
        pytest.skip("LEFT OUT: no Chromium on this machine")
    flags = list(FLAGS)
    if camera is not None:
        flags += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={camera.absolute()}",
        ]
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts(folder))}
    browser = playwright.chromium.launch(executable_path=path, args=flags, env=environment)
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    """Return a gateway with an empty ledger and following projections."""
    made = LiveServer(tmp_path / "var")
    yield made
    made.close()


@pytest.fixture
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[WatchedBrowser]:
    """Return pages of the served gateway; a test fails where a page complained."""
    whole = "whole_chromium" in request.fixturenames
    chromium = request.getfixturevalue("whole_chromium" if whole else "chromium")
    made = WatchedBrowser(chromium, live_server.address)
    yield made
    made.close()
    assert made.complaints == []


def violations(page: Page) -> list[str]:
    """Return each violation that axe-core finds on a page."""
    # This runs in an isolated world, because the content policy forbids evaluation in the page.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    found: int = page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
    return found


def page_faults(context: BrowserContext, path: str) -> list[str]:
    """Return the faults of a page on a phone, a desktop, a narrow screen and in large text.

    The context determines the visitor and the language.
    """
    page = context.new_page()
    answer = page.goto(path)
    found = [] if answer and answer.ok else [f"answered {answer and answer.status}"]
    found += faults_now(page, PHONE, DESKTOP)
    page.close()
    return found


def faults_now(page: Page, *sizes: dict[str, int]) -> list[str]:
    """Return the faults of a page as it is now, in these sizes, narrow and in large text."""
    found = []
    for size in sizes:
        page.set_viewport_size(size)
        found += [f"at {size['width']} px: {one}" for one in violations(page)]
    page.set_viewport_size(NARROW)
    for text_percent in (100, 200):
        page.evaluate(
            "percent => document.documentElement.style.fontSize = 1.125 * percent + '%'",
            text_percent,
        )
        if (wide := overflow(page)) > 0:
            found.append(f"{wide} px too wide for 360 px with text at {text_percent} %")
    return found


def write_camera_film(path: Path, text: str) -> Path:
    """Write a camera film (y4m, one frame) of a code; an existing film changes in place."""
    width, height = 1280, 720
    picture = io.BytesIO()
    qrcode.make(text, box_size=6, border=4).save(picture)
    frame = Image.new("RGB", (width, height), (110, 110, 110))
    code = Image.open(picture).convert("RGB")
    frame.paste(code, ((width - code.width) // 2, (height - code.height) // 2))
    light, blue, red = frame.convert("YCbCr").split()
    half = (width // 2, height // 2)
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\nFRAME\n"
    # A running stream sees the new frame only if the file stays the same inode.
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(
            head.encode()
            + b"".join(part.tobytes() for part in (light, blue.resize(half), red.resize(half)))
        )
    return path
