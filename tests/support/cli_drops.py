"""The command line on the days of a drop, with a clock set by the test."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.cli_runner import Cli

ANNOUNCED = datetime(2019, 4, 20, 1, tzinfo=UTC)
OPENS = datetime(2019, 4, 25, 2, tzinfo=UTC)  # ten in the morning in Miyun
CLOSES = datetime(2019, 4, 26, 2, tzinfo=UTC)
BEGINS = datetime(2019, 5, 1, 0, tzinfo=UTC)


class DropCli(Cli):
    """A command line that runs commands at the time `now`."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.now = ANNOUNCED

    def opened(self) -> Services:
        """Return the services that a command works with."""
        return Services(Settings.read(os.environ), clock=lambda: self.now)

    @contextmanager
    def services(self) -> Iterator[Services]:
        settings = Settings.read(self.environment)
        with closing(Services(settings, clock=lambda: self.now)) as services:
            yield services

    def merchant(self, merchant_id: str, name: str, *, outlet: str) -> None:
        self.run("merchants", "sign", merchant_id, "--name", name)
        self.run("merchants", "outlet", merchant_id, outlet, "--name", outlet)

    def members(self, *branches: str, groups: tuple[str, ...] = ()) -> list[str]:
        """Register a member with a card in each branch. Return the cards."""
        with self.services() as services:
            first = len(services.ledger.query(lambda states, _now: states.all("member")))
            cards = []
            for number, branch in enumerate(branches, first):
                services.ledger.officers.cards.register_member(
                    f"m{number}", branch=branch, groups=groups
                )
                card_id = f"{number:024x}"
                services.ledger.officers.cards.issue_card(card_id, member_id=f"m{number}")
                cards.append(card_id)
        return cards

    def plan(self, **changed: Any) -> str:
        """Write a file with the terms of a drop. Return its path."""
        path = self.var.parent / "plan.json"
        path.write_text(json.dumps(plan(**changed)), encoding="utf-8")
        return str(path)

    def facts(self, stream: str) -> list[dict[str, Any]]:
        return self.rows("show", "log", "--stream", stream)


def session(session_id: str = "may-1", *, capacity: int = 2, days: int = 0) -> dict[str, Any]:
    """Return a day of visits to the Rose Garden, as an officer writes it."""
    begins = BEGINS + timedelta(days=days)
    return {
        "session_id": session_id,
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=10)).isoformat(),
        "capacity": capacity,
    }


def garden(*sessions: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return visits to the Rose Garden for parties of up to three."""
    item = {
        "item_id": "garden",
        "title": "玫瑰园门票",
        "kind": "admission",
        "supplier_id": "rose-garden",
        "party_max": 3,
        "sessions": list(sessions or (session(),)),
    }
    return item | changed


def pillow(capacity: int = 10, item_id: str = "pillow") -> dict[str, Any]:
    """Return a pillow as goods."""
    hall = session("hall", capacity=capacity)
    item = {"item_id": item_id, "title": "孝亲枕", "kind": "goods", "supplier_id": "rose-garden"}
    return item | {"sessions": [hall]}


def plan(**changed: Any) -> dict[str, Any]:
    """Return the terms of a drop, first come, first served."""
    terms = {
        "title": "五一玫瑰园",
        "mode": "first_come",
        "items": [garden()],
        "opens_at": OPENS.isoformat(),
        "closes_at": CLOSES.isoformat(),
        "waiting_max": 5,
    }
    return terms | changed
