"""Offers, grants and the funds that pay for them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Unpack

from ledger import errors, funds
from ledger.benefits.terms import Rules
from ledger.event import Event
from ledger.members import card
from ledger.offers import grant, offer
from ledger.services.base import Asking, Service, check_fund
from ledger.write.state_batch import StateBatch


class OfferService(Service):
    """Verbs on offers, grants and funds."""

    def publish_offer(
        self,
        offer_id: str,
        *,
        title: str,
        kind: str,
        terms: dict[str, Any],
        rules: Rules = Rules(),  # noqa: B008 - a frozen value
        programme: str = "",
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Open a discount to every eligible card."""

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            check_fund(states, rules)
            return offer.publish(
                states[offer.stream(offer_id)],
                offer_id=offer_id,
                title=title,
                kind=kind,
                terms=terms,
                rules=rules,
                programme=programme,
            )

        asked = ["publish", offer_id, title, kind, terms, rules, programme]
        return self._ask(decide, [offer.stream(offer_id)], asked, asking)

    def change_offer(
        self,
        offer_id: str,
        *,
        title: str,
        kind: str,
        terms: dict[str, Any],
        rules: Rules = Rules(),  # noqa: B008 - a frozen value
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Give a discount other terms from now on."""

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            check_fund(states, rules)
            return offer.change(
                states[offer.stream(offer_id)], title=title, kind=kind, terms=terms, rules=rules
            )

        asked = ["change", offer_id, title, kind, terms, rules]
        return self._ask(decide, [offer.stream(offer_id)], asked, asking)

    def suspend_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Put a discount on hold."""
        return self._do(offer.stream(offer_id), "suspend", offer.suspend, asking)

    def resume_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Open a discount again."""
        return self._do(offer.stream(offer_id), "resume", offer.resume, asking)

    def end_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """End a discount for good."""
        return self._do(offer.stream(offer_id), "end", offer.end, asking)

    def make_grant(
        self,
        card_id: str,
        *,
        grant_id: str,
        title: str,
        kind: str,
        terms: dict[str, Any],
        rules: Rules = Rules(),  # noqa: B008 - a frozen value
        programme: str = "",
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Place a benefit on a card."""

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            held_card = states[card.stream(card_id)]
            card.check_live(held_card, self.day(at))
            check_fund(states, rules)
            if states[offer.stream(grant_id)].offer_id:
                raise errors.GrantAlreadyMade  # a choice is identified by its id alone
            return grant.make(
                states[grant.stream(held_card.member_id)],
                member_id=held_card.member_id,
                card_id=card_id,
                grant_id=grant_id,
                title=title,
                kind=kind,
                terms=terms,
                rules=rules,
                programme=programme,
            )

        asked = ["grant", card_id, grant_id, title, kind, terms, rules, programme]
        return self._ask(decide, [card.stream(card_id)], asked, asking)

    def withdraw_grant(
        self, member_id: str, *, grant_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Take a benefit back."""
        withdraw = partial(grant.withdraw, member_id=member_id)
        return self._do(grant.stream(member_id), "withdraw", withdraw, asking, grant_id=grant_id)

    def open_fund(
        self, fund_id: str, *, programme: str, name: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Open a fund of a programme."""
        open_fund = partial(funds.open_fund, fund_id=fund_id)
        return self._do(
            funds.stream(fund_id), "open", open_fund, asking, programme=programme, name=name
        )

    def contribute(
        self, fund_id: str, *, source: str, amount_minor: int, **asking: Unpack[Asking]
    ) -> Event | None:
        """Take money into a fund."""
        stream = funds.stream(fund_id)
        return self._do(
            stream, "contribute", funds.contribute, asking, source=source, amount_minor=amount_minor
        )

    def pay_merchant(
        self, fund_id: str, *, merchant_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that a fund paid a merchant in full, without a statement.

        Raises:
            StatementNeeded: the amount is above the threshold of the fund.
            Refusal: the fund is unknown, owes nothing, or a statement covers it.

        """
        return self._do(
            funds.stream(fund_id), "pay", funds.pay_out, asking, merchant_id=merchant_id
        )
