"""The flows of drops for the search for personal data."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.cli_capture import CapturedCli, CapturedGateway
from tests.support.personal_data_canaries import PEOPLE

SLOT = {"item": "garden", "session": "may-1"}
OPENS_AFTER = timedelta(seconds=4)
DROP = "/api/v1/drops/may-day"


class Phone:
    """A member's phone with an API key of its own."""

    def __init__(self, captured_cli: CapturedCli, gate: CapturedGateway, card: str) -> None:
        self.card, self.gate = card, gate
        self.key: str = captured_cli.told("members", "key", card)["key"]
        self.member_id = self.key.split(".")[1]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        shown = {"Authorization": f"Bearer {self.key}"}
        return self.gate.ask(method, path, body, headers=shown)


def announce(captured_cli: CapturedCli) -> datetime:
    """Announce a drop, and one with a proof of work. Return the opening."""
    opens_at = datetime.now(UTC) + OPENS_AFTER
    ends_at = (opens_at + timedelta(days=1)).isoformat()
    session = {"session_id": "may-1", "starts_at": opens_at.isoformat(), "ends_at": ends_at}
    item = {"item_id": "garden", "title": "玫瑰园门票", "kind": "admission", "party_max": 3}
    plan = {
        "title": "五一玫瑰园",
        "mode": "first_come",
        "opens_at": opens_at.isoformat(),
        "closes_at": ends_at,
        "returns_until": ends_at,
        "waiting_max": 5,
        "items": [{**item, "supplier_id": "xiufa", "sessions": [session | {"capacity": 2}]}],
    }
    for drop_id, challenge in (("may-day", False), ("quiz", True)):
        path = captured_cli.home / f"{drop_id}.json"
        path.write_text(json.dumps(plan | {"challenge": challenge}), encoding="utf-8")
        path.chmod(0o600)
        captured_cli.run("drops", "announce", drop_id, str(path))
    return opens_at


def attend(
    captured_cli: CapturedCli, gate: CapturedGateway, cards: list[str], plastic: str
) -> None:
    """Claim, refuse, wait, return, send on, use and undo tickets."""
    captured_cli.run("members", "proxy", cards[0], cards[21])
    opens_at = announce(captured_cli)
    phones = [Phone(captured_cli, gate, card) for card in (cards[0], *cards[21:24])]
    old, young, third, last = phones
    early = third.ask("PUT", f"{DROP}/claims/k0", SLOT)[0]
    time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds() + 0.2))
    for_father = {**SLOT, "party": 3, "member": old.member_id}
    status, claimed = young.ask("PUT", f"{DROP}/claims/k1", for_father)
    ticket = claimed["ticket"]
    assert (early, status) == (409, 201)
    assert young.ask("PUT", f"{DROP}/claims/k1", for_father)[0] == 200
    assert young.ask("PUT", f"{DROP}/claims/k1", for_father | {"party": 1})[0] == 422
    assert old.ask("PUT", f"{DROP}/claims/k2", SLOT)[0] == 409
    other = third.ask("PUT", f"{DROP}/claims/k1", SLOT)[1]["ticket"]
    assert last.ask("PUT", f"{DROP}/claims/k1", SLOT)[0] == 409
    assert last.ask("PUT", f"{DROP}/waiting/k1", SLOT)[0] == 201
    assert third.ask("POST", f"/api/v1/tickets/{other}/release", {})[0] == 200
    assert third.ask("GET", f"/api/v1/tickets/{ticket}/code")[0] == 404
    assert third.ask("GET", f"/api/v1/members/{old.member_id}/tickets")[0] == 403
    assert last.ask("PUT", f"{DROP}/claims/k1", SLOT)[0] == 201
    code = young.ask("GET", f"/api/v1/members/{old.member_id}/tickets/{ticket}/code")[1]["code"]
    collector = captured_cli.run("cards", "code", young.card).stdout.strip()
    shown = {"code": code, "people": 1, "collector_code": collector}
    assert gate.ask("PUT", "/api/v1/uses/u-1", shown)[0] == 201
    assert gate.ask("POST", "/api/v1/uses/u-1/undoing", {})[0] == 200
    assert gate.ask("PUT", "/api/v1/uses/u-2", {"code": plastic, "ticket": ticket})[0] == 201
    assert gate.ask("PUT", "/api/v1/uses/u-3", {"code": plastic, "ticket": other})[0] == 404
    for phone in phones:
        assert phone.ask("GET", "/api/v1/tickets")[0] == 200
        assert phone.ask("GET", "/api/v1/drops/quiz/challenge")[0] == 200
        assert phone.ask("PUT", "/api/v1/drops/quiz/claims/q1", SLOT)[0] == 428
    for path in ("/api/v1/drops", DROP):
        assert gate.ask("GET", path)[0] == 200
    _provoke(last)
    for command in ("list",), ("show", "may-day"):
        captured_cli.run("drops", *command)
    captured_cli.run("tickets", "list", old.card)


def _provoke(phone: Phone) -> None:
    """Send names and numbers in every place where a body may hold a text."""
    one = PEOPLE[2]
    for told in (one.name, one.phone, one.identity_number):
        for field in (*SLOT, "party", "member", "challenge", str(told)):
            asked = {**SLOT, field: f"{told}!"}
            status = phone.ask("PUT", "/api/v1/drops/quiz/claims/q2", asked)[0]
            assert status in {422, 428}
            time.sleep(0.25)  # Members have a rate limit.
        assert phone.ask("POST", f"{DROP}/leaving", {**SLOT, "item": f"{told}!"})[0] == 422
