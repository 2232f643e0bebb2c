"""Benefits of a member's card: the offers and grants, the outlets, and reasons against a use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from immutables import Map

from ledger import errors
from ledger.benefits import Remaining
from ledger.benefits.terms import NOTHING_USED, Period, Purchase, Rules, Tally, check_applies
from ledger.drops import INITIAL as NO_DROP
from ledger.drops.eligibility import claimant
from ledger.errors import Refusal
from ledger.funds import Fund
from ledger.members.authorization import Principal
from ledger.members.card import Card, check_live
from ledger.members.member import Member
from ledger.merchants import merchant
from ledger.merchants.location import NOWHERE, Place
from ledger.merchants.merchant import Merchant
from ledger.money import AMOUNT_MAX
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions import redemption
from ledger.redemptions.pricing import limits_left, options
from ledger.redemptions.purchase_context import purchase_context
from ledger.services.base import Service, funds_named
from ledger.write.state_batch import StateBatch

_NEVER = (errors.GrantEnded, errors.NotEligible, errors.OfferEnded, errors.OfferUnknown)
"""Refusals for which a benefit is not listed for a member at all."""


class Outlet(NamedTuple):
    """An outlet that accepts cards; `till_id` is one of its live tills."""

    merchant: Merchant
    outlet_id: str
    till_id: str

    @property
    def name(self) -> str:
        """The name of the outlet."""
        return self.merchant.outlets[self.outlet_id]

    @property
    def place(self) -> Place:
        """The location of the outlet; NOWHERE if none is recorded."""
        return self.merchant.places.get(self.outlet_id, NOWHERE)


class Held(NamedTuple):
    """One offer or grant of the member, and the outlets where it applies.

    `refusal` is None if the member can use it now. `remaining` is what is left of its value, None
    if the kind of benefit has no such limit. `limits` holds (period, uses allowed, uses left) for
    each limited period; empty if none is limited.
    """

    held: Grant | Offer
    outlets: list[Outlet]
    refusal: Refusal | None
    remaining: Remaining | None
    limits: list[tuple[Period, int, int]]


class CardBenefits(msgspec.Struct, frozen=True):
    """A member's card, offers and grants, and all merchants, at one moment.

    `at` is in the zone of the rules. The states never change, so the methods may take their time.
    They apply the rules that decide a redemption.
    """

    at: datetime
    card: Card
    member: Member
    uses: Map[str, Tally]
    choices: list[Grant | Offer]
    merchants: list[Merchant]
    funds: dict[str, Fund]

    @property
    def card_refusal(self) -> Refusal | None:
        """Return the refusal if the card can't be used at all today; None if it is live."""
        try:
            check_live(self.card, self.at.date())
        except Refusal as refusal:
            return refusal
        return None

    @property
    def outlets(self) -> list[Outlet]:
        """Return every outlet with a live till, of every merchant that accepts cards now."""
        return [outlet for one in self.merchants for outlet in _outlets(one)]

    def held(self, price_minor: int = AMOUNT_MAX) -> list[Held]:
        """Return the member's offers and grants with their outlets, usable ones first.

        They are judged for a purchase of `price_minor`: at the default, the highest price, no
        minimum purchase excludes them. Tickets, offers that are over or not for this member, and
        choices that apply at no outlet are left out.
        """
        by_merchant: dict[str, list[Outlet]] = {}
        for outlet in self.outlets:
            by_merchant.setdefault(outlet.merchant.merchant_id, []).append(outlet)
        found = [
            held for one in self.choices if (held := self._held(one, by_merchant, price_minor))
        ]
        return sorted(found, key=lambda held: held.refusal is not None)

    def _held(
        self, one: Grant | Offer, by_merchant: dict[str, list[Outlet]], price_minor: int
    ) -> Held | None:
        if isinstance(one, Grant) and one.ticket is not None:
            return None
        first = next(iter(by_merchant.values()), None)
        if first is None or isinstance(self._refusal(one, first[0], None, price_minor), _NEVER):
            return None
        # Where the rules name merchants, only those are checked.
        named = one.rules.merchants or by_merchant
        asked = [outlet for name in named for outlet in by_merchant.get(name, ())]
        holds = list(self._where(one.rules, asked))
        if not holds:
            return None
        refusal = self.card_refusal or self._refusal(one, *holds[0], price_minor)
        choice_id = one.offer_id if isinstance(one, Offer) else one.grant_id
        used, today = self.uses.get(choice_id, NOTHING_USED), self.at.date()
        return Held(
            one,
            [outlet for outlet, _ in holds],
            refusal,
            one.benefit.remaining(used=used, today=today),
            list(limits_left(one.rules.limits, used, today)),
        )

    def _where(
        self, rules: Rules, outlets: Iterable[Outlet]
    ) -> Iterator[tuple[Outlet, str | None]]:
        """Yield the outlets where the rules apply, each with its first category they cover."""
        places = Rules(
            merchants=rules.merchants, outlets=rules.outlets, categories=rules.categories
        )
        for outlet in outlets:
            for category in outlet.merchant.categories or rules.categories or (None,):
                try:
                    check_applies(places, self.member.who, self._purchase(outlet, category, 1))
                except Refusal:
                    continue
                yield outlet, category
                break

    def _refusal(
        self, one: Grant | Offer, outlet: Outlet, category: str | None, price_minor: int
    ) -> Refusal | None:
        context = purchase_context(
            card=self.card,
            member=self.member,
            merchant=outlet.merchant,
            till_id=outlet.till_id,
            outlet_id=outlet.outlet_id,
            category=category,
            price_minor=price_minor,
            at=self.at,
            funds=self.funds,
        )
        (option,) = options(self.uses, context=context, held=[one])
        return option.refusal

    def _purchase(self, outlet: Outlet, category: str | None, price_minor: int) -> Purchase:
        return Purchase(
            merchant_id=outlet.merchant.merchant_id,
            outlet_id=outlet.outlet_id,
            category=category,
            price_minor=price_minor,
            at=self.at,
        )


class MemberBenefitService(Service):
    """Queries on a member's benefits; KeyEnded or NotAProxy if the principal may not act."""

    def card_benefits(self, asking: Principal) -> CardBenefits:
        """Return the states behind a member's benefits; without a card, with the initial card."""

        def ask(states: StateBatch, now: datetime) -> CardBenefits:
            who = claimant(states, NO_DROP, asking)
            choices = who.grants.with_offers(states.all("offer"))
            return CardBenefits(
                now.astimezone(self.zone),
                who.card,
                who.member,
                states[redemption.stream(asking.member_id)].uses,
                choices,
                states.all("merchant"),
                funds_named(states, (one.rules for one in choices)),
            )

        return self.query(ask, asking.reads)


def _outlets(one: Merchant) -> Iterator[Outlet]:
    """Yield the outlets of a merchant that have a live till; none if it is suspended or unknown."""
    try:
        merchant.check_open(one)
    except Refusal:
        return
    tills = {till.outlet_id: till.till_id for till in one.tills.values() if not till.revoked}
    for outlet_id in sorted(one.outlets):
        if outlet_id in tills:
            yield Outlet(one, outlet_id, tills[outlet_id])
