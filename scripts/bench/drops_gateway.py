"""A gateway with members and drops: the requests to it, and the events its log then holds."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import count
from random import Random

from ledger.application import Ledger
from ledger.drops.eligibility import Asked
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.event import encode, topic_of
from ledger.members.authorization import Principal
from ledger.members.member import KeyMade
from ledger.redemptions.refusal import TurnedAway
from ledger.services.log_queries import fact_of
from ledger.store import Draft, Log, at_text
from pos_gateway.auth.api_key import make_member_key
from pos_gateway.settings import Settings
from scripts.bench import city
from scripts.bench.load import Call
from scripts.bench.servers import Counted

BY = "officer-bench"
SUPPLIER = "rose-garden"
ITEM, SESSION, FULL = "garden", "may-1", "may-2"
SOLD_OUT, NOT_OPEN = "sold-out", "not-open"
ENOUGH = 1_000_000
OPENS_SECONDS = 1.0
_KEY_ID = "page"
_SECRET = bytes(range(32))
_REGISTERED_VERSION = 2
"""The version of a member's stream after `city.fill`: registered, and a card received."""


class DropGateway(Counted):
    """A gateway, its members' keys, and its drops: some open, one sold out, one not open yet."""

    def __init__(self, chosen: Settings, *, members: int, drops: int) -> None:
        """Fill the empty log of a gateway that starts later: `members`, and `drops` open drops."""
        super().__init__(chosen)
        self._chance = Random(8)  # noqa: S311 - the same sequence each time
        self._numbers = count(1)
        keys = [make_member_key(member_of(one), _KEY_ID, _SECRET) for one in range(members)]
        self.key_hashes = {member_of(one): key[1] for one, key in enumerate(keys)}
        self._headers = [{"Authorization": f"Bearer {key}"} for key, _hash in keys]
        self.slots = [(f"drop-{one}", ITEM, SESSION, ENOUGH) for one in range(drops)]
        self.slots.append((SOLD_OUT, ITEM, SESSION, 1))
        with closing(Ledger(chosen.ledger_url)) as ledger:
            # One more, who has the only ticket and claims no other: it would be told so.
            city.fill(ledger.store, cards=members + 1, facts=0)
            _give_keys(ledger.store, self.key_hashes)
            ledger.officers.merchants.sign_merchant(SUPPLIER, name="玫瑰园", by=BY)
            for drop_id, _item, _session, capacity in self.slots:
                announce(ledger, drop_id, capacity=capacity)
            announce(ledger, NOT_OPEN, opens_in=timedelta(days=30))
            time.sleep(2 * OPENS_SECONDS)
            ledger.members.claims.claim(
                asked(SOLD_OUT, "the-only-one"), Principal(member_id=member_of(members))
            )

    def looks(self) -> list[Call]:
        """Return one call for each member that loads their tickets, in random order."""
        return [Call("GET", "/api/v1/tickets", headers, b"") for headers in self._shuffled()]

    def claims(self, drop_id: str) -> list[Call]:
        """Return one claim for each member in a drop, each under a new id, in random order."""
        body = json.dumps({"item": ITEM, "session": SESSION}).encode()
        return [
            Call(
                "PUT",
                f"/api/v1/drops/{drop_id}/claims/c{next(self._numbers)}",
                {**headers, "Content-Type": "application/json"},
                body,
            )
            for headers in self._shuffled()
        ]

    def reads(self) -> list[Call]:
        """Return a call that reads a drop without a key, as a list of one."""
        return [Call("GET", f"/api/v1/drops/{self.slots[0][0]}", {}, b"")]

    def turned_away(self) -> Counter[tuple[str, str]]:
        """Return the early rejections that the gateway counted, by drop and reason."""
        counts: Counter[tuple[str, str]] = Counter()
        for event in (fact_of(stored).event for stored in self.tail("drop.turned_away", 0)):
            if isinstance(event, TurnedAway):
                for reason, number in event.counts.items():
                    counts[event.drop_id, reason] += number
        return counts

    def _shuffled(self) -> list[dict[str, str]]:
        return self._chance.sample(self._headers, len(self._headers))


def announce(
    ledger: Ledger,
    drop_id: str,
    *,
    capacity: int = ENOUGH,
    opens_in: timedelta = timedelta(seconds=OPENS_SECONDS),
    per_member: int = 1,
    waiting_max: int = 0,
) -> None:
    """Announce a drop that opens in `opens_in`: a session of `capacity` and one of one place.

    A member gets at most `per_member` tickets; `waiting_max` 0 means no waiting list.
    """
    now = ledger.time()
    starts_at, ends_at = now + timedelta(days=60), now + timedelta(days=61)
    sessions = tuple(
        Session(session_id=session_id, starts_at=starts_at, ends_at=ends_at, capacity=places)
        for session_id, places in ((SESSION, capacity), (FULL, 1))
    )
    plan = Plan(
        title="五一玫瑰园",
        mode=Mode.FIRST_COME,
        opens_at=now + opens_in,
        closes_at=now + timedelta(days=59),
        items=(
            Item(
                item_id=ITEM,
                title="玫瑰园门票",
                kind="admission",
                supplier_id=SUPPLIER,
                income_minor=6_000,
                sessions=sessions,
            ),
        ),
        per_member=per_member,
        waiting_max=waiting_max,
    )
    ledger.officers.drops.announce_drop(drop_id, plan=plan, by=BY)


def asked(drop_id: str, claim_id: str, session_id: str = SESSION) -> Asked:
    """Return the request for one place in a drop of `announce`."""
    return Asked(claim_id=claim_id, drop_id=drop_id, item_id=ITEM, session_id=session_id)


def member_of(number: int) -> str:
    """Return the id of the `number`-th member that `city.fill` registered, from 0."""
    return f"m{number}"


def _give_keys(log: Log, key_hashes: dict[str, str]) -> None:
    made = [
        KeyMade(member_id=member_id, key_id=_KEY_ID, key_hash=key_hash)
        for member_id, key_hash in key_hashes.items()
    ]
    metadata = json.dumps({"by": BY})
    for first in range(0, len(made), city.PAGE):
        with log.locked() as tx:
            at = max(at_text(tx.now()), tx.head.at)
            version = _REGISTERED_VERSION + 1
            tx.append(
                [
                    Draft(one.stream, version, topic_of(one), at, encode(one), metadata, None)
                    for one in made[first : first + city.PAGE]
                ]
            )
