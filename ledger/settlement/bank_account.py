"""The events of a merchant's or fund's bank account; the account itself is in the vault."""

from __future__ import annotations

import msgspec

from ledger.event import Event, stream_namer, topic

CATEGORY = "bank_account"

stream = stream_namer(CATEGORY)


class _BankAccountEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "owner")

    owner: str


@topic("bank_account.changed", "登记收款账户", "Bank account set")
class Changed(_BankAccountEvent, frozen=True, kw_only=True):
    """The account of `owner` (`merchant-…`, `fund-…`) was set or replaced in the vault."""


@topic("bank_account.erased", "删除收款账户", "Bank account erased")
class Erased(_BankAccountEvent, frozen=True, kw_only=True):
    """The account of `owner` was erased from the vault."""


BankAccountEvent = Changed | Erased


class BankAccount(msgspec.Struct, frozen=True):
    """A bank account: whether the vault holds it, and how often it was set or erased."""

    known: bool = False
    changes: int = 0


INITIAL = BankAccount()


def evolve(state: BankAccount, event: BankAccountEvent) -> BankAccount:
    """Return the state after one more event."""
    return BankAccount(known=isinstance(event, Changed), changes=state.changes + 1)


def change(_state: BankAccount, *, owner: str) -> list[Event]:
    """Record that the account was set, on every call: the log cannot compare account numbers."""
    return [Changed(owner=owner)]


def erase(state: BankAccount, *, owner: str) -> list[Event]:
    """Record that the account was erased; no events where the vault held none."""
    return [Erased(owner=owner)] if state.known else []
