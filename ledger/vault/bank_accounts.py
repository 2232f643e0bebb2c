"""Bank accounts of merchants and funds, each encrypted with a key of its own."""

import os
import re
from collections.abc import Collection
from typing import Any

import msgspec

from ledger.errors import InputInvalid
from ledger.store import vault_rows as rows
from ledger.store.vault_rows import AccountRow
from ledger.text import is_sound
from ledger.vault.keys import KEY_BYTES, Seal, VaultKeys

NAME_CHARACTERS_MAX = 140
"""The longest name of a holder or a bank that payment messages accept."""

_NUMBER = re.compile(r"[0-9A-Za-z-]{4,34}")
_BANK_CODE = re.compile(r"[0-9]{12}")
# No name begins so, and a spreadsheet would read a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account of a payer or payee. Its repr shows none of it.

    `holder` is the name the bank knows (户名), `number` the account (账号), `bank_code` the twelve
    digits of the branch in China's clearing system (联行号), empty where unknown.
    """

    holder: str
    number: str
    bank_name: str
    bank_code: str = ""

    def __repr__(self) -> str:
        return "BankAccount(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class BankAccounts:
    """The accounts by owner (`merchant-…`, `fund-…`); safe to share between threads.

    Its methods raise Busy where the database does not answer (calling again is safe), and
    VaultUnreadable for an account that can't be decrypted.
    """

    def __init__(self, url: str, keys: VaultKeys) -> None:
        """Open the accounts at a database URL, and make a missing table.

        Keys that do not hold all that the rows need raise KeysRefused.
        """
        self._side = keys.opened(url, rows.ACCOUNTS)
        self._keys = keys

    def close(self) -> None:
        """Close every connection to the database."""
        self._side.close()

    @staticmethod
    def check(account: BankAccount) -> None:
        """Raise InputInvalid, whose `field` is the wrong one, unless an account can be stored."""
        for field, name in (("holder", account.holder), ("bank_name", account.bank_name)):
            sound = is_sound(name) and not name.startswith(_FORMULA_STARTS)
            if not (0 < len(name.strip()) <= len(name) <= NAME_CHARACTERS_MAX and sound):
                raise InputInvalid(field=field, most=NAME_CHARACTERS_MAX)
        if not _NUMBER.fullmatch(account.number):
            raise InputInvalid(field="number")
        if account.bank_code and not _BANK_CODE.fullmatch(account.bank_code):
            raise InputInvalid(field="bank_code")

    def put(self, owner: str, account: BankAccount) -> None:
        """Store an account in place of the owner's earlier one; raise InputInvalid as `check`."""
        if not owner:
            raise InputInvalid(field="owner")
        self.check(account)
        row = AccountRow(owner, f"key-{os.urandom(8).hex()}", self._keys.current, b"", b"")
        key = os.urandom(KEY_BYTES)
        sealed = Seal(key).close(msgspec.json.encode(account), *_place(row))
        wrapped_key = self._keys.seal(row.kek_id).close(key, *_place_of_key(row))
        with self._side.writing() as connection:
            rows.replace_account(connection, row._replace(wrapped_key=wrapped_key, sealed=sealed))

    def get(self, owner: str) -> BankAccount | None:
        """Return the account of an owner, or None where the vault holds none."""
        return self.get_many([owner]).get(owner)

    def get_many(self, owners: Collection[str]) -> dict[str, BankAccount]:
        """Return accounts by owner; owners without one are left out."""
        with self._side.reading() as connection:
            found = rows.account_rows(connection, owners)
        return {row.owner: self._opened(row) for row in found}

    def erase(self, owner: str) -> None:
        """Delete an owner's account with its key, for good; do nothing if there is none."""
        with self._side.writing() as connection:
            rows.erase_account(connection, owner)

    def _opened(self, row: AccountRow) -> BankAccount:
        key = self._keys.seal(row.kek_id).open(row.wrapped_key, *_place_of_key(row))
        opened = Seal(key).open(row.sealed, *_place(row))
        return msgspec.json.decode(opened, type=BankAccount)


def _place(row: AccountRow) -> tuple[str, ...]:
    return ("hongka vault bank account 1", row.owner, row.key_id)


def _place_of_key(row: AccountRow) -> tuple[str, ...]:
    return ("hongka vault bank account key 1", row.owner, row.key_id, row.kek_id)
