"""Benefits of a member's card: the offers and grants, the outlets, and reasons against a use."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

import msgspec
from immutables import Map

from ledger import errors, funds
from ledger.benefits import Remaining
from ledger.benefits.terms import NOTHING_USED, Period, Purchase, Tally
from ledger.drops import INITIAL as NO_DROP
from ledger.drops.eligibility import claimant
from ledger.errors import Refusal
from ledger.members.authorization import Principal
from ledger.members.card import Card, check_live
from ledger.members.member import Member
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.money import AMOUNT_MAX
from ledger.offers.grant import Grant, Grants
from ledger.offers.offer import Offer
from ledger.redemptions import redemption
from ledger.redemptions.pricing import limits_left, options
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.services.base import Context, Service
from ledger.services.near import Near, Where
from ledger.write.state_batch import AnyStates, StateBatch

_NEVER = (errors.GrantEnded, errors.NotEligible, errors.OfferEnded, errors.OfferUnknown)
"""Refusals for which a benefit is not listed for a member at all."""

NEAR_SECONDS = 1.0
"""The shortest time between two indexes of what is near."""

AsOf = tuple[int, int, date]
"""The changes of merchants and of offers, and the day, as of which an index was made."""

JUDGED_MAX = 1_000
"""The most offers and grants that are judged to list those of one member."""


class Held(NamedTuple):
    """One offer or grant of the member; it holds at an outlet at least.

    `refusal` is None if the member can use it now. `remaining` is what is left of its value, None
    if the kind of benefit has no such limit. `limits` holds (period, uses allowed, uses left) for
    each limited period; empty if none is limited.
    """

    held: Grant | Offer
    refusal: Refusal | None
    remaining: Remaining | None
    limits: list[tuple[Period, int, int]]


class Listed(NamedTuple):
    """Benefits of a member, usable ones first, and the number left out."""

    held: list[Held]
    more: int


class CardBenefits(msgspec.Struct, frozen=True):
    """A member's card, uses and grants, and what is near, at one moment.

    `at` is in the zone of the rules. `latest` returns an offer with its present totals. The states
    never change, so the methods may take their time. They apply the rules of a redemption.
    """

    at: datetime
    card: Card
    member: Member
    uses: Map[str, Tally]
    grants: Grants
    near: Near
    funds: dict[str, funds.Fund]
    latest: Callable[[Offer], Offer]

    @property
    def card_refusal(self) -> Refusal | None:
        """Return the refusal if the card can't be used at all today; None if it is live."""
        try:
            check_live(self.card, self.at.date())
        except Refusal as refusal:
            return refusal.with_traceback(None)
        return None

    def held(self, most: int, price_minor: int = AMOUNT_MAX) -> Listed:
        """Return the member's offers and grants, `most` of them, usable ones first.

        They are judged for a purchase of `price_minor`: at the default, the highest price, no
        minimum purchase excludes them. Tickets, offers that are over or not for this member, and
        choices that apply at no outlet are left out. Once `most` usable ones are found, or
        JUDGED_MAX were judged, the others are only counted.
        """
        usable: list[Held] = []
        refused: list[Held] = []
        choices = self._choices()
        for one, where in islice(choices, JUDGED_MAX):
            if held := self._held(one, where, price_minor):
                (refused if held.refusal else usable).append(held)
            if len(usable) == most:
                break
        found = usable + refused
        return Listed(found[:most], len(found[most:]) + sum(1 for _ in choices))

    def _choices(self) -> Iterator[tuple[Grant | Offer, Where]]:
        for grant in self.grants.held.values():
            where = None if grant.ticket else self.near.outlets.first(grant.rules)
            if where is not None:
                yield grant, where
        for offer, where in self.near.standing:
            if not self.grants.hides(offer.offer_id):
                yield self.latest(offer), where

    def _held(self, one: Grant | Offer, where: Where, price_minor: int) -> Held | None:
        refusal = self._refusal(one, where, price_minor)
        if isinstance(refusal, _NEVER):
            return None
        choice_id = one.offer_id if isinstance(one, Offer) else one.grant_id
        used, today = self.uses.get(choice_id, NOTHING_USED), self.at.date()
        return Held(
            one,
            self.card_refusal or refusal,
            one.benefit.remaining(used=used, today=today),
            list(limits_left(one.rules.limits, used, today)),
        )

    def _refusal(self, one: Grant | Offer, where: Where, price_minor: int) -> Refusal | None:
        outlet, category = where
        context = PurchaseContext(
            card=self.card,
            member=self.member,
            merchant=outlet.merchant,
            till_id=outlet.till_id,
            purchase=Purchase(
                merchant_id=outlet.merchant.merchant_id,
                outlet_id=outlet.outlet_id,
                category=category,
                price_minor=price_minor,
                at=self.at,
            ),
            funds=self.funds,
        )
        (option,) = options(self.uses, context=context, held=[one])
        return option.refusal


class MemberBenefitService(Service):
    """Queries on a member's benefits; KeyEnded or NotAProxy if the principal may not act."""

    def __init__(self, context: Context) -> None:
        """Watch the merchants, to index what is near anew once they changed."""
        super().__init__(context)
        self._indexing = threading.Lock()
        self._near: Near | None = None
        self._near_of: AsOf | None = None
        self._indexed = -math.inf
        self._changes = 0
        self.writer.states.watch(merchant.CATEGORY, self._changed)

    def card_benefits(self, asking: Principal) -> CardBenefits:
        """Return the states behind a member's benefits; without a card, with the initial card.

        They are FRESH_SECONDS old at most; merchants, and the offers there are, NEAR_SECONDS.
        """
        self.refresh(asking.reads[0])
        near = self._what_is_near()

        def ask(states: AnyStates, now: datetime) -> CardBenefits:
            who = claimant(states, NO_DROP, asking)
            granted = {one.rules.funding.fund_id for one in who.grants.held.values()}
            return CardBenefits(
                now.astimezone(self.zone),
                who.card,
                who.member,
                states[redemption.stream(asking.member_id)].uses,
                who.grants,
                near,
                {one: states[funds.stream(one)] for one in near.fund_ids | granted if one},
                self.offer_index.latest,
            )

        return self.look(ask, asking.reads)

    def _what_is_near(self) -> Near:
        """Return the index of what is near, made anew after a change and each day."""
        with self._indexing:
            aged = time.monotonic() - self._indexed >= NEAR_SECONDS
            if self._near is None or (aged and self._near_of != self._as_of(self.writer.time())):
                merchants, offers, self._near_of = self.query(self._everything)
                self._near = Near(merchants, offers)
                self._indexed = time.monotonic()
            return self._near

    def _everything(
        self, states: StateBatch, now: datetime
    ) -> tuple[list[Merchant], list[Offer], AsOf]:
        offers = self.offer_index.current(states, self.day(now))
        return states.all(merchant.CATEGORY), offers, self._as_of(now)

    def _as_of(self, at: datetime) -> AsOf:
        return self._changes, self.offer_index.changes, self.day(at)

    def _changed(self, _stream: str, _merchant: Merchant | None) -> None:
        self._changes += 1
