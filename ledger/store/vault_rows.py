"""The tables of the vault: encrypted values, wrapped keys and blind indexes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
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
from ledger.store.side_tables import LOCK_WAIT_SECONDS, Side

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
PART = Part("vault", _MEMBER.name, _METADATA.create_all)


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


class VaultRows:
    """The tables of the vault in one database; safe to share between threads."""

    def __init__(self, url: str, *, lock_wait_seconds: float = LOCK_WAIT_SECONDS) -> None:
        self._side = Side(url, PART, lock_wait_seconds=lock_wait_seconds)
        self.create = self._side.create
        self.close = self._side.close

    @contextmanager
    def reading(self) -> Iterator[VaultView]:
        """Yield one snapshot of the rows."""
        with self._side.reading() as connection:
            yield VaultView(connection)

    @contextmanager
    def writing(self) -> Iterator[VaultWriting]:
        """Yield the rows to one writer at a time, so that its first reads stay true; then commit.

        Two members with one identity number raise PersonAlreadyKnown.
        """
        try:
            with self._side.writing() as connection:
                yield VaultWriting(connection)
        except IntegrityError as taken:
            raise PersonAlreadyKnown from taken


class VaultView:
    """The rows of the vault as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def member_rows(self, member_ids: Collection[str]) -> dict[str, MemberRow]:
        """Return rows by member id; members without a row are left out."""
        rows = self._connection.execute(select(_MEMBER).where(_MEMBER.c.member_id.in_(member_ids)))
        return {row.member_id: MemberRow(*row) for row in rows}

    def value_rows(self, member_id: str, record: str) -> list[ValueRow]:
        """Return the encrypted values of a member's record, one a field; maybe none."""
        chosen = select(_VALUE).where(_VALUE.c.member_id == member_id, _VALUE.c.record == record)
        return [ValueRow(*row) for row in self._connection.execute(chosen)]

    def holders_by_identity(self, blinds: Collection[bytes]) -> dict[bytes, str]:
        """Return member ids by blind index of the identity number; unknown ones are left out."""
        blind = _MEMBER.c.identity_blind
        rows = self._connection.execute(select(blind, _MEMBER.c.member_id).where(blind.in_(blinds)))
        return {row.identity_blind: row.member_id for row in rows}

    def holders_by_phone(self, blind: bytes, most: int) -> list[str]:
        """Return the ids of at most `most` members with this phone's blind index, sorted."""
        chosen = select(_MEMBER.c.member_id).where(_MEMBER.c.phone_blind == blind)
        return list(self._connection.scalars(chosen.order_by(_MEMBER.c.member_id).limit(most)))

    def kek_ids(self) -> set[str]:
        """Return the ids of all key-encryption keys that a row needs."""
        return set(self._connection.scalars(select(_MEMBER.c.kek_id).distinct()))


class VaultWriting(VaultView):
    """The rows of the vault under the lock of one writer, who may change them."""

    def add(self, members: Sequence[MemberRow]) -> None:
        """Insert rows of members that must have none yet."""
        self._many(insert(_MEMBER), members)

    def point(self, members: Sequence[MemberRow]) -> None:
        """Replace the blind indexes of existing members by those given; their data keys stay."""
        self._many(
            update(_MEMBER)
            .where(_MEMBER.c.member_id == bindparam("of"))
            .values(identity_blind=bindparam("identity"), phone_blind=bindparam("phone")),
            [_Pointers(row.member_id, row.identity_blind, row.phone_blind) for row in members],
        )

    def replace(self, member_ids: Collection[str], record: str, values: Sequence[ValueRow]) -> None:
        """Delete all values of this record of these members, and insert `values`."""
        old = delete(_VALUE).where(_VALUE.c.member_id.in_(member_ids), _VALUE.c.record == record)
        self._connection.execute(old)
        self._many(insert(_VALUE), values)

    def _many(self, statement: Any, rows: Sequence[MemberRow | ValueRow | _Pointers]) -> None:
        if rows:
            self._connection.execute(statement, [row._asdict() for row in rows])


class _Pointers(NamedTuple):
    of: str
    identity: bytes | None
    phone: bytes | None
