"""Queries on the ledger: they record nothing, and most are answered from the state cache."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ledger import drops, errors, funds, staff
from ledger.drops import Drop
from ledger.funds import Fund
from ledger.members import card, erasure, member, printed_code
from ledger.members.authorization import check_key
from ledger.members.card import Card
from ledger.members.member import Member
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers import grant, offer
from ledger.offers.grant import Grants
from ledger.offers.offer import Offer
from ledger.services.log_queries import LogQueries
from ledger.settlement import bank_account, statement
from ledger.settlement.bank_account import BankAccount
from ledger.settlement.statement import Statement
from ledger.write.state_batch import StateBatch

S = TypeVar("S")
T = TypeVar("T")


class _Streams(Protocol[S]):
    """A module that declares a category of streams, with states of type S."""

    CATEGORY: str
    INITIAL: S
    stream: Callable[[str], str]


class Queries(LogQueries):
    """The states of the ledger, by id, in lists and by name.

    A state without any recorded fact is the initial state of its category: its id is empty. Lists
    are sorted by id, but those recorded since this process first made the list come last.
    """

    def card(self, card_id: str) -> Card:
        """Return a card; for an unknown id the initial card, with an empty `card_id`."""
        return self._one(card, card_id)

    def card_with_code(self, code_hash: str) -> Card:
        """Return the card of a printed code's hash; reject a code that is unknown or superseded."""

        def ask(states: StateBatch, _now: datetime) -> Card:
            found: Card = states[card.stream(states[printed_code.stream(code_hash)].card_id)]
            if not found.card_id:
                raise errors.CardUnknown
            if found.code_hash != code_hash:
                raise errors.CodeSuperseded
            return found

        return self.query(ask, [printed_code.stream(code_hash)])

    def find_cards(self, card_ids: Iterable[str]) -> dict[str, Card]:
        """Return cards by id, from one moment; the initial card for an unknown id."""
        return self._many(card, card_ids)

    def member(self, member_id: str) -> Member:
        """Return a member; for an unknown id the initial member, with an empty `member_id`."""
        return self._one(member, member_id)

    def find_members(self, member_ids: Iterable[str]) -> dict[str, Member]:
        """Return members by id, from one moment; the initial member for an unknown id."""
        return self._many(member, member_ids)

    def find_holders(self, member_ids: Iterable[str]) -> dict[str, tuple[Member, Card]]:
        """Return members by id, each with their card; initial states for what is unknown."""
        streams = {one: member.stream(one) for one in member_ids}

        def ask(states: StateBatch, _now: datetime) -> dict[str, tuple[Member, Card]]:
            found: dict[str, Member] = {one: states[name] for one, name in streams.items()}
            states.load(card.stream(held.card_id) for held in found.values())
            return {one: (held, states[card.stream(held.card_id)]) for one, held in found.items()}

        return self.query(ask, [*streams.values()])

    def erased_members(self) -> list[str]:
        """Return the ids of all members who were erased."""
        return [one.member_id for one in self._all(erasure)]

    def grants(self, member_id: str) -> Grants:
        """Return the grants and tickets of a member; empty if there are none or no such member."""
        return self._one(grant, member_id)

    def merchant(self, merchant_id: str) -> Merchant:
        """Return a merchant; for an unknown id the initial one, with an empty `merchant_id`."""
        return self._one(merchant, merchant_id)

    def find_merchants(self, merchant_ids: Iterable[str]) -> dict[str, Merchant]:
        """Return merchants by id, from one moment; the initial merchant for an unknown id."""
        return self._many(merchant, merchant_ids)

    def merchants(self) -> list[Merchant]:
        """Return every merchant, suspended ones too."""
        return self._all(merchant)

    def merchant_names(self, merchant_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of merchants by id; the id itself in place of an unknown name."""
        return {one: known.name or one for one, known in self.find_merchants(merchant_ids).items()}

    def offer(self, offer_id: str) -> Offer:
        """Return an offer; for an unknown id the initial offer, with an empty `offer_id`."""
        return self._one(offer, offer_id)

    def offers(self) -> list[Offer]:
        """Return every offer, suspended and ended ones too."""
        return self._all(offer)

    def offer_titles(self, offer_ids: Iterable[str]) -> dict[str, str]:
        """Return the titles of offers by id; an empty title for an unknown id."""
        return {one: known.title for one, known in self._many(offer, offer_ids).items()}

    def choice_titles(self, member_id: str, choice_ids: Collection[str]) -> dict[str, str]:
        """Return titles of offers and of this member's grants by id; an empty one if unknown."""

        def ask(states: StateBatch, _now: datetime) -> dict[str, str]:
            grants: Grants = states[grant.stream(member_id)]
            return {
                one: (grants.held[one] if grants.hides(one) else states[offer.stream(one)]).title
                for one in choice_ids
            }

        return self.query(ask, [grant.stream(member_id), *map(offer.stream, choice_ids)])

    def fund(self, fund_id: str) -> Fund:
        """Return a fund; for an unknown id the initial fund, with an empty `fund_id`."""
        return self._one(funds, fund_id)

    def funds(self) -> list[Fund]:
        """Return every fund that was ever opened."""
        return self._all(funds)

    def statement(self, statement_id: str) -> Statement:
        """Return a statement; for an unknown id the initial one, whose `drawn_up` is None."""
        return self._one(statement, statement_id)

    def bank_account(self, owner: str) -> BankAccount:
        """Return whether the vault holds a bank account, and how often it was set or erased.

        `owner` is `merchant-…` or `fund-…`; no account number is in the log.
        """
        return self._one(bank_account, owner)

    def live_till(self, merchant_id: str, till_id: str, *, now: bool = False) -> Till:
        """Return a till, of a suspended merchant too, or raise TillUnknown or TillRevoked.

        With `now`, the log is asked. Without it, the state cache may be out of date, so a
        redemption checks the till again.
        """
        stream = merchant.stream(merchant_id)
        if now:
            return merchant.live_till(self.state(stream), till_id)
        return self._checked(stream, merchant.live_till, till_id)

    def authenticated_member(self, member_id: str, *, key_id: str) -> Member:
        """Return the member if this key is live, else raise KeyEnded.

        The state cache may be out of date, so each verb checks the key again.
        """
        return self._checked(member.stream(member_id), _with_key, key_id)

    def appointed(self, staff_id: str) -> staff.Staff:
        """Return a person who has roles now, from a fresh state; raise StaffUnknown without any."""
        stream = staff.stream(staff_id)
        found: staff.Staff = self.look(lambda states, _now: states[stream], [stream])
        staff.check_working(found)
        return found

    def drop(self, drop_id: str) -> Drop:
        """Return an announced drop, from a state STALE_SECONDS_MAX old at most, or DropUnknown."""
        stream = drops.stream(drop_id)
        self.refresh(stream)
        state: Drop = self.writer.states.peek(stream) or self.state(stream)
        if state.plan is None:
            raise errors.DropUnknown
        return state

    def find_drops(self, drop_ids: Iterable[str]) -> dict[str, Drop]:
        """Return drops by id, from one moment; an unknown id has the initial drop (no plan)."""
        return self._many(drops, drop_ids)

    def drops(self) -> list[Drop]:
        """Return every drop, past and cancelled ones too."""
        return self._all(drops)

    def _one(self, category: _Streams[S], one_id: str) -> S:
        state: S = self.state(category.stream(one_id))
        return state

    def _many(self, category: _Streams[S], ids: Iterable[str]) -> dict[str, S]:
        streams = {one: category.stream(one) for one in ids}
        return self.query(
            lambda states, _now: {one: states[name] for one, name in streams.items()},
            [*streams.values()],
        )

    def _all(self, category: _Streams[S]) -> list[S]:
        return self.query(lambda states, _now: states.all(category.CATEGORY))

    def _checked(self, stream: str, check: Callable[[Any, str], T], part_id: str) -> T:
        """Return the check's result on the cached state or, if that denies, on the log's state."""
        known = self.writer.states.peek(stream)
        if known is not None:
            with suppress(errors.Denied):
                return check(known, part_id)
        return check(self.state(stream), part_id)


def _with_key(known: Member, key_id: str) -> Member:
    check_key(known, key_id)
    return known
