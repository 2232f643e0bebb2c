import json
from typing import Any

import pytest
from flask import Response, send_from_directory
from playwright.sync_api import Page, Route

from tests.support.browser import ROOT, LiveServer, WatchedBrowser

ASK = """async ([method, path, body, options]) => {
  const { ask } = await import("/source/asking.js");
  try { return await ask(method, path, body, options); }
  catch (problem) {
    return { reason: problem.reason, title: problem.title, nextStep: problem.nextStep,
      status: problem.status, isUnanswered: problem.isUnanswered };
  }
}"""


@pytest.fixture
def source(live_server: LiveServer) -> None:
    """Serve the modules' sources beside the built files."""

    def view(name: str) -> Response:
        return send_from_directory(ROOT / "pos_gateway" / "browser", name)

    live_server.flask.add_url_rule("/source/<name>", view_func=view)


@pytest.fixture
def page(browser: WatchedBrowser, source: None) -> Page:  # noqa: ARG001 - it must be there before the page
    """Open a page in English, in a browser that prefers Chinese."""
    made = browser.phone(language="zh")
    made.goto("/?lang=en")
    return made


def ask(page: Page, method: str, path: str, body: Any = None, **options: Any) -> Any:
    return page.evaluate(ASK, [method, path, body, options])


class Busy:
    """A gateway that answers busy a few times, and counts the requests."""

    def __init__(self, page: Page, times: int) -> None:
        self.asked = 0
        self._times = times
        page.route("**/api/v1/busy", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        if self.asked > self._times:
            route.fulfill(json={"done": True})
            return
        problem = {"reason": "busy", "title": "Busy", "next_step": "Wait.", "status": 503}
        headers = {"Retry-After": "0", "Content-Type": "application/problem+json"}
        route.fulfill(status=503, headers=headers, body=json.dumps(problem))


def test_an_answer_is_passed_on_unchanged(page: Page) -> None:
    found = ask(page, "GET", "/time/0")

    assert found["offset_ms"] > 0


def test_a_problem_speaks_the_language_of_the_page(page: Page) -> None:
    found = ask(page, "GET", "/nowhere")

    assert (found["reason"], found["status"]) == ("path_unknown", 404)
    assert found["title"].isascii()
    assert found["nextStep"].isascii()


def test_a_safe_request_to_a_busy_gateway_is_repeated_once(page: Page) -> None:
    busy = Busy(page, times=1)

    found = ask(page, "PUT", "/busy", {})

    assert (found, busy.asked) == ({"done": True}, 2)


def test_a_gateway_that_stays_busy_is_not_asked_again(page: Page) -> None:
    busy = Busy(page, times=9)

    found = ask(page, "GET", "/busy")

    assert (found["reason"], found["nextStep"], busy.asked) == ("busy", "Wait.", 2)


def test_an_unsafe_request_is_sent_once(page: Page) -> None:
    busy = Busy(page, times=1)

    found = ask(page, "POST", "/busy", {})

    assert (found["reason"], busy.asked) == ("busy", 1)


def test_a_missing_network_is_reported(page: Page) -> None:
    ask(page, "GET", "/time/0")  # the module is there
    page.context.set_offline(offline=True)

    found = ask(page, "GET", "/time/0")

    assert (found["reason"], found["isUnanswered"]) == ("offline", True)


def test_a_late_answer_is_a_timeout(page: Page) -> None:
    page.route("**/api/v1/slow", lambda _: None)

    found = ask(page, "GET", "/slow", None, timeoutMs=200)

    assert (found["reason"], found["isUnanswered"]) == ("unreachable", True)


def test_an_error_that_is_no_problem_document_is_reported_as_a_problem(page: Page) -> None:
    page.route("**/api/v1/proxy", lambda route: route.fulfill(status=502, body="<html>"))

    found = ask(page, "GET", "/proxy")

    assert (found["reason"], found["isUnanswered"]) == ("unreachable", True)
