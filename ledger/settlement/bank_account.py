"""A bank account of a merchant or a fund: set, or erased; the account itself is in the vault."""

from __future__ import annotations

import msgspec

from ledger.event import Event, topic

CATEGORY = "bank_account"


class _BankAccountEvent(Event, frozen=True, kw_only=True):
    owner: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.owner}"


@topic("bank_account.changed", "登记收款账户", "Bank account set")
class Changed(_BankAccountEvent, frozen=True, kw_only=True):
    """The account of `owner` (`merchant-…`, `fund-…`) was set, perhaps to another."""


@topic("bank_account.erased", "删除收款账户", "Bank account erased")
class Erased(_BankAccountEvent, frozen=True, kw_only=True):
    """The account was taken out of the vault."""


BankAccountEvent = Changed | Erased


class BankAccount(msgspec.Struct, frozen=True):
    """Whether an account is known, and how often it was set or erased."""

    known: bool = False
    changes: int = 0


INITIAL = BankAccount()


def evolve(state: BankAccount, event: BankAccountEvent) -> BankAccount:
    """The account after one more event."""
    return BankAccount(known=isinstance(event, Changed), changes=state.changes + 1)


def change(_state: BankAccount, *, owner: str) -> list[Event]:
    """Note that the account was set; each time, since nobody here knows which it is."""
    return [Changed(owner=owner)]


def erase(state: BankAccount, *, owner: str) -> list[Event]:
    """Note that the account was erased, where one was known."""
    return [Erased(owner=owner)] if state.known else []
