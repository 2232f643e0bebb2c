"""Offers, grants and the funds that pay for them."""

from functools import partial
from typing import Any, Unpack

from ledger import errors, funds
from ledger.benefits.terms import Rules
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.event import Event
from ledger.members import card, member
from ledger.merchants import merchant
from ledger.money import portion
from ledger.offers import grant, offer
from ledger.services.base import Asking, check_fund
from ledger.services.controlled import ControlledService, When, act
from ledger.settlement import bank_account
from ledger.write.state_batch import StateBatch


class OfferService(ControlledService):
    """The verbs of officers on offers, grants and funds.

    What a fund pays for, contributions and thresholds wait for a second person: see `_act`.
    """

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
        told: dict[str, Any] = {"offer_id": offer_id, "title": title, "kind": kind, "terms": terms}
        told |= {"rules": rules, "programme": programme}
        return self._act(Act.PUBLISH_OFFER, ["publish", *told.values()], asking, told)

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
        told: dict[str, Any] = {"offer_id": offer_id, "title": title, "kind": kind, "terms": terms}
        told |= {"rules": rules}
        return self._act(Act.CHANGE_OFFER, ["change", *told.values()], asking, told)

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
        told: dict[str, Any] = {"card_id": card_id, "grant_id": grant_id, "title": title}
        told |= {"kind": kind, "terms": terms, "rules": rules, "programme": programme}
        return self._act(Act.MAKE_GRANT, ["grant", *told.values()], asking, told)

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
        asked = [funds.stream(fund_id), "contribute", source, amount_minor]
        told = {"fund_id": fund_id, "source": source, "amount_minor": amount_minor}
        return self._act(Act.CONTRIBUTE, asked, asking, told)

    def pay_merchant(
        self, fund_id: str, *, merchant_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that a fund paid a merchant all it owes, without a statement.

        A second person confirms it. Nothing owed, more than the fund's threshold, or an open
        statement is refused; and, as in a statement, a payer or second who changed the merchant's
        account, and an account that cools.
        """
        told = {"fund_id": fund_id, "merchant_id": merchant_id}
        asked = [funds.stream(fund_id), "pay", merchant_id]
        return self._act(Act.PAY_MERCHANT, asked, asking, told)


def _stake(states: StateBatch, rules: Rules, subject: str) -> Stake | None:
    """Return the fund of the rules, and the most they can cost it: without a ceiling, all it has.

    None where no fund pays.
    """
    funding, ceilings = rules.funding, rules.ceilings
    if funding.fund_id is None or not funding.union_basis_points:
        return None
    fund: funds.Fund = states[funds.stream(funding.fund_id)]
    bounds = [fund.available_minor]
    if ceilings.per_offer_minor is not None:
        bounds.append(portion(ceilings.per_offer_minor, funding.union_basis_points))
    if ceilings.per_fund_minor is not None:
        bounds.append(ceilings.per_fund_minor)
    return Stake(subject=subject, fund_id=fund.fund_id, most_minor=min(bounds))


def _offer_stake(
    states: StateBatch, _when: When, *, offer_id: str, rules: Rules, **_named: Any
) -> Stake | None:
    """Return the stake of new rules or, where no fund pays under them, of the present ones."""
    stream = offer.stream(offer_id)
    return _stake(states, rules, stream) or _stake(states, states[stream].rules, stream)


def _grant_stake(
    states: StateBatch, _when: When, *, card_id: str, rules: Rules, **_named: Any
) -> Stake | None:
    return _stake(states, rules, member.stream(states[card.stream(card_id)].member_id))


def _fund_stake(*_now: object, fund_id: str, amount_minor: int, **_named: Any) -> Stake:
    return Stake(subject=funds.stream(fund_id), fund_id=fund_id, most_minor=amount_minor)


def _payment_stake(states: StateBatch, _when: When, *, fund_id: str, merchant_id: str) -> Stake:
    owed = funds.settlement(states[funds.stream(fund_id)], merchant_id=merchant_id)
    owner = merchant.stream(merchant_id)
    return Stake(subject=owner, fund_id=fund_id, most_minor=owed.due_minor)


@act(Act.PAY_MERCHANT, _payment_stake)
def _pay(states: StateBatch, when: When, *, fund_id: str, merchant_id: str) -> list[Event]:
    owner = merchant.stream(merchant_id)
    payee: bank_account.BankAccount = states[bank_account.stream(owner)]
    if not when.alone:
        for one in (when.by, when.second):
            bank_account.check_settles(payee, one, day=when.day)
        bank_account.check_cooled(payee, owner=owner, at=when.at)
    paying: funds.Fund = states[funds.stream(fund_id)]
    paid = funds.pay_out(paying, merchant_id=merchant_id, officer_id=when.by, day=when.day)
    return paid + bank_account.paid_to(payee, owner=owner)


@act(Act.PUBLISH_OFFER, _offer_stake)
def _publish(
    states: StateBatch, _when: When, *, offer_id: str, rules: Rules, **named: Any
) -> list[Event]:
    check_fund(states, rules)
    return offer.publish(states[offer.stream(offer_id)], offer_id=offer_id, rules=rules, **named)


@act(Act.CHANGE_OFFER, _offer_stake)
def _change(
    states: StateBatch, _when: When, *, offer_id: str, rules: Rules, **named: Any
) -> list[Event]:
    check_fund(states, rules)
    return offer.change(states[offer.stream(offer_id)], rules=rules, **named)


@act(Act.MAKE_GRANT, _grant_stake)
def _grant(
    states: StateBatch, when: When, *, card_id: str, grant_id: str, rules: Rules, **named: Any
) -> list[Event]:
    held: card.Card = states[card.stream(card_id)]
    card.check_live(held, when.day)
    check_fund(states, rules)
    if states[offer.stream(grant_id)].offer_id:
        raise errors.GrantAlreadyMade  # a choice is identified by its id alone
    return grant.make(
        states[grant.stream(held.member_id)],
        member_id=held.member_id,
        card_id=card_id,
        grant_id=grant_id,
        rules=rules,
        **named,
    )


@act(Act.CONTRIBUTE, _fund_stake)
def _contribute(states: StateBatch, _when: When, *, fund_id: str, **named: Any) -> list[Event]:
    return funds.contribute(states[funds.stream(fund_id)], **named)


@act(Act.SET_THRESHOLD, _fund_stake)
def _set_threshold(states: StateBatch, _when: When, *, fund_id: str, **named: Any) -> list[Event]:
    return funds.set_threshold(states[funds.stream(fund_id)], **named)
