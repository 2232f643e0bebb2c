"""The tables of the vault: encrypted values, wrapped keys, blind indexes, and bank accounts."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ledger.errors import PersonAlreadyKnown
from ledger.store.schema_version import Part

_METADATA = MetaData()
_MEMBER = Table(
    "vault_member",
    _METADATA,
    Column("member_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("kek_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("identity_blind", LargeBinary, unique=True),
    Column("phone_blind", LargeBinary, index=True),
    sqlite_strict=True,
)
_VALUE = Table(
    "vault_value",
    _METADATA,
    Column(
        "member_id", Text, ForeignKey(_MEMBER.c.member_id, ondelete="CASCADE"), primary_key=True
    ),
    Column("record", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
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

PART = Part("vault", _MEMBER.name, lambda to: _METADATA.create_all(to, [_MEMBER, _VALUE]), "vault")
ACCOUNTS = Part("bank_accounts", _ACCOUNT.name, _ACCOUNT.create, "vault")


View = Connection
"""An open transaction."""


class MemberRow(NamedTuple):
    """A member's wrapped data key, and the keyed hashes (blind indexes) that find the member.

    `key_id` names the data key, `kek_id` the key that wraps it. A hash is None without its number.
    """

    member_id: str
    key_id: str
    kek_id: str
    wrapped_key: bytes
    identity_blind: bytes | None
    phone_blind: bytes | None


class ValueRow(NamedTuple):
    """One encrypted value (`sealed`: nonce, ciphertext, tag) of a field of a member's record."""

    member_id: str
    record: str
    field: str
    sealed: bytes


class AccountRow(NamedTuple):
    """An owner's (`merchant-…`, `fund-…`) encrypted account, and its key, wrapped by `kek_id`."""

    owner: str
    key_id: str
    kek_id: str
    wrapped_key: bytes
    sealed: bytes


def kek_ids(connection: Connection, part: Part) -> set[str]:
    """Return the ids of all key-encryption keys that a row of PART or of ACCOUNTS needs."""
    kek_id = _METADATA.tables[part.table].c.kek_id
    return set(connection.scalars(select(kek_id).distinct()))


def member_rows(connection: Connection, member_ids: Collection[str]) -> dict[str, MemberRow]:
    """Return rows by member id; members without a row are left out."""
    rows = connection.execute(select(_MEMBER).where(_MEMBER.c.member_id.in_(member_ids)))
    return {row.member_id: MemberRow(*row) for row in rows}


def value_rows(connection: Connection, member_id: str, record: str) -> list[ValueRow]:
    """Return the encrypted values of a member's record, one a field; maybe none."""
    chosen = select(_VALUE).where(_VALUE.c.member_id == member_id, _VALUE.c.record == record)
    return [ValueRow(*row) for row in connection.execute(chosen)]


def holders_by_identity(connection: Connection, blinds: Collection[bytes]) -> dict[bytes, str]:
    """Return member ids by blind index of the identity number; unknown ones are left out."""
    blind = _MEMBER.c.identity_blind
    rows = connection.execute(select(blind, _MEMBER.c.member_id).where(blind.in_(blinds)))
    return {row.identity_blind: row.member_id for row in rows}


def holders_by_phone(connection: Connection, blind: bytes, most: int) -> list[str]:
    """Return the ids of at most `most` members with this phone's blind index, sorted."""
    chosen = select(_MEMBER.c.member_id).where(_MEMBER.c.phone_blind == blind)
    return list(connection.scalars(chosen.order_by(_MEMBER.c.member_id).limit(most)))


def add_members(connection: Connection, members: Sequence[MemberRow]) -> None:
    """Insert rows of members that must have none yet.

    Two members with one identity number raise PersonAlreadyKnown.
    """
    _many(connection, insert(_MEMBER), [row._asdict() for row in members])


def point_members(connection: Connection, members: Sequence[MemberRow]) -> None:
    """Replace the blind indexes of existing members by those given; their data keys stay.

    Two members with one identity number raise PersonAlreadyKnown.
    """
    blinds = [
        {"of": one.member_id, "identity_blind": one.identity_blind, "phone_blind": one.phone_blind}
        for one in members
    ]
    _many(connection, update(_MEMBER).where(_MEMBER.c.member_id == bindparam("of")), blinds)


def replace_values(
    connection: Connection, member_ids: Collection[str], record: str, values: Sequence[ValueRow]
) -> None:
    """Delete all values of this record of these members, and insert `values`."""
    old = delete(_VALUE).where(_VALUE.c.member_id.in_(member_ids), _VALUE.c.record == record)
    connection.execute(old)
    _many(connection, insert(_VALUE), [row._asdict() for row in values])


def erase_member(connection: Connection, member_id: str) -> None:
    """Delete the member's row and values: without its key, no copy of a value can be decrypted."""
    connection.execute(delete(_VALUE).where(_VALUE.c.member_id == member_id))
    connection.execute(delete(_MEMBER).where(_MEMBER.c.member_id == member_id))


def account_rows(connection: Connection, owners: Collection[str]) -> list[AccountRow]:
    """Return the rows of these owners; owners without a row are left out."""
    rows = connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.owner.in_(owners)))
    return [AccountRow(*row) for row in rows]


def replace_account(connection: Connection, row: AccountRow) -> None:
    """Store a row, key included, in place of the owner's earlier row, if any."""
    erase_account(connection, row.owner)
    connection.execute(insert(_ACCOUNT), [row._asdict()])


def erase_account(connection: Connection, owner: str) -> None:
    """Delete the owner's row, if any: without its key, no copy of the value can be decrypted."""
    connection.execute(delete(_ACCOUNT).where(_ACCOUNT.c.owner == owner))


def _many(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        try:
            connection.execute(statement, rows)
        except IntegrityError as taken:
            raise PersonAlreadyKnown from taken
