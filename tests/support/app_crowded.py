"""An app where every list is longer than a page: the ledger through its verbs, views in bulk."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from ledger.staff import OF_MERCHANTS
from ledger.store import at_text
from pos_gateway.auth.authentication import cookie_name
from projections import (
    choice_uses,
    history,
    incidents,
    late,
    payables,
    purchases,
    redemptions,
    statement_lines,
    statements,
    ticket_uses,
    till_counters,
    usage,
)
from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.event_history_drops import plan

LINES, PAIRS, OTHERS = 1_300, 1_100, 105
"""Redemptions of a till today; merchants that each of two funds owes; of most other things."""

LONG = "s-drawn_up-000"
"""A statement of all redemptions."""

PRICE, MERCHANTS_SHARE, UNIONS_SHARE = 1_000, 300, 500
ENGLISH = {"Accept-Language": "en"}
OK, TOO_MANY = 200, 429

_FIRST = 1_000_000


def _uses(choice_id: str, uses: int) -> dict[str, Any]:
    return {"choice_id": choice_id, "uses": uses}


class CrowdedApp(StaffApp):
    """An app with many of everything, most of it at the bakery."""

    def __init__(self, database_url: str, var: Path) -> None:
        super().__init__(database_url, var)
        self._numbers = count()
        self.day = self.services.ledger.day(self.now).isoformat()
        self._ledger()
        self.catch_up()
        for table, rows in self._rows():
            with self.services.views.writing() as connection:
                connection.execute(table.insert(), rows)

    def enter(self, reader: str) -> None:
        """Become a till, a member, or a new person of a role, whose rate limit is unused."""
        if reader == "till":
            self.client.set_cookie(cookie_name("till", self.services.settings.origin), self.key)
            return
        if reader == "member":
            self.session("member-member-wang", "card")
            return
        staff_id = f"new-{next(self._numbers)}"
        merchant_id = "bakery" if reader in OF_MERCHANTS else ""
        self.services.ledger.officers.staff.appoint_staff(
            staff_id, roles=[reader], merchant_id=merchant_id
        )
        self.secret = self.session(f"staff-{staff_id}", "shop" if merchant_id else "desk")

    def page(self, path: str) -> str:
        """Return a page in English, once the reader may have it."""
        while (answer := self.client.get(path, headers=ENGLISH)).status_code == TOO_MANY:
            time.sleep(int(answer.headers["Retry-After"]))
        assert answer.status_code == OK, (path, answer.status_code)
        return answer.text

    def _ledger(self) -> None:
        officers = self.services.ledger.officers
        opens_at = self.now + timedelta(days=2)

        def merchant(n: int) -> None:
            officers.merchants.sign_merchant(f"m-{n:04}", name=f"店{n:04}", by=OFFICER)

        def offer(n: int) -> None:
            terms = {"basis_points": 500}
            title = {"title": f"优惠{n:04}", "kind": "percent_off", "terms": terms}
            officers.offers.publish_offer(f"offer-{n:04}", **title)

        def fund(n: int) -> None:
            officers.offers.open_fund(f"fund-{n:04}", programme="p", name=f"资金{n}", by=OFFICER)

        def person(n: int) -> None:
            officers.staff.appoint_staff(f"person-{n:04}", roles=["analyst"])

        def outlet(n: int) -> None:
            officers.merchants.open_outlet("bakery", outlet_id=f"o-{n:04}", name="店", by=OFFICER)

        def till(n: int) -> None:
            officers.merchants.pair_till(
                "bakery", till_id=f"t-{n:04}", outlet_id="main", key_hash=f"k{n}", by=OFFICER
            )

        def drop(n: int) -> None:
            officers.drops.announce_drop(f"d-{n:04}", plan=plan(opens_at=opens_at))

        for supplier in ("rose-garden", "down-mill"):
            officers.merchants.sign_merchant(supplier, name=supplier, by=OFFICER)
        _many(merchant, offer, fund, person, outlet, till)
        _many(drop)

    def _rows(self) -> list[tuple[Table, list[dict[str, Any]]]]:
        at, day = at_text(self.now), self.day
        here = {"merchant_id": "bakery", "outlet_id": "main", "till_id": "till-1"}
        amounts = {
            "price_minor": PRICE,
            "merchant_share_minor": MERCHANTS_SHARE,
            "union_share_minor": UNIONS_SHARE,
        }
        lines = range(LINES)
        paid_by = {"member_share_minor": PRICE - MERCHANTS_SHARE - UNIONS_SHARE, "day": day}
        redeemed = [
            {"position": _FIRST + n, "redemption_id": f"r-{n:05}", **here, **amounts} for n in lines
        ]
        card = {"card_id": WANG_CARD, "cashier_id": ""}
        made = {"at": at, "choices": "tenth-off", "redemptions": 1, "category": "", "branch": "e"}
        contested = {
            "day": day,
            "scanned_at": at,
            "arrived_at": at,
            "number": 1,
            "reason": "offer_ended",
            "outcome": "contested",
            "borne_by": "merchant",
            "because": "over_limits",
        }
        return [
            (redemptions.table, [one | paid_by | made | card for one in redeemed]),
            (late.table, [one | contested | card | {"given_minor": 800} for one in redeemed]),
            (purchases.table, [self._purchases(here | amounts | paid_by, n) for n in lines]),
            (history.table, [self._history(one, at) | amounts | paid_by for one in redeemed]),
            (
                statement_lines.table,
                [
                    {name: one[name] for name in (*here, "redemption_id", "price_minor")}
                    | {"fund_id": "culture", "reservation": n + 1, "day": day, "at": at}
                    | {"choices": "tenth-off", "union_share_minor": UNIONS_SHARE}
                    for n, one in enumerate(redeemed)
                ],
            ),
            (payables.table, _payables()),
            (statements.table, [one for status in _STEPS for one in self._statements(status)]),
            (incidents.table, [self._incident(n) for n in range(OTHERS)]),
            (
                ticket_uses.table,
                [
                    {"position": _FIRST + n, "use_id": f"u-{n:04}", "drop_id": f"d-{n:04}", **here}
                    | {"item_id": "garden", "session_id": "day-1", "day": day, "at": at}
                    | {"uses": 1, "people": 2}
                    for n in range(OTHERS)
                ],
            ),
            (
                till_counters.table,
                [
                    {"merchant_id": "bakery", "till_id": f"t-{n:04}", "series": "1", "highest": 9}
                    | {"missing_count": 2, "missing": "3 4", "last_heard_at": at}
                    for n in range(OTHERS)
                ],
            ),
            (usage.table, [self._usage(f"grant-{n:05}", 1) for n in range(LINES)]),
            (choice_uses.table, [*map(_uses, ["tenth-off", "offer-0000"], [7, 3])]),
            (choice_uses.table, [_uses(f"grant-{n:05}", 1) for n in range(LINES)]),
        ]

    def _purchases(self, told: dict[str, Any], n: int) -> dict[str, Any]:
        counted = {name: told[name] for name in told if name != "till_id"}
        place = {"outlet_id": f"o-{n:04}", "category": "", "branch": "e"}
        return counted | place | {"purchases": 1, "reversals": 0}

    def _history(self, one: dict[str, Any], at: str) -> dict[str, Any]:
        told = {"member_id": "member-wang", "entry": "redeemed", "redemptions": 1, "at": at}
        kept = {name: one[name] for name in ("position", "merchant_id", "outlet_id")}
        more = {"entry_id": one["redemption_id"], "category": "", "choices": "", "uses": 0}
        return told | kept | more | {"people": 0}

    def _statements(self, status: str) -> list[dict[str, Any]]:
        return [
            {
                "statement_id": f"s-{status}-{n:03}",
                "merchant_id": "bakery",
                "fund_id": "culture" if n == 0 else f"fund-{n:04}",
                "status": status,
                "position": _FIRST + 1_000 * _STEPS.index(status) + n,
                "first": 1,
                "through": LINES,
                "amount_minor": 100,
                "recovered_minor": 0,
                "due_minor": 100,
                "approvals": 1,
                "drawn_up_by": "officer-x",
                "drawn_up_day": self.day,
            }
            for n in range(OTHERS)
        ]

    def _incident(self, n: int) -> dict[str, Any]:
        told = {"fund_id": "culture", "merchant_id": "bakery", "amount_minor": 5, "day": self.day}
        by = {"reason": "duplicate", "reported_by": OFFICER}
        return told | by | {"redemption_id": f"r-{n:05}", "position": _FIRST + n}

    def _usage(self, choice_id: str, uses: int) -> dict[str, Any]:
        place = {"day": self.day, "merchant_id": "bakery", "outlet_id": "main", "category": ""}
        shares = {"merchant_share_minor": 0, "union_share_minor": 0}
        return place | shares | {"branch": "e", "kind": "k", "choice_id": choice_id, "uses": uses}

    def catch_up(self) -> None:
        """Bring the views to the end of the log."""
        self.see("/")


_STEPS = ("drawn_up", "approved", "paid")


def _payables() -> list[dict[str, Any]]:
    return [
        {"merchant_id": f"m-{n:04}", "fund_id": fund_id, "reserved_minor": 100 + n}
        | {"released_minor": 0, "paid_minor": 10, "recovered_minor": 0, "overpaid_minor": n % 7}
        for fund_id in ("culture", "fund-0001")
        for n in range(PAIRS)
    ]


def _many(*makes: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(32) as pool:
        for make in makes:
            for _ in pool.map(make, range(OTHERS)):
                pass


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrowdedApp]:
    """Return one crowded app for all tests of a module."""
    path = tmp_path_factory.mktemp("crowd")
    made = CrowdedApp(f"sqlite:///{path}/log.db", path / "var")
    yield made
    made.close()
