"""The states that decide an offline redemption report."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from ledger.benefits.terms import Purchase
from ledger.members.card import Card
from ledger.members.card import stream as card_stream
from ledger.members.member import stream as member_stream
from ledger.merchants import till_sequence
from ledger.merchants.merchant import Merchant
from ledger.merchants.merchant import stream as merchant_stream
from ledger.merchants.till_sequence import Count
from ledger.offers.offer import Offer
from ledger.offers.offer import stream as offer_stream
from ledger.offline.judgement import KnownStates, card_known
from ledger.offline.report import OfflineReport
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.redemptions.recent_usage import tallies
from ledger.redemptions.redemption import Redemptions
from ledger.redemptions.redemption import stream as redemption_stream
from ledger.services.base import funds_named
from ledger.write.past_states import Past
from ledger.write.state_batch import StateBatch


class ReportStates(NamedTuple):
    """The current and past states on which an offline redemption report is decided.

    `at`, in the rules' zone, is the scan, or the arrival if the report's scan time is unreliable.
    """

    states: StateBatch
    past: Past
    report: OfflineReport
    at: datetime

    def card(self, card_id: str, instant: datetime) -> Card:
        """Return a card as it was at an instant; the initial card if it was not issued yet."""
        card: Card = self.past.at(self.states, card_stream(card_id), instant)
        return card

    def card_now(self, held: Card) -> Card:
        """Return the present card of `held`, the one at the scan.

        A phone changed since counts as good, unless the till was told that it read a bad one.
        """
        card: Card = self.states[card_stream(held.card_id)]
        if card.device is None or held.card_id in self._count.told:
            return card
        return msgspec.structs.replace(card, device=held.device)

    def now(self, card: Card) -> KnownStates:
        """Return the present states of merchant, member and offers, with the given card."""
        return self._known(card, self._merchant, self._offers)

    def then_and_before(self, card: Card, now: datetime) -> tuple[KnownStates, KnownStates]:
        """Return the states at the scan, and the states that the till knew from its last sync.

        The till's states lack the use of an offer's ceiling, and the member's uses at other tills.
        The member is the present one in both, and so is the merchant, but for its suspension. The
        till also knows the card from when it heard online that it is not valid: if that was before
        the scan, or a DAY before `now`, the arrival, as it had a connection since.
        """
        report = self.report
        offers_then = tuple(
            msgspec.structs.replace(
                then, given_minor=now.given_minor, given_by_union_minor=now.given_by_union_minor
            )
            for then, now in zip(self._offers_at(self.at), self._offers, strict=True)
        )
        then = self._known(card, self._merchant_at(self.at), offers_then)
        told_at = self._count.told.get(card.card_id, report.synced_at)
        told = report.synced_at < told_at < max(report.scanned_at, now - till_sequence.DAY)
        synced = self.card(card.card_id, told_at if told else report.synced_at)
        before = self._known(
            card_known(card, synced, report, told=told),
            self._merchant_at(report.synced_at),
            self._offers_at(report.synced_at),
            at_till=f"{report.merchant_id}.{report.till_id}",
        )
        then.context.funds.update(before.context.funds)
        return then, before

    @property
    def _count(self) -> Count:
        report = self.report
        count: Count = self.states[till_sequence.stream(report.merchant_id, report.till_id)]
        return count

    @property
    def _merchant(self) -> Merchant:
        merchant: Merchant = self.states[merchant_stream(self.report.merchant_id)]
        return merchant

    def _merchant_at(self, instant: datetime) -> Merchant:
        """Return the present merchant, but suspended or not as it was at an instant."""
        then: Merchant = self.past.at(
            self.states, merchant_stream(self.report.merchant_id), instant
        )
        return msgspec.structs.replace(self._merchant, suspended=then.suspended)

    @property
    def _offers(self) -> tuple[Offer, ...]:
        return tuple(self.states[offer_stream(one.choice_id)] for one in self.report.given)

    def _offers_at(self, instant: datetime) -> tuple[Offer, ...]:
        """Return the chosen offers as they were at an instant, without the amounts given."""
        return tuple(
            self.past.at(self.states, offer_stream(one.choice_id), instant)
            for one in self.report.given
        )

    def _known(
        self,
        card: Card,
        merchant: Merchant,
        offers: tuple[Offer, ...],
        *,
        at_till: str | None = None,
    ) -> KnownStates:
        report = self.report
        context = PurchaseContext(
            card=card,
            member=self.states[member_stream(card.member_id)],
            merchant=merchant,
            till_id=report.till_id,
            purchase=Purchase(
                merchant_id=merchant.merchant_id,
                outlet_id=report.outlet_id,
                category=merchant.category_or_only(report.category),
                price_minor=report.amount_minor,
                at=self.at,
            ),
            funds=funds_named(self.states, (one.rules for one in offers)),
        )
        used: Redemptions = self.states[redemption_stream(card.member_id)]
        codes = used.codes
        for code_id, code in codes.items():
            if at_till is not None and not code.by(at_till):
                codes = codes.delete(code_id)
        choices = [one.choice_id for one in report.given]
        uses = tallies(used.uses, used.recent, choices, day=self.at.date(), till=at_till)
        known = Redemptions(uses=uses, codes=codes, contested=used.contested)
        return KnownStates(context, offers, known)
