"""Shops with a till each, offers, drops and two members on a live server."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from playwright.sync_api import BrowserContext

from ledger.benefits.terms import Funding, Rules
from ledger.benefits.terms import Limits as UseLimits
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.merchants.location import Place
from ledger.vault import Person
from pos_gateway.auth.api_key import make_till_key
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.codes import make_session_code
from projections.engine.runner import catch_up
from tests.support.browser import LiveServer

OFFICER = "officer-zhao"
WANG, LI = "m-wang", "m-li"
CARDS = {WANG: "00112233445566778899aabb", LI: "a1a2a3a4a5a6a7a8a9aaabac"}
SHOPS: dict[str, tuple[str, str, str, tuple[int, int]]] = {
    "xiufa": ("秀发坊美发", "鼓楼店", "beauty-hair", (40_376_200, 116_845_100)),
    "qingche": ("清车洗车行", "滨河路店", "car-care", (40_371_900, 116_852_700)),
    "milan": ("米兰影城", "万象汇店", "cinema", (40_368_400, 116_838_600)),
    "rose-garden": ("玫瑰园", "东门", "shopping-garden", (40_402_500, 116_871_300)),
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class LiveShops:
    """A live server with shops, and verbs that need no browser."""

    def __init__(self, live_server: LiveServer) -> None:
        self.live_server = live_server
        self.services = live_server.services
        self._codes = 0
        self.till_keys = {shop: self._sign(shop) for shop in SHOPS}
        self._publish()
        for member_id, name, phone in (
            (WANG, "王小明", "13800138000"),
            (LI, "李美丽", "13900139000"),
        ):
            self.services.ledger.officers.cards.register_member(
                member_id, branch="miyun-1", by=OFFICER
            )
            self.services.ledger.officers.cards.issue_card(
                CARDS[member_id], member_id=member_id, by=OFFICER
            )
            self.services.vault.put(member_id, Person(name, phone, None))

    def sign_in(self, context: BrowserContext, member_id: str = WANG) -> None:
        """Put the session cookie of a member into a browser."""
        secret = self.services.sessions.begin(
            "card", subject_of(member_id), device="", methods="code"
        )
        name = cookie_name("card", self.services.settings.origin)
        context.add_cookies([{"name": name, "value": secret, "url": self.live_server.address}])

    def announce(self, drop_id: str = "may-day", **changed: Any) -> datetime:
        """Announce visits to the Rose Garden that open at once; `changed` overrides fields."""
        opens_at = changed.pop("opens_at", None) or self.now + timedelta(seconds=0.2)
        at_once = opens_at < self.now + timedelta(seconds=1)
        capacities: tuple[int, int] = changed.pop("capacities", (2, 40))
        begins = (opens_at + 3 * DAY).replace(hour=1, minute=0, second=0, microsecond=0)
        sessions = [
            Session(
                session_id=name,
                starts_at=begins + after,
                ends_at=begins + after + 4 * HOUR,
                capacity=capacity,
            )
            for name, after, capacity in (
                ("morning", timedelta(), capacities[0]),
                ("afternoon", 5 * HOUR, capacities[1]),
            )
        ]
        fields: dict[str, Any] = {
            "title": "五一玫瑰园",
            "mode": Mode.FIRST_COME,
            "opens_at": opens_at,
            "closes_at": opens_at + 2 * DAY,
            "waiting_max": 20,
            "items": (
                Item(
                    item_id="garden",
                    title="玫瑰园门票",
                    kind="admission",
                    party_max=3,
                    sessions=tuple(sessions),
                    supplier_id="rose-garden",
                ),
            ),
        }
        self.services.ledger.officers.drops.announce_drop(drop_id, plan=Plan(**fields | changed))
        while at_once and self.services.ledger.time() < opens_at:
            time.sleep(0.02)
        return opens_at

    @property
    def now(self) -> datetime:
        """Return the time of the gateway."""
        return self.live_server.now or datetime.now(UTC)

    def code(self, member_id: str = WANG) -> str:
        """Return a session code, as a phone would fetch it."""
        self._codes += 1
        jti = hashlib.sha256(str(self._codes).encode()).digest()[:8]
        card = bytes.fromhex(CARDS[member_id])
        return make_session_code(self.services.keys, card=card, now=self.now, jti=jti)

    def redeem(
        self, redemption_id: str, shop: str, *choices: str, amount_minor: int = 6_800
    ) -> None:
        """Redeem at the till of a shop."""
        asked = {"code": self.code(), "amount_minor": amount_minor, "choices": choices}
        answer = self.ask("PUT", f"/redemptions/{redemption_id}", shop, asked)
        assert answer.status_code == 201, answer.text

    def ask(self, method: str, path: str, shop: str, body: Any = None) -> requests.Response:
        """Call the API as the till of a shop."""
        headers = {"Authorization": f"Bearer {self.till_keys[shop]}"}
        address = f"{self.live_server.address}/api/v1{path}"
        return requests.request(method, address, json=body, headers=headers, timeout=10)

    def catch_up(self) -> None:
        """Bring the projections to the end of the log."""
        catch_up(self.services.views, self.services.ledger.facts)

    def _sign(self, shop: str) -> str:
        ledger = self.services.ledger
        name, outlet, category, (latitude, longitude) = SHOPS[shop]
        ledger.officers.merchants.sign_merchant(shop, name=name, categories=(category,), by=OFFICER)
        place = Place(
            address=f"密云区{outlet}路 19 号",
            latitude_microdegrees=latitude,
            longitude_microdegrees=longitude,
            hours="09:00–21:00",
            phone="010-69040019",
        )
        ledger.officers.merchants.open_outlet(
            shop, outlet_id="main", name=outlet, place=place, by=OFFICER
        )
        key, key_hash = make_till_key(shop, "till-1", bytes([len(shop)]) * 32)
        ledger.officers.merchants.pair_till(
            shop, till_id="till-1", outlet_id="main", key_hash=key_hash, by=OFFICER
        )
        return key

    def _publish(self) -> None:
        ledger = self.services.ledger
        ledger.officers.offers.open_fund("culture", programme="s1", name="文化惠民", by=OFFICER)
        ledger.officers.offers.contribute("culture", source="district", amount_minor=1_000_000)
        shared = Funding(union_basis_points=5_000, fund_id="culture")
        offers: list[tuple[str, str, str, dict[str, Any], Rules]] = [
            ("haircut", "美发八折", "percent_off", {"basis_points": 2_000},
             Rules(merchants=("xiufa",), funding=shared)),
            ("wash", "洗车九折", "percent_off", {"basis_points": 1_000},
             Rules(merchants=("qingche",), limits=UseLimits(per_day=1))),
            ("film", "观影减十元", "amount_off", {"amount_minor": 1_000},
             Rules(merchants=("milan",), funding=shared)),
            ("garden-week", "玫瑰园周中半价", "percent_off", {"basis_points": 5_000},
             Rules(merchants=("rose-garden",), weekdays=self._other_days())),
        ]  # fmt: skip
        for offer_id, title, kind, terms, rules in offers:
            ledger.officers.offers.publish_offer(
                offer_id, title=title, kind=kind, terms=terms, rules=rules
            )

    def _other_days(self) -> tuple[int, ...]:
        """Return every weekday except today."""
        today = self.services.ledger.day(self.now).isoweekday()
        return tuple(day for day in range(1, 8) if day != today)


def subject_of(member_id: str) -> str:
    """Return the subject of a member's session."""
    return f"member-{member_id}"
