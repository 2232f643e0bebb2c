"""A served demonstration with a car wash that has a till, cashiers and statements."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from werkzeug.test import TestResponse

from ledger.benefits.terms import Ceilings, Funding, Limits, Rules
from ledger.merchants.till import FloorLimits
from ledger.staff import OFFICES
from ledger.vault import Person
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.policies import TillIdentity
from pos_gateway.codes import make_session_code
from pos_gateway.demonstration import load
from pos_gateway.staff.cashiers import add_cashier, sign_in_cashier
from projections.engine.runner import catch_up
from tests.support.browser import PHONE, LiveServer, WatchedBrowser
from tests.support.offline_till import OfflineTill

CLERK, REVIEWER, TREASURER = "officer-zhao", "officer-qian", "officer-sun"
SHOP, OWNER, FUND = "anche", "anche-owner", "service-card"
WASH = [{"choice": "car-100-20", "merchant_share_minor": 1_000, "union_share_minor": 1_000}]
"""Twenty yuan off a wash for 120 yuan; the union pays half."""

CARDS = [f"{n:02}" * 12 for n in range(1, 10)]


Visit = Callable[..., BrowserContext]
"""Opens a context of a realm, of a size (a phone's), in a language (English)."""


class MerchantServer(LiveServer):
    """A live server with the demonstration and a day of business at the car wash."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.plan = load(self.services)
        self.client = self.flask.test_client()
        self.till = next(one for one in self.plan.tills if one.merchant_id == SHOP)
        self.key = self.till.key
        roles = sorted(OFFICES)
        self.services.ledger.officers.staff.change_roles("wu", roles=roles)
        for number, card_id in enumerate(CARDS):
            member_id = f"driver-{number}"
            self.services.ledger.officers.cards.register_member(
                member_id, branch="miyun-1", by=CLERK
            )
            self.services.ledger.officers.cards.issue_card(card_id, member_id=member_id, by=CLERK)
        self.services.vault.put("driver-0", Person("王一", "13800138000", None))
        self.cashier_id = self._cashiers()
        self._settled()
        self._lost_line()
        self._proposed()
        catch_up(self.services.views, self.services.ledger.facts)

    def enter(self, context: BrowserContext, staff_id: str, door: str) -> BrowserContext:
        """Return the context with somebody signed in at the desk or the shop."""
        secret = self.services.sessions.begin(
            door, f"staff-{staff_id}", device="test", methods="test"
        )
        return self.hold(context, **{door: secret})

    def hold(self, context: BrowserContext, **secrets: str) -> BrowserContext:
        """Return the context with these cookies, given by realm."""
        origin = self.services.settings.origin
        for door, secret in secrets.items():
            cookie: Any = {"name": cookie_name(door, origin), "value": secret, "url": self.address}
            context.add_cookies([cookie])
        return context

    def code(self, card_id: str = CARDS[0]) -> str:
        """Return the code that a member's phone shows now."""
        now = self.services.clock()
        jti = self.services.ledger.head()
        card = bytes.fromhex(card_id)
        return make_session_code(self.services.keys, card=card, now=now, jti=jti.to_bytes(8))

    def ask(self, method: str, path: str, body: Any, *, key: str, **more: Any) -> TestResponse:
        """Call the API as the car wash's till."""
        headers = {"Authorization": f"Bearer {key}"}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, json=body, **more)

    def wash(self, redemption_id: str, card_id: str) -> None:
        """Redeem a car wash with a cashier at the till."""
        origin = self.services.settings.origin
        self.client.set_cookie(cookie_name("till", origin), self.key)
        self.client.set_cookie(cookie_name("cashier", origin), self.at_till)
        body = {"code": self.code(card_id), "amount_minor": 12_000, "choices": ["car-100-20"]}
        path = f"/api/v1/redemptions/{redemption_id}"
        here = {"Sec-Fetch-Site": "same-origin"}
        assert self.client.put(path, json=body, headers=here).status_code == 201

    def _cashiers(self) -> str:
        ids = [
            add_cashier(self.services, SHOP, name, "24680", by=f"owner-{OWNER}")
            for name in ("陈小玲", "Ma Jun")
        ]
        here = TillIdentity(SHOP, self.till.outlet_id, self.till.till_id)
        self.at_till = sign_in_cashier(self.services, here, ids[0], "24680")
        return ids[0]

    def _settled(self) -> None:
        ledger = self.services.ledger

        def drawn_up(statement_id: str) -> None:
            ledger.officers.statements.draw_up_statement(
                statement_id, fund_id=FUND, merchant_id=SHOP, by=CLERK
            )

        self.wash("wash-1", CARDS[0])
        drawn_up("20261101-returned")
        ledger.officers.statements.return_statement(
            "20261101-returned", reason="amount_doubted", by=REVIEWER
        )
        drawn_up("20261108-paid")
        ledger.officers.statements.approve_statement("20261108-paid", by=REVIEWER)
        ledger.officers.statements.mark_statement_paid(
            "20261108-paid", reference="BRCB-77120", by=TREASURER
        )
        ledger.officers.statements.report_incident(
            "wash-1", amount_minor=500, reason="wrong_amount", by=CLERK
        )
        self.wash("wash-2", CARDS[1])
        drawn_up("20261115-waiting")
        self.wash("wash-3", CARDS[2])
        self.wash("wash-4", CARDS[3])
        ledger.tills.redemptions.reverse(
            "wash-4", merchant_id=SHOP, reason="wrong_amount", by="till-1"
        )

    def _proposed(self) -> None:
        """Propose an offer that the union pays for, which waits for a second person."""
        rules = Rules(
            merchants=(SHOP,),
            weekdays=(6, 7),
            limits=Limits(per_month=2),
            ceilings=Ceilings(per_offer_minor=300_000),
            funding=Funding(union_basis_points=5_000, fund_id=FUND),
        )
        self.services.ledger.officers.offers.publish_offer(
            "weekend-wash",
            title="周末洗车八折",
            kind="percent_off",
            terms={"basis_points": 2_000},
            rules=rules,
            by=REVIEWER,
            as_proposal="waiting",
        )

    def _lost_line(self) -> None:
        """Report offline redemptions: one correct, three contested, three missing."""
        till_id = self.till.till_id
        limits = FloorLimits(redemptions=3, amount_minor=20_000, hours=24)
        self.services.ledger.officers.merchants.limit_till(SHOP, till_id=till_id, limits=limits)
        till = OfflineTill(
            self,  # type: ignore[arg-type]
            shows=self.key,
            merchant_id=SHOP,
            till_id=till_id,
        )
        assert self.now is not None
        self.now += timedelta(seconds=2)
        self.wash("wash-5", CARDS[6])
        for redemption_id, card_id, more in (
            ("late-1", CARDS[4], {}),
            ("late-2", CARDS[0], {}),
            ("late-3", CARDS[6], {}),
            ("late-4", CARDS[5], {"number": 6}),
        ):
            answer = till.bring(
                till.slip(
                    redemption_id,
                    code=self.code(card_id),
                    amount_minor=12_000,
                    given=WASH,
                    cashier_id=self.cashier_id,
                    **more,
                )
            )
            assert answer.status_code == 201, answer.text
        till.count(7)
        self.now = None


@pytest.fixture(scope="module")
def merchant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MerchantServer]:
    """Return one server for all tests of a module, because they change little."""
    made = MerchantServer(tmp_path_factory.mktemp("street") / "var")
    yield made
    made.close()


@pytest.fixture
def merchant_browser(
    chromium: Browser, merchant_server: MerchantServer
) -> Iterator[WatchedBrowser]:
    """Return a browser of the server; a test fails if one of its pages logged an error."""
    made = WatchedBrowser(chromium, merchant_server.address)
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture
def visit(merchant_browser: WatchedBrowser, merchant_server: MerchantServer) -> Visit:
    """Return a function that opens a context of the owner (`shop`) or an officer (`desk`)."""

    def opened(
        realm: str, size: dict[str, int] = PHONE, *, language: str = "en", **more: Any
    ) -> BrowserContext:
        context = merchant_browser.context(size, language=language, **more)
        return merchant_server.enter(context, {"shop": OWNER, "desk": "wu"}[realm], realm)

    return opened
