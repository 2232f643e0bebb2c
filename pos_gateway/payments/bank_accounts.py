"""Bank accounts set and erased: noted in the log by whom, kept in the vault alone."""

from __future__ import annotations

from ledger.vault import BankAccount
from pos_gateway.services import House


def keep_bank_account(house: House, owner: str, account: BankAccount, *, by: str) -> None:
    """Keep where `merchant-…` is paid to, or `fund-…` pays from, in the place of what was kept.

    Raises:
        InputInvalid: `field` of the account is not as it may be, or `by` is no officer.
        MerchantUnknown: no such merchant.
        FundUnknown: no such fund.
        Busy: not now; keeping again is safe.

    """
    house.vault.bank_accounts.check(account)
    house.ledger.officers.statements.note_bank_account(owner, by=by)
    house.vault.bank_accounts.put(owner, account)


def erase_bank_account(house: House, owner: str, *, by: str) -> None:
    """Forget it for good.

    Raises:
        InputInvalid: `by` is no officer.
        MerchantUnknown: no such merchant.
        FundUnknown: no such fund.
        Busy: not now; erasing again is safe.

    """
    house.ledger.officers.statements.note_bank_account(owner, erased=True, by=by)
    house.vault.bank_accounts.erase(owner)
