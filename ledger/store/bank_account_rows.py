"""The table of bank accounts: encrypted values with wrapped keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
)

from ledger.store.schema_version import Part

_METADATA = MetaData()
_ACCOUNT = Table(
    "vault_bank_account",
    _METADATA,
    Column("owner", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("kek_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_strict=True,
)

PART = Part("bank_accounts", _ACCOUNT.name, _METADATA.create_all)


class AccountRow(NamedTuple):
    """An owner's (`merchant-…`, `fund-…`) encrypted account, and its key, wrapped by `kek_id`."""

    owner: str
    key_id: str
    kek_id: str
    wrapped_key: bytes
    sealed: bytes


def account_rows(connection: Connection, owners: Collection[str]) -> list[AccountRow]:
    """Return the rows of these owners; owners without a row are left out."""
    rows = connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.owner.in_(owners)))
    return [AccountRow(*row) for row in rows]


def kek_ids(connection: Connection) -> set[str]:
    """Return the ids of all key-encryption keys in use."""
    return set(connection.scalars(select(_ACCOUNT.c.kek_id).distinct()))


def replace(connection: Connection, row: AccountRow) -> None:
    """Store a row, key included, in place of the owner's earlier row, if any."""
    erase(connection, row.owner)
    connection.execute(insert(_ACCOUNT), [row._asdict()])


def erase(connection: Connection, owner: str) -> None:
    """Delete the owner's row, if any: without its key, no copy of the value can be decrypted."""
    connection.execute(delete(_ACCOUNT).where(_ACCOUNT.c.owner == owner))
