"""Requests to a gateway, each with a code and an id of its own, and what its log then holds."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from ledger.application import Ledger
from ledger.drops.eligibility import Asked
from ledger.members.authorization import Principal
from ledger.redemptions.refusal import TurnedAway
from ledger.services.log_queries import fact_of
from ledger.store import Log, Stored
from pos_gateway.auth.api_key import make_member_key, make_till_key
from pos_gateway.codes import card_bytes, make_session_code
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS, KeyRing
from pos_gateway.services import prepare
from pos_gateway.settings import Settings
from scripts.bench import city
from scripts.bench.population import SECRET
from scripts.bench.servers import Load, Server, check_answers, check_recorded, request
from tests.support import example_drop

SUPPLIER = "rose-garden"
ITEM, SESSION = "garden", "may-1"
SOLD_OUT, NOT_OPEN = "sold-out", "not-open"
ENOUGH = 1_000_000
OPENS_SECONDS = 1.0
CARDS = 2_000
TOPICS = {"redemption": "redemption.made", "claim": "drop.claimed"}
"""The loads that are recorded, and the topic of the event that each call makes."""

FRESH = ("redemption", "validation", "claim")
REASONS = {"sold out": (SOLD_OUT, "sold_out"), "not open": (NOT_OPEN, "not_open_yet")}
"""The loads that are refused: the drop of each, and the reason."""


class Gateway:
    """A gateway that is started later: its log, and the requests of its tills."""

    def __init__(
        self, chosen: Settings, *, cards: int = CARDS, merchants: int = city.MERCHANTS
    ) -> None:
        """Ask for the first `cards` cards at the first `merchants` merchants of `city.found`."""
        prepare(chosen, datetime.now(UTC))
        self._log = Log(chosen.ledger_url)
        self._cards, self._merchants = cards, merchants
        self._ring = KeyRing.load(chosen.keys)
        self._chance = Random(6)  # noqa: S311 - the same sequence each time
        self._numbers = count(time.time_ns())  # an earlier gateway on this log had others

    def tills(self, what: str, number: int) -> list[bytes]:
        """Return `number` requests for a "redemption" or "validation", each with its own code.

        Each redemption has a new id.
        """
        now = datetime.now(UTC)
        asked = []
        for scan in city.scans(self._chance, self._cards, number, self._merchants):
            jti = next(self._numbers)
            code = make_session_code(
                self._ring,
                card=card_bytes(scan.card_id),
                now=now,
                jti=jti.to_bytes(8, "big"),
                lifetime_seconds=LIFETIME_MAX_SECONDS,
            )
            body: dict[str, object] = {"code": code, "amount_minor": scan.amount_minor}
            place = ("POST", "/api/v1/validations")
            if what == "redemption":
                body["choices"] = scan.choices
                place = ("PUT", f"/api/v1/redemptions/bench-{jti}")
            key = make_till_key(scan.merchant_id, scan.till_id, SECRET)[0]
            asked.append(request(*place, bearer(key), json.dumps(body).encode()))
        return asked

    def checked(
        self, what: str, server: Server, calls: Sequence[bytes], connections: int, seconds: float
    ) -> Load:
        """Send calls to a server for some seconds, and return the result.

        A ClickException is raised unless all calls are accepted, or refused if `what` ends in a key
        of REASONS; none of FRESH is sent twice; and those in TOPICS are in the log once answered.
        """
        before = self._log.max_notification_id() or 0
        load = server.under(calls, connections, seconds)
        refused, fresh = what.endswith(tuple(REASONS)), what.endswith(FRESH)
        check_answers(what, load, refused=refused, fresh=fresh)
        if what in TOPICS:
            check_recorded(what, [load], len(self.tail(TOPICS[what], before)))
        return load

    def tail(self, topic: str, after: int) -> list[Stored]:
        """Return the stored events of a topic at positions above `after`, in order."""
        with self._log.reading() as view:
            return view.tail(after, view.head.position, [topic])


class DropGateway(Gateway):
    """A gateway with members' keys and drops: some open, one sold out, one not open yet."""

    def __init__(self, chosen: Settings, *, members: int, drops: int) -> None:
        """Fill the empty log of a gateway that starts later: `members`, and `drops` open drops."""
        super().__init__(chosen, cards=min(CARDS, members))
        keys = [make_member_key(city.member_of(one), city.KEY_ID, SECRET) for one in range(members)]
        self.key_hashes = {city.member_of(one): key[1] for one, key in enumerate(keys)}
        # Whoever shops holds no ticket of this bench, or each round would slow the tills down.
        self._headers = [bearer(key) for key, _hash in keys[self._cards :] or keys]
        self.slots = [(f"drop-{one}", ITEM, SESSION, ENOUGH) for one in range(drops)]
        self.slots.append((SOLD_OUT, ITEM, SESSION, 1))
        with closing(Ledger(chosen.ledger_url)) as ledger:
            city.found(ledger, key_hash=make_till_key("m", "till", SECRET)[1])
            # One more member takes the only ticket; repeating the claim would return it, not a
            # refusal.
            city.fill(ledger.store, cards=members + 1, key_hashes=self.key_hashes)
            ledger.officers.merchants.sign_merchant(SUPPLIER, name="玫瑰园", by=city.BY)
            for drop_id, _item, _session, capacity in self.slots:
                announce(ledger, drop_id, capacity=capacity)
            announce(ledger, NOT_OPEN, opens_in=timedelta(days=30))
            time.sleep(2 * OPENS_SECONDS)
            ledger.members.claims.claim(
                asked(SOLD_OUT, "the-only-one"), Principal(member_id=city.member_of(members))
            )

    def looks(self) -> list[bytes]:
        """Return one call for each claimant that loads their tickets, in random order."""
        return [request("GET", "/api/v1/tickets", headers) for headers in self._shuffled()]

    def claims(self, drop_id: str) -> list[bytes]:
        """Return one claim for each claimant in a drop, each under a new id, in random order."""
        body = json.dumps({"item": ITEM, "session": SESSION}).encode()
        place = f"/api/v1/drops/{drop_id}/claims/c"
        return [
            request("PUT", f"{place}{next(self._numbers)}", headers, body)
            for headers in self._shuffled()
        ]

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


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a request with a JSON body and this key."""
    return {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}


def announce(
    ledger: Ledger,
    drop_id: str,
    *,
    capacity: int = ENOUGH,
    opens_in: timedelta = timedelta(seconds=OPENS_SECONDS),
    per_member: int = 1,
) -> None:
    """Announce a drop with one session that opens in `opens_in`, at most `per_member` tickets."""
    now = ledger.time()
    begins, ends = now + timedelta(days=60), now + timedelta(days=61)
    plan = example_drop.plan(
        example_drop.garden(
            example_drop.session(SESSION, capacity, starts_at=begins, ends_at=ends)
        ),
        opens_at=now + opens_in,
        closes_at=now + timedelta(days=59),
        per_member=per_member,
        waiting_max=0,
    )
    ledger.officers.drops.announce_drop(drop_id, plan=plan)


def asked(drop_id: str, claim_id: str) -> Asked:
    """Return the request for one place in a drop of `announce`."""
    return Asked(claim_id=claim_id, drop_id=drop_id, item_id=ITEM, session_id=SESSION)
