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
    """The verbs of officers on offers, grants and funds."""

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
        """Publish a discount for every card that `rules` allow; None if published like this.

        `kind` names a kind of benefit, such as `percent_off`, and `terms` are its settings. Invalid
        terms raise TermsInvalid, an unknown fund FundUnknown, a taken id OfferAlreadyPublished.
        """

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
        """Replace kind, terms, title and rules of an offer from now on; None if all are equal."""

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            check_fund(states, rules)
            return offer.change(
                states[offer.stream(offer_id)], title=title, kind=kind, terms=terms, rules=rules
            )

        asked = ["change", offer_id, title, kind, terms, rules]
        return self._ask(decide, [offer.stream(offer_id)], asked, asking)

    def suspend_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Suspend an offer: it gives nothing until resumed. None if it is suspended already."""
        return self._do(offer.stream(offer_id), "suspend", offer.suspend, asking)

    def resume_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """End the suspension of an offer; None if it is open. An ended offer is refused."""
        return self._do(offer.stream(offer_id), "resume", offer.resume, asking)

    def end_offer(self, offer_id: str, **asking: Unpack[Asking]) -> Event | None:
        """End an offer for good; return the event, None if it has ended already."""
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
        """Give the member with this live card their own benefit; None if they have the same."""

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
        """Withdraw a grant from a member; None if it is withdrawn already. A ticket is refused."""
        withdraw = partial(grant.withdraw, member_id=member_id)
        return self._do(grant.stream(member_id), "withdraw", withdraw, asking, grant_id=grant_id)

    def open_fund(
        self, fund_id: str, *, programme: str, name: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Open an empty fund; None if the programme has it open already, whatever its name."""
        open_fund = partial(funds.open_fund, fund_id=fund_id)
        return self._do(
            funds.stream(fund_id), "open", open_fund, asking, programme=programme, name=name
        )

    def contribute(
        self, fund_id: str, *, source: str, amount_minor: int, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record a contribution, in minor units; `source` names the contributor. Repeats add up."""
        stream = funds.stream(fund_id)
        return self._do(
            stream, "contribute", funds.contribute, asking, source=source, amount_minor=amount_minor
        )

    def pay_merchant(
        self, fund_id: str, *, merchant_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that a fund paid a merchant all it owes, without a statement.

        Nothing owed, more than the fund's threshold, or an open statement is refused.
        """
        return self._do(
            funds.stream(fund_id), "pay", funds.pay_out, asking, merchant_id=merchant_id
        )
