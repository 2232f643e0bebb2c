"""An app with a drop: visits to the Rose Garden, members with API keys, and a till at the gate."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.write.writer import WriterLimits
from pos_gateway.auth.api_key import make_member_key
from tests.support.app import OFFICER, App

CHEN_CARD = "c0c1c2c3c4c5c6c7c8c9cacb"
WANG, LI, CHEN = "member-wang", "member-li", "member-chen"
DAY = timedelta(days=1)
GARDEN = {"item": "garden", "session": "morning"}
PILLOW = {"item": "pillow", "session": "hall"}


class DropApp(App):
    """An app with an open drop: two visits in the morning, one in the afternoon, and pillows.

    Visits begin three days after the opening and last a day; pillows are handed out at once.
    """

    CLOCK_GOES_ON = False

    def __init__(self, database_url: str, var: Path, limits: WriterLimits | None = None) -> None:
        super().__init__(database_url, var, limits)
        self.gate_key = self.pair("rose-garden", "gate-1")
        self.keys = {member_id: self.member_key(member_id) for member_id in (WANG, LI)}
        self.enrol(CHEN, CHEN_CARD, branch="miyun-2", groups=("model_worker",))
        self.opens_at = self.time() + timedelta(seconds=0.2)
        self.announce("may-day")
        self.pass_until(self.opens_at)

    def enrol(self, member_id: str, card_id: str, **changed: Any) -> None:
        """Register another member with a card and an API key."""
        fields: dict[str, Any] = {"branch": "miyun-1", **changed}
        self.services.ledger.officers.cards.register_member(member_id, by=OFFICER, **fields)
        self.services.ledger.officers.cards.issue_card(card_id, member_id=member_id, by=OFFICER)
        self.keys[member_id] = self.member_key(member_id)

    def member_key(self, member_id: str, key_id: str = "phone") -> str:
        """Make a new API key for a member."""
        secret = f"{member_id} {key_id}".encode().ljust(32)[:32]
        key, key_hash = make_member_key(member_id, key_id, secret)
        self.services.ledger.officers.families.make_member_key(
            member_id, key_id=key_id, key_hash=key_hash, by=OFFICER
        )
        return key

    def announce(self, drop_id: str, **changed: Any) -> None:
        """Announce a drop; `changed` overrides fields of its plan."""
        opens_at: datetime = changed.get("opens_at", self.opens_at)
        begins = opens_at + 3 * DAY
        visits = [
            Session(session_id=name, starts_at=begins, ends_at=begins + DAY, capacity=capacity)
            for name, capacity in (("morning", 2), ("afternoon", 1))
        ]
        desk = Session(session_id="hall", starts_at=opens_at, ends_at=begins + DAY, capacity=9)
        shared: dict[str, Any] = {"supplier_id": "rose-garden"}
        fields: dict[str, Any] = {
            "title": "五一玫瑰园",
            "mode": Mode.FIRST_COME,
            "opens_at": opens_at,
            "closes_at": opens_at + 2 * DAY,
            "waiting_max": 2,
            "items": (
                Item(
                    item_id="garden",
                    title="玫瑰园门票",
                    kind="admission",
                    sessions=tuple(visits),
                    party_max=3,
                    **shared,
                ),
                Item(item_id="pillow", title="孝亲枕", kind="goods", sessions=(desk,), **shared),
            ),
        }
        self.services.ledger.officers.drops.announce_drop(drop_id, plan=Plan(**fields | changed))

    def time(self) -> datetime:
        """Return the time of the ledger, which on PostgreSQL is the server's."""
        now: datetime = self.services.ledger.query(lambda _states, now: now)
        return now

    def pass_until(self, instant: datetime) -> None:
        """Advance the time: on SQLite by setting the clock, on PostgreSQL by waiting."""
        self.now = max(self.now, instant)
        while self.time() < instant:
            time.sleep(0.02)

    def as_member(
        self, member_id: str, method: str, path: str, body: Any = None, **more: Any
    ) -> TestResponse:
        """Call the API with a member's key."""
        return self.ask(method, path, body, key=self.keys[member_id], **more)

    def claim(
        self, member_id: str, claim_id: str = "k1", drop: str = "may-day", **changed: Any
    ) -> TestResponse:
        """Claim a visit in the morning; `changed` overrides fields."""
        path = f"/drops/{drop}/claims/{claim_id}"
        return self.as_member(member_id, "PUT", path, GARDEN | changed)

    def wait(
        self, member_id: str, claim_id: str = "w1", drop: str = "may-day", **changed: Any
    ) -> TestResponse:
        """Join the waiting list for a visit in the morning; `changed` overrides fields."""
        path = f"/drops/{drop}/waiting/{claim_id}"
        return self.as_member(member_id, "PUT", path, GARDEN | changed)

    def ticket(self, member_id: str, claim_id: str = "k1", **changed: Any) -> str:
        """Claim a ticket. Return its id."""
        ticket: str = self.claim(member_id, claim_id, **changed).get_json()["ticket"]
        return ticket

    def ticket_code(self, member_id: str, ticket: str) -> str:
        """Return the code of a ticket."""
        answer = self.as_member(member_id, "GET", f"/tickets/{ticket}/code")
        code: str = answer.get_json()["code"]
        return code

    def release(self, member_id: str, ticket: str, **asked: str) -> tuple[int, str]:
        """Give a ticket back.

        Return the HTTP status, and the new state or the reason of the refusal.
        """
        answer = self.as_member(member_id, "POST", f"/tickets/{ticket}/release", asked)
        return (
            status_and_reason(answer)
            if answer.status_code >= 400
            else (200, answer.get_json()["status"])
        )

    def use(self, use_id: str, *, key: str | None = None, **asked: Any) -> TestResponse:
        """Use a ticket at the gate, or at the till of another key."""
        return self.ask("PUT", f"/uses/{use_id}", asked, key=key or self.gate_key)

    def left(self, item: str = "garden", session: str = "morning", drop: str = "may-day") -> int:
        """Return the number of places left, as the API shows it."""
        items = self.ask("GET", f"/drops/{drop}", key="").get_json()["items"]
        (found,) = [
            one["left"]
            for listed in items
            for one in listed["sessions"]
            if (listed["item"], one["session"]) == (item, session)
        ]
        left: int = found
        return left


def status_and_reason(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the reason of a problem document."""
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.get_json()
    assert problem["next_step"]
    return answer.status_code, problem["reason"]


@contextmanager
def open_drop_app(
    database_url: str, var: Path, limits: WriterLimits | None = None
) -> Iterator[DropApp]:
    """Yield an app with a drop, and close it."""
    made = DropApp(database_url, var, limits)
    try:
        yield made
    finally:
        made.services.close()


@pytest.fixture
def drop_app_any_db(database_url: str, tmp_path: Path) -> Iterator[DropApp]:
    """Return an app with a drop on each database in turn."""
    with open_drop_app(database_url, tmp_path / "var") as made:
        yield made
