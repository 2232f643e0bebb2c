"""An app over real databases, with a bakery that has a till, and members with cards."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from ledger.benefits.terms import Ceilings, Funding, Rules
from ledger.benefits.terms import Limits as UseLimits
from ledger.vault import Person
from ledger.write.writer import WriterLimits
from pos_gateway.app.factory import create_app, services_of
from pos_gateway.auth.api_key import make_till_key
from pos_gateway.codes import make_printed_code, make_session_code, printed_code_hash
from pos_gateway.settings import Settings

E = TypeVar("E")

OFFICER = "officer-zhao"
WANG_CARD = "00112233445566778899aabb"
LI_CARD = "a1a2a3a4a5a6a7a8a9aaabac"


class App:
    """An app over real databases with an adjustable clock. Settings may be overridden."""

    CLOCK_GOES_ON = True
    """Whether a copy of a furnished app is at the time it is copied."""

    def __init__(
        self, database_url: str, var: Path, limits: WriterLimits | None = None, **changed: Any
    ) -> None:
        self.now = datetime.now(UTC)
        self.start(database_url, var, limits, **changed)
        self._codes = 0
        self.key = self.pair("bakery", "till-1")
        self.other_key = self.pair("opera", "till-9")
        self.printed = make_printed_code(bytes(range(16)))
        self._furnish()

    def start(
        self, database_url: str, var: Path, limits: WriterLimits | None = None, **changed: Any
    ) -> None:
        """Open the databases, with an app and a client before them."""
        settings = msgspec.structs.replace(
            Settings.read({"HONGKA_VAR": str(var)}),
            ledger_url=database_url,
            views_url=database_url.replace("log.db", "views.db"),
            vault_url=database_url.replace("log.db", "vault.db"),
            limits=limits or WriterLimits(),
            **changed,
        )
        self.flask = create_app(settings, clock=lambda: self.now)
        self.services = services_of(self.flask)
        self.client: FlaskClient = self.flask.test_client()
        self.health = Client(self.flask.extensions["hongka.health"])

    def pair(self, merchant_id: str, till_id: str) -> str:
        """Pair a new till. Return its key."""
        ledger = self.services.ledger
        ledger.officers.merchants.sign_merchant(merchant_id, name=merchant_id, by=OFFICER)
        ledger.officers.merchants.open_outlet(
            merchant_id, outlet_id="main", name="本店", by=OFFICER
        )
        key, key_hash = make_till_key(merchant_id, till_id, bytes([len(merchant_id)]) * 32)
        ledger.officers.merchants.pair_till(
            merchant_id, till_id=till_id, outlet_id="main", key_hash=key_hash, by=OFFICER
        )
        return key

    def code(self, card_id: str = WANG_CARD) -> str:
        """Return a new session code."""
        self._codes += 1
        return make_session_code(
            self.services.keys,
            card=bytes.fromhex(card_id),
            now=self.now,
            jti=self._codes.to_bytes(8),
        )

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
    ) -> TestResponse:
        """Call the API as the bakery's till, or with another key; `""` means no key."""
        key = self.key if key is None else key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def redeem(self, redemption_id: str, **asked: Any) -> TestResponse:
        """Redeem one tenth off a cake for 68 yuan; `asked` overrides fields."""
        body = {"code": self.code(), "amount_minor": 6_800, "choices": ["tenth-off"]} | asked
        return self.ask("PUT", f"/redemptions/{redemption_id}", body)

    def close(self) -> None:
        """Close the databases."""
        self.services.close()

    @property
    def position(self) -> int:
        """Return the last position of the log."""
        return self.services.ledger.head()

    def events(self, kind: type[E]) -> list[E]:
        """Return the events of a kind, in the order of the log."""
        facts = self.services.ledger.facts(0, 1_000)
        return [fact.event for fact in facts if isinstance(fact.event, kind)]

    def failing(self) -> str:
        """Return the parts that the gateway names as failing; empty if it is ready."""
        answer = self.health.get("/readyz")
        assert answer.status_code in {200, 503}
        return str(answer.get_json().get("particulars", {}).get("failing", ""))

    def _furnish(self) -> None:
        ledger = self.services.ledger
        ledger.officers.offers.open_fund("culture", programme="s1", name="文化惠民", by=OFFICER)
        ledger.officers.offers.contribute("culture", source="district", amount_minor=1_000_000)
        funding = Funding(union_basis_points=5_000, fund_id="culture")
        for offer_id, rules in (
            ("tenth-off", Rules(funding=funding)),
            ("once-only", Rules(limits=UseLimits(per_day=1), ceilings=Ceilings())),
            ("opera-only", Rules(merchants=("opera",))),
        ):
            ledger.officers.offers.publish_offer(
                offer_id,
                title="九折",
                kind="percent_off",
                terms={"basis_points": 1_000},
                rules=rules,
            )
        for member_id, card_id in (("member-wang", WANG_CARD), ("member-li", LI_CARD)):
            ledger.officers.cards.register_member(member_id, branch="miyun-1", by=OFFICER)
            ledger.officers.cards.issue_card(card_id, member_id=member_id, by=OFFICER)
        self.services.vault.put(
            "member-wang", Person("王小明", "13800138000", "110228199003070017")
        )
        number = self.printed.removeprefix("HK0:")
        ledger.officers.cards.print_code(WANG_CARD, code_hash=printed_code_hash(number), by=OFFICER)


@pytest.fixture
def app_any_db(database_url: str, tmp_path: Path) -> Iterator[App]:
    """Return an app on each database in turn."""
    made = App(database_url, tmp_path / "var")
    yield made
    made.services.close()
