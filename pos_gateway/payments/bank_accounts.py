"""Set and erase bank accounts: the log records who did, and only the vault holds the account."""

from __future__ import annotations

from ledger.vault import BankAccount
from pos_gateway.services import Services


def keep_bank_account(services: Services, owner: str, account: BankAccount, *, by: str) -> None:
    """Store the bank account of `owner`, in place of an earlier one.

    `owner` is `merchant-ID` (who is paid) or `fund-ID` (which pays). The log records only that `by`
    (`officer-…`) changed the account.

    Raises:
        InputInvalid: `field` of the account has an unacceptable value, or names a wrong `owner` or
            `by`.
        Refusal: the merchant or the fund is unknown.
    """
    services.vault.bank_accounts.check(account)
    services.ledger.officers.statements.note_bank_account(owner, by=by)
    services.vault.bank_accounts.put(owner, account)


def erase_bank_account(services: Services, owner: str, *, by: str) -> None:
    """Erase the bank account of `owner` for good; the errors are those of `keep_bank_account`."""
    services.ledger.officers.statements.note_bank_account(owner, erased=True, by=by)
    services.vault.bank_accounts.erase(owner)
