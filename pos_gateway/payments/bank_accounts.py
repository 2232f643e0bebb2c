"""Set and erase bank accounts: the log records who did, and only the vault holds the account."""

from __future__ import annotations

from ledger.vault import BankAccount
from pos_gateway.services import Services


def keep_bank_account(services: Services, owner: str, account: BankAccount, *, by: str) -> None:
    """Store the bank account of `owner`, in place of an earlier one.

    `owner` is `merchant-ID` (who is paid) or `fund-ID` (which pays). The log records only that `by`
    changed the account.

    Raises:
        InputInvalid: `field` of the account has an unacceptable value, or `by` is no officer.
        MerchantUnknown: no such merchant is signed.
        FundUnknown: no such fund was opened.
        Busy: the ledger can't answer now; calling again is safe.
    """
    services.vault.bank_accounts.check(account)
    services.ledger.officers.statements.note_bank_account(owner, by=by)
    services.vault.bank_accounts.put(owner, account)


def erase_bank_account(services: Services, owner: str, *, by: str) -> None:
    """Erase the bank account of `owner` (`merchant-ID` or `fund-ID`) from the vault for good.

    Raises:
        InputInvalid: `by` is no officer.
        MerchantUnknown: no such merchant is signed.
        FundUnknown: no such fund was opened.
        Busy: the ledger can't answer now; calling again is safe.
    """
    services.ledger.officers.statements.note_bank_account(owner, erased=True, by=by)
    services.vault.bank_accounts.erase(owner)
