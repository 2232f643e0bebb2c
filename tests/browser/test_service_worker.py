import pytest
from flask import Response
from playwright.sync_api import Page

from tests.support.browser import LiveServer, WatchedBrowser

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
