"""Queries on the ledger: they record nothing, and most are answered from the state cache."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ledger import drops, errors, funds, staff
from ledger.drops import Drop
from ledger.funds import Fund
from ledger.members import card, member, printed_code
from ledger.members.authorization import check_key
from ledger.members.card import Card
from ledger.members.member import Member
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers import grant, offer
from ledger.offers.grant import Grants
from ledger.offers.offer import Offer
from ledger.services.base import FRESH_SECONDS
from ledger.services.log_queries import LogQueries
from ledger.settlement import bank_account, statement
from ledger.settlement.bank_account import BankAccount
from ledger.settlement.statement import Statement
from ledger.write.state_batch import StateBatch

S = TypeVar("S")
T = TypeVar("T")


class _Streams(Protocol[S]):
    """A stream module, with states of type S."""

    CATEGORY: str
    INITIAL: S
    stream: Callable[[str], str]


class Queries(LogQueries):
    """The states of the ledger, by id, in lists and by name.

    A state without any recorded fact is the initial state of its category: its id is empty.
    """

    def card(self, card_id: str) -> Card:
        """Return a card."""
        return self._one(card, card_id)

    def card_with_code(self, code_hash: str) -> Card:
        """Return the card with a printed code.

        Raises:
            CardUnknown: the code leads to no card.
            CodeSuperseded: the card was printed again since.

        """

        def ask(states: StateBatch, _now: datetime) -> Card:
            found: Card = states[card.stream(states[printed_code.stream(code_hash)].card_id)]
            if not found.card_id:
                raise errors.CardUnknown
            if found.code_hash != code_hash:
                raise errors.CodeSuperseded
            return found

        return self.query(ask, [printed_code.stream(code_hash)])

    def card_ids(self) -> list[str]:
        """Return the id of every card, in the order they came to be known."""
        names = self.query(lambda states, _now: [*states.names(card.CATEGORY)])
        return [name.removeprefix(card.stream("")) for name in names]

    def find_cards(self, card_ids: Iterable[str]) -> dict[str, Card]:
        """Return cards by id, all as of one moment."""
        return self._many(card, card_ids)

    def member(self, member_id: str) -> Member:
        """Return a member."""
        return self._one(member, member_id)

    def find_members(self, member_ids: Iterable[str]) -> dict[str, Member]:
        """Return members by id, all as of one moment."""
        return self._many(member, member_ids)

    def find_holders(self, member_ids: Iterable[str]) -> dict[str, tuple[Member, Card]]:
        """Return members by id, each with their card, all as of one moment."""
        streams = {one: member.stream(one) for one in member_ids}

        def ask(states: StateBatch, _now: datetime) -> dict[str, tuple[Member, Card]]:
            found: dict[str, Member] = {one: states[name] for one, name in streams.items()}
            states.load(card.stream(held.card_id) for held in found.values())
            return {one: (held, states[card.stream(held.card_id)]) for one, held in found.items()}

        return self.query(ask, [*streams.values()])

    def grants(self, member_id: str) -> Grants:
        """Return the benefits and tickets of a member."""
        return self._one(grant, member_id)

    def merchant(self, merchant_id: str) -> Merchant:
        """Return a merchant."""
        return self._one(merchant, merchant_id)

    def find_merchants(self, merchant_ids: Iterable[str]) -> dict[str, Merchant]:
        """Return merchants by id, all as of one moment."""
        return self._many(merchant, merchant_ids)

    def merchants(self) -> list[Merchant]:
        """Return every merchant, in the order they came to be known."""
        return self._all(merchant)

    def merchant_names(self, merchant_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of merchants by id; the id itself for one that is unknown."""
        return {one: known.name or one for one, known in self.find_merchants(merchant_ids).items()}

    def offer(self, offer_id: str) -> Offer:
        """Return an offer."""
        return self._one(offer, offer_id)

    def offers(self) -> list[Offer]:
        """Return every offer, in the order they came to be known."""
        return self._all(offer)

    def offer_titles(self, offer_ids: Iterable[str]) -> dict[str, str]:
        """Return the titles of offers by id; empty for one that is unknown."""
        return {one: known.title for one, known in self._many(offer, offer_ids).items()}

    def choice_titles(self, member_id: str, choice_ids: Collection[str]) -> dict[str, str]:
        """Return the titles of offers, and of grants to a member, by id; empty if unknown."""

        def ask(states: StateBatch, _now: datetime) -> dict[str, str]:
            grants: Grants = states[grant.stream(member_id)]
            return {
                one: (grants.held[one] if grants.hides(one) else states[offer.stream(one)]).title
                for one in choice_ids
            }

        return self.query(ask, [grant.stream(member_id), *map(offer.stream, choice_ids)])

    def fund(self, fund_id: str) -> Fund:
        """Return a fund."""
        return self._one(funds, fund_id)

    def funds(self) -> list[Fund]:
        """Return every fund, in the order they came to be known."""
        return self._all(funds)

    def statement(self, statement_id: str) -> Statement:
        """Return a statement."""
        return self._one(statement, statement_id)

    def bank_account(self, owner: str) -> BankAccount:
        """Return the record of a bank account; `owner` is the stream of a merchant or a fund."""
        return self._one(bank_account, owner)

    def live_till(self, merchant_id: str, till_id: str, *, now: bool = False) -> Till:
        """Return a till that may scan, as last known here or, with `now`, as the log says.

        The cached till may be out of date, so a redemption checks it again.

        Raises:
            Denied: the till may not scan.

        """
        stream = merchant.stream(merchant_id)
        if now:
            return merchant.live_till(self.state(stream), till_id)
        return self._checked(stream, merchant.live_till, till_id)

    def authenticated_member(self, member_id: str, *, key_id: str) -> Member:
        """Return the member with this live key, as last known here. A verb checks the key again.

        Raises:
            KeyEnded: the key was ended or never made, or there is no such member.

        """
        return self._checked(member.stream(member_id), _with_key, key_id)

    def appointed(self, staff_id: str) -> staff.Staff:
        """Return a person who works here, as known at most FRESH_SECONDS ago.

        Raises:
            StaffUnknown: they do not, or no longer.

        """
        stream = staff.stream(staff_id)
        known = self.writer.states.peek(stream) if self.writer.age() <= FRESH_SECONDS else None
        found: staff.Staff = known or self.state(stream)
        staff.check_working(found)
        return found

    def drop(self, drop_id: str) -> Drop:
        """Return a drop as it stood at most FRESH_SECONDS ago (longer under a rush).

        Raises:
            DropUnknown: there is no such drop.

        """
        stream = drops.stream(drop_id)
        self.refresh(stream)
        state: Drop = self.writer.states.peek(stream) or self.state(stream)
        if state.plan is None:
            raise errors.DropUnknown
        return state

    def find_drops(self, drop_ids: Iterable[str]) -> dict[str, Drop]:
        """Return drops by id, all as of one moment."""
        return self._many(drops, drop_ids)

    def drops(self) -> list[Drop]:
        """Return every drop, in the order they came to be known."""
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
        """Return the result of a check on a state, as last known here, else as the log says.

        A cached state may be old: another process may have made the key or the till since.
        """
        known = self.writer.states.peek(stream)
        if known is not None:
            with suppress(errors.Denied):
                return check(known, part_id)
        return check(self.state(stream), part_id)


def _with_key(known: Member, key_id: str) -> Member:
    """Return the member, if the key is live.

    Raises:
        KeyEnded: it is not.

    """
    check_key(known, key_id)
    return known
