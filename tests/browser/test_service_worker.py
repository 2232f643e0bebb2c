import re

import pytest
from flask import Response
from playwright.sync_api import Page

from tests.browser.test_till_offline import go_offline
from tests.support.browser import PHONE, LiveServer, WatchedBrowser
from tests.support.browser_member import LiveShops
from tests.support.browser_till import BrowserTill

WORKER = """
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", async (event) => {
  const answer = await fetch("/api/v1/time/0").catch((error) => ({ status: String(error) }));
  event.source.postMessage(answer.status);
});
"""
ASK_IT = """async () => {
  await navigator.serviceWorker.register("/static/sw-asking.js", { scope: "/card/" });
  const { active, installing } = await navigator.serviceWorker.getRegistration("/card/");
  const worker = active ?? installing;
  if (worker.state !== "activated")
    await new Promise((on) => worker.addEventListener("statechange",
      () => worker.state === "activated" && on()));
  return await new Promise((on) => {
    navigator.serviceWorker.addEventListener("message", (event) => on(event.data));
    navigator.serviceWorker.startMessages();
    worker.postMessage("ask");
  });
}"""


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer) -> Page:
    headers = {"Service-Worker-Allowed": "/", "Content-Type": "text/javascript"}
    view = lambda: Response(WORKER, headers=headers)  # noqa: E731
    live_server.flask.add_url_rule("/static/sw-asking.js", view_func=view)
    made = browser.phone()
    made.goto("/")
    return made


def test_a_service_worker_may_call_the_api(page: Page) -> None:
    assert page.evaluate(ASK_IT) == 200


def test_a_new_version_takes_over_and_removes_the_old(
    browser_till: BrowserTill, shops: LiveShops
) -> None:
    page = browser_till.open()
    page.evaluate("() => caches.open('till of the past').then(() => null)")

    page.evaluate(
        """async () => {
            const {worker} = JSON.parse(document.getElementById("page").textContent);
            const workers = navigator.serviceWorker;
            await workers.register(`${worker}&later=1`, {scope: "/till/"});
            const isOver = ({scriptURL, state}) =>
                scriptURL.endsWith("later=1") && state === "activated";
            while (!workers.controller || !isOver(workers.controller))
                await new Promise((look) => setTimeout(look, 20));
        }"""
    )

    kept = page.evaluate("() => caches.keys()")
    assert len([name for name in kept if name.startswith("till ")]) == 1
    go_offline(browser_till)
    browser_till.sell("68", shops.code(), "收 54.40 元")


def test_the_scanner_is_fetched_once(browser: WatchedBrowser, shops: LiveShops) -> None:
    context = browser.context(PHONE)
    fetched: list[str] = []
    context.on("request", lambda asked: fetched.append(asked.url) if is_of_worker(asked) else None)
    browser_till = BrowserTill(shops, context)
    page = browser_till.open()
    first = [url for url in fetched if re.search(r"scanner\.js|zxing_reader\.wasm", url)]
    assert len(first) == 2

    fetched.clear()
    page.reload()
    loaded = page.evaluate(
        """async (paths) => Promise.all(paths.map(async (path) =>
        (await (await fetch(path)).arrayBuffer()).byteLength))""",
        [re.sub(r"^https?://[^/]+", "", url) for url in first],
    )
    page.wait_for_load_state("networkidle")

    assert min(loaded) > 10_000
    assert [url for url in fetched if "/static/" in url] == []


def is_of_worker(asked: object) -> bool:
    """Return whether the request came from a service worker, and so over the network."""
    return getattr(asked, "service_worker", None) is not None
