"""A till in a browser with its queue, and a connection to the app that fails on demand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pos_gateway.api.signed_slip import make_mark
from pos_gateway.codes import make_session_code
from tests.support.app import WANG_CARD, App
from tests.support.js_modules import open_page, run
from tests.support.offline_till import TENTH_OFF

Answer = dict[str, Any]

HOUR = 3_600_000
STRICT = {"redemptions": 3, "amount_minor": 2_000, "hours": 24}
LOOSE = {"redemptions": 99, "amount_minor": 99_999, "hours": 24}

WITHOUT_ED25519 = """() => {
    const make = crypto.subtle.generateKey.bind(crypto.subtle);
    crypto.subtle.generateKey = (how, ...more) => how.name === "Ed25519"
        ? Promise.reject(new DOMException("", "NotSupportedError")) : make(how, ...more);
}"""
"""A script that removes Ed25519, as in browsers from before 2025."""

_OPEN = """async ({Queue, NotOffline}) => {
    const {Sending} = await import("/browser/sending.js");
    const {Problem} = await import("/browser/asking.js");
    window.asking = async (...asked) => {
        const {status, reason, body} = await line(...asked);
        if (reason) throw new Problem({status, reason});
        return body;
    };
    window.queue = await Queue.open({merchantId: "bakery", tillId: "till-1"});
    window.sending = new Sending(queue, {asking});
    window.take = (redemption, sync) => queue.take(redemption, sync)
        .then(({number}) => number, (wrong) => {
            if (!(wrong instanceof NotOffline)) throw wrong;
            return wrong.problem;
        });
}"""


class Connection:
    """A connection that carries the till's requests to the app.

    `failing` are answers to give in place of the app, one a request, None for the app's own;
    `lost_answers` is the number of successful answers that get lost.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.booked: dict[int, Answer] = {}
        self.failing: list[Answer | None] = []
        self.lost_answers = 0

    @property
    def paths(self) -> list[str]:
        """Return the requested paths in order."""
        return [path for path, _ in self.asked]

    def ask(self, method: str, path: str, body: dict[str, str]) -> Answer:
        """Return the status, and the body or the reason of a problem."""
        self.asked.append((path, body))
        failure = self.failing.pop(0) if self.failing else None
        if failure:
            return failure
        answer = self.app.ask(method, path, body)
        told = answer.get_json()
        if answer.status_code not in {200, 201}:
            return {"status": answer.status_code, "reason": told["reason"]}
        if path.startswith("/late-redemptions/"):
            self.booked[told["number"]] = json.loads(body["slip"])
        if self.lost_answers:
            self.lost_answers -= 1
            return {"status": 0, "reason": "unreachable"}
        return {"status": answer.status_code, "body": told}


class OfflineBrowserTill:
    """The bakery's till in a browser. It synced and has been offline for two hours."""

    def __init__(self, context: BrowserContext, app: App) -> None:
        self._context = context
        self.connection = Connection(app)
        self._keys = app.services.keys
        app.now = datetime.now(UTC)  # later than the pairing
        self._began = app.now
        self.mark = make_mark(app.services, "bakery", "till-1", app.now)
        app.now += timedelta(hours=2)
        context.expose_function("line", self.connection.ask)
        self.page = self.tab()

    @property
    def synced_ms(self) -> int:
        """Return the time of the sync."""
        return round(self._began.timestamp() * 1_000)

    def tab(self) -> Page:
        """Open another tab with the till's queue."""
        page = open_page(self._context)
        run(page, "queue.js", _OPEN)
        return page

    def redemption(self, number: int, **changed: Any) -> Answer:
        """Return a tenth off Wang's cake for 68 yuan, `number` seconds after the sync."""
        at = self._began + timedelta(seconds=number)
        card, jti = bytes.fromhex(WANG_CARD), number.to_bytes(8)
        cake: Answer = {
            "redemptionId": f"cake-{number}",
            "code": make_session_code(self._keys, card=card, now=at, jti=jti),
            "jti": jti.hex(),
            "amountMinor": 6_800,
            "category": None,
            "given": TENTH_OFF,
            "cashierId": "s-wang",
            "at": self.synced_ms + number * 1_000,
        }
        return cake | changed

    def sync(self, **changed: Any) -> Answer:
        """Return the till's record of its last sync."""
        return {"mark": self.mark, "at": self.synced_ms, "limits": STRICT} | changed

    def take(self, *redemptions: Answer, page: Page | None = None, **sync: Any) -> list[Any]:
        """Queue redemptions. Return their numbers, or the problems."""
        taken: list[Any] = (page or self.page).evaluate(
            """async ([redemptions, sync]) => {
                const taken = [];
                for (const one of redemptions) taken.push(await take(one, sync));
                return taken;
            }""",
            [redemptions, self.sync(**sync)],
        )
        return taken

    def flush(self, page: Page | None = None) -> Answer:
        """Send the queue. Return how many were sent and left, and the problem."""
        flushed: Answer = (page or self.page).evaluate(
            """async () => {
                const {sent, left, problem} = await sending.flush();
                return {sent, left, problem: problem?.reason ?? null};
            }"""
        )
        return flushed


@pytest.fixture
def till(chromium: Browser, app: App) -> Iterator[OfflineBrowserTill]:
    """Return the bakery's till with an empty queue."""
    context = chromium.new_context()
    yield OfflineBrowserTill(context, app)
    context.close()
