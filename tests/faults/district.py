"""A ledger with limits that tills try to break, and the calls of those tills."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random

from ledger.application import Ledger
from ledger.benefits.terms import Ceilings, Funding, Limits, Rules
from ledger.store import Log, StoreFailure
from pos_gateway.auth.api_key import make_till_key
from pos_gateway.codes import card_bytes, make_session_code
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS, KeyRing
from pos_gateway.services import prepare
from pos_gateway.settings import Settings
from tests.faults.clients import Call, Then
from tests.faults.gateways import Gateway

BY = "officer-o1"
MEMBERS = 60
SHOPS = ("bakery", "cinema", "garden")
OFFERS = ("capped", "open", "poor", "thrice")
SECRETS = {shop: bytes([number]) * 32 for number, shop in enumerate(SHOPS)}

PURSE_MINOR = 250_000
"""The money of the fund that runs dry."""


class District:
    """A ledger at a database URL, its signing keys under `var`, and any number of calls."""

    def __init__(self, var: Path, ledger_url: str | None = None, *, seed: int = 1) -> None:
        environment = {"HONGKA_VAR": str(var)} | ({"LEDGER_URL": ledger_url} if ledger_url else {})
        settings = Settings.read(environment)
        self.var, self.url = var, settings.ledger_url
        prepare(settings, datetime.now(UTC))
        self._ring = KeyRing.load(settings.keys)
        self._chance = Random(seed)  # noqa: S311 - the same calls each time
        self._numbers = count(1)
        self._position = 0
        found(self.url)
        self._log = Log(self.url)

    def position(self) -> int:
        """Return the last position of the log, or the last known one while the database is away."""
        with suppress(StoreFailure):
            self._position = self._log.max_notification_id() or 0
        return self._position

    def gateway(self, number: int = 0, environment: Mapping[str, str] | None = None) -> Gateway:
        """Return one of several gateways that share the signing keys."""
        var = self.var
        if number:
            var = self.var.parent / f"{self.var.name}-{number}"
            var.mkdir(mode=0o700)
            shutil.copytree(self.var / "keys", var / "keys")
        return Gateway(var, self.url, environment)

    def calls(self, most: int, choices: Sequence[str] = OFFERS) -> list[Call]:
        """Return calls. Now and then two of them show one code, which redeems once."""
        calls: list[Call] = []
        while len(calls) < most:
            calls.append(self._call(choices))
            if self._chance.random() < 0.02:
                calls.append(self._same_code(calls[-1]))
        return calls

    def close(self) -> None:
        """Close the database."""
        self._log.close()

    def _call(self, offered: Sequence[str]) -> Call:
        shop = self._chance.choice(SHOPS)
        card_id = card_of(self._chance.randrange(MEMBERS))
        number = next(self._numbers)
        code_id = number.to_bytes(8)
        chosen = self._chance.sample(offered, min(len(offered), self._chance.choice((0, 1, 1, 2))))
        then: Sequence[Then] = ("", "again", "other", "undo")
        return Call(
            redemption_id=f"r-{number}",
            merchant_id=shop,
            key=make_till_key(shop, "till", SECRETS[shop])[0],
            card_id=card_id,
            code_id=code_id.hex(),
            code=make_session_code(
                self._ring,
                card=card_bytes(card_id),
                now=datetime.now(UTC),
                jti=code_id,
                lifetime_seconds=LIFETIME_MAX_SECONDS,
            ),
            amount_minor=self._chance.randrange(1, 20_000),
            choices=chosen,
            then=self._chance.choices(then, (86, 6, 2, 6))[0],
        )

    def _same_code(self, call: Call) -> Call:
        other = self._call(OFFERS)
        return Call(
            redemption_id=other.redemption_id,
            merchant_id=other.merchant_id,
            key=other.key,
            card_id=call.card_id,
            code_id=call.code_id,
            code=call.code,
            amount_minor=other.amount_minor,
            choices=other.choices,
        )


def found(url: str) -> None:
    """Record everything that precedes the first scan; none of it changes afterwards."""
    ledger = Ledger(url)
    for fund, amount_minor in (("plenty", 10**9), ("purse", PURSE_MINOR)):
        ledger.officers.offers.open_fund(fund, programme="care", name=fund, by=BY)
        ledger.officers.offers.contribute(
            fund, source="union", amount_minor=amount_minor, request_id=f"first-{fund}"
        )
    for shop in SHOPS:
        ledger.officers.merchants.sign_merchant(shop, name=shop, by=BY)
        ledger.officers.merchants.open_outlet(shop, outlet_id="main", name="main", by=BY)
        key_hash = make_till_key(shop, "till", SECRETS[shop])[1]
        ledger.officers.merchants.pair_till(
            shop, till_id="till", outlet_id="main", key_hash=key_hash, by=BY
        )
    for number in range(MEMBERS):
        ledger.officers.cards.register_member(f"m{number}", branch="b1", by=BY)
        ledger.officers.cards.issue_card(card_of(number), member_id=f"m{number}", by=BY)
    _publish(ledger)
    ledger.close()


def card_of(number: int) -> str:
    """Return the card of a member."""
    return f"{number:024x}"


def _publish(ledger: Ledger) -> None:
    """Publish four offers.

    One has no limits, one allows three uses per member, one has ceilings, and one has a fund that
    runs dry.
    """
    percent, amount = "percent_off", "amount_off"
    tenth, half = {"basis_points": 1_000}, {"basis_points": 5_000}
    thrice = Rules(limits=Limits(per_term=3))
    capped = Rules(
        ceilings=Ceilings(per_offer_minor=100_000, per_member_minor=2_500),
        funding=Funding(union_basis_points=4_000, fund_id="plenty"),
    )
    poor = Rules(funding=Funding(union_basis_points=10_000, fund_id="purse"))
    for offer, kind, terms, rules in (
        ("open", percent, tenth, Rules()),
        ("thrice", amount, {"amount_minor": 300, "threshold_minor": 1_000}, thrice),
        ("capped", amount, {"amount_minor": 700, "threshold_minor": 0}, capped),
        ("poor", percent, half, poor),
    ):
        ledger.officers.offers.publish_offer(
            offer, title=offer, kind=kind, terms=terms, rules=rules
        )
