"""Previews: the discount of an offer before it is published."""

from datetime import datetime
from typing import Any

from immutables import Map

from ledger import funds
from ledger.benefits.terms import Purchase, Rules
from ledger.members import card, member
from ledger.merchants import merchant
from ledger.merchants.till import Till
from ledger.offers import offer
from ledger.redemptions import pricing
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.services.base import Service, check_fund
from ledger.write.state_batch import StateBatch

_TRIED = "tried"


class PreviewService(Service):
    """Queries on offers that are not published yet."""

    def preview_offer(
        self, *, kind: str, terms: dict[str, Any], rules: Rules, price_minor: int, at: datetime
    ) -> pricing.Option:
        """Return the discount, or the refusal, that an offer would give if it were published.

        The member is eligible and has not used the offer, and the place is one where it applies.
        `price_minor` is in minor units; `at` is any aware time. Invalid terms raise TermsInvalid.
        """
        named = offer.publish(
            offer.INITIAL, offer_id=_TRIED, title=_TRIED, kind=kind, terms=terms, rules=rules
        )
        tried = offer.evolve(offer.INITIAL, named[0])  # type: ignore[arg-type]  # it is Published

        def ask(states: StateBatch, _now: datetime) -> pricing.Option:
            check_fund(states, rules)
            context = _context(rules, price_minor, at.astimezone(self.zone))
            fund_id = rules.funding.fund_id
            if fund_id is not None:
                context.funds[fund_id] = states[funds.stream(fund_id)]
            return pricing.options(Map(), context=context, held=[tried])[0]

        return self.query(ask)


def _context(rules: Rules, price_minor: int, at: datetime) -> PurchaseContext:
    """Return an invented purchase, with a member and a place that the rules allow."""
    merchant_id, outlet_id = next(iter(rules.merchants), _TRIED), next(iter(rules.outlets), _TRIED)
    categories = rules.categories[:1]
    till = Till(_TRIED, outlet_id, "")
    return PurchaseContext(
        card=card.Card(card_id=_TRIED, member_id=_TRIED, status=card.Status.LIVE),
        member=member.Member(
            _TRIED, branch=next(iter(rules.branches), _TRIED), groups=rules.groups[:1]
        ),
        merchant=merchant.Merchant(
            merchant_id,
            categories=categories,
            outlets=Map({outlet_id: _TRIED}),
            tills=Map({_TRIED: till}),
        ),
        till_id=_TRIED,
        purchase=Purchase(
            merchant_id=merchant_id,
            outlet_id=outlet_id,
            category=next(iter(categories), None),
            price_minor=price_minor,
            at=at,
        ),
    )
