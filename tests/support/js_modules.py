"""The browser's modules in a page, read from disk and not bundled, for tests to call."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.support.browser import ROOT, WAIT_MS

BROWSER = ROOT / "pos_gateway/browser"
PACKAGES = ROOT / ".venv/web/node_modules"
ADDRESS = "http://localhost"
_PAGE = """<!doctype html><meta charset="utf-8"><title>hongka</title><script type="importmap">
{"imports": {"@noble/ed25519": "/packages/@noble/ed25519/index.js", "qr": "/packages/qr/index.js",
 "zxing-wasm/reader": "/packages/zxing-wasm/dist/es/reader/index.js"}}</script><main></main>"""
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm"}


def serve(route: Route) -> None:
    """Answer with a module, a file of a package, or an empty page."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(content_type="text/html", body=_PAGE)
        return
    folder, _, rest = path.removeprefix("/").partition("/")
    file = {"browser": BROWSER, "packages": PACKAGES}.get(folder, BROWSER / "none") / rest
    if file.is_file():
        route.fulfill(content_type=_TYPES[file.suffix], body=file.read_bytes())
    else:
        route.fulfill(status=404)


def open_page(context: BrowserContext) -> Page:
    """Open a page that can import `/browser/…`; localhost is a secure context."""
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.route(f"{ADDRESS}/**", serve)
    page.goto(ADDRESS)
    return page


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield open_page(context)
    context.close()


def run(page: Page, module: str, script: str, argument: Any = None) -> Any:
    """Return the result of `script`, an arrow function of (module, argument), in the page."""
    return page.evaluate(
        f"""async (argument) => {{
            const module = await import("/browser/{module}");
            return await ({script})(module, argument);
        }}""",
        argument,
    )
