"""The events of a merchant's or fund's bank account; the account itself is in the vault."""

from datetime import date, datetime, timedelta
from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic

CATEGORY = "bank_account"
stream = stream_namer(CATEGORY)


class _BankAccountEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "owner")

    owner: str


@topic("bank_account.changed", "登记收款账户", "Bank account set")
class Changed(_BankAccountEvent, frozen=True, kw_only=True):
    """The account of `owner` (`merchant-…`, `fund-…`) was set or replaced in the vault.

    `by` asked for it, and it holds since `at`; empty and None: not recorded. The vault holds it
    under the name `kept_as`; empty: under `owner`.
    """

    by: str = ""
    at: datetime | None = None
    kept_as: str = ""


@topic("bank_account.erased", "删除收款账户", "Bank account erased")
class Erased(_BankAccountEvent, frozen=True, kw_only=True):
    """The account of `owner` was erased from the vault."""


@topic("bank_account.paid", "账户已收付款", "Bank account paid")
class PaidTo(_BankAccountEvent, frozen=True, kw_only=True):
    """A statement of the payee was paid: whoever changed the account may settle with it again."""


BankAccountEvent = Changed | Erased | PaidTo

CHANGE_COUNTS = timedelta(days=30)
"""The longest time for which an officer who changed an account does not settle with its payee."""

COOLS_FOR = timedelta(days=3)
"""The time after an account was replaced in which nothing is paid to it."""


class BankAccount(msgspec.Struct, frozen=True):
    """A bank account: whether the vault holds it, and how often it was set or erased.

    `kept_as` is its name in the vault (empty: that of its owner). `changed_by` are the officers who
    changed it since the last payment; `changed_at` is None where that was not recorded.
    `unused` is the name of the account that was replaced or erased last, empty: none.
    """

    known: bool = False
    changes: int = 0
    kept_as: str = ""
    changed_by: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    replaced: bool = False
    unused: str = ""

    @property
    def cools_until(self) -> datetime | None:
        """The time before which nothing is paid to a replaced account; None if never replaced."""
        return self.changed_at + COOLS_FOR if self.changed_at and self.replaced else None


INITIAL = BankAccount()


def evolve(state: BankAccount, event: BankAccountEvent) -> BankAccount:
    """Return the state after one more event."""
    match event:
        case Changed():
            before = (state.kept_as or event.owner) if state.known else state.unused
            return BankAccount(
                known=True,
                changes=state.changes + 1,
                kept_as=event.kept_as,
                changed_by=state.changed_by | ({event.by} if event.by else set()),
                changed_at=event.at,
                replaced=bool(state.changes),
                unused=before if before != (event.kept_as or event.owner) else "",
            )
        case Erased():
            unused = state.kept_as or event.owner
            return msgspec.structs.replace(
                state, known=False, changes=state.changes + 1, unused=unused
            )
        case PaidTo():
            return msgspec.structs.replace(state, changed_by=frozenset())
        case _:
            assert_never(event)


def change(_state: BankAccount, *, owner: str, by: str, at: datetime, kept_as: str) -> list[Event]:
    """Record that the account was set, on every call: the log cannot compare account numbers."""
    return [Changed(owner=owner, by=by, at=at, kept_as=kept_as)]


def erase(state: BankAccount, *, owner: str) -> list[Event]:
    """Record that the account was erased; no events where the vault held none."""
    return [Erased(owner=owner)] if state.known else []


def paid_to(state: BankAccount, *, owner: str) -> list[Event]:
    """Record a payment to the account; no events where nobody changed it since the last one."""
    return [PaidTo(owner=owner)] if state.changed_by else []


def check_settles(state: BankAccount, officer_id: str, *, day: date) -> None:
    """Raise AccountChangedByYou if the officer changed the account since its last payment.

    The latest change counts for CHANGE_COUNTS: a payee is never without anybody who settles.
    """
    counts = state.changed_at is not None and day - state.changed_at.date() < CHANGE_COUNTS
    if counts and officer_id in state.changed_by:
        raise errors.AccountChangedByYou


def check_cooled(state: BankAccount, *, owner: str, at: datetime) -> None:
    """Raise AccountCooling if the account was replaced less than COOLS_FOR ago."""
    if state.cools_until is not None and at < state.cools_until:
        raise errors.AccountCooling(owner=owner, until=state.cools_until.isoformat())
