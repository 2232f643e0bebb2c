"""The tables of credentials and of pending sign-in state."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from ledger.store.rows import at_text, at_time
from ledger.store.schema_version import Part

_METADATA = MetaData()
_CREDENTIAL = Table(
    "door_credential",
    _METADATA,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("found_by", Text),
    Column("kept", LargeBinary, nullable=False),
    Column("counter", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("label", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("used_at", Text),
    sqlite_strict=True,
)
Index("door_credential_by", _CREDENTIAL.c.kind, _CREDENTIAL.c.found_by, unique=True)
_PENDING = Table(
    "door_pending",
    _METADATA,
    Column("purpose", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("kept", LargeBinary, nullable=False),
    Column("ends_at", Text, nullable=False),
    sqlite_strict=True,
)
Index("door_pending_by_end", _PENDING.c.ends_at)

PART = Part("credentials", _CREDENTIAL.name, _METADATA.create_all, "sessions")


class Credential(NamedTuple):
    """A credential of one subject (`member-…`, `staff-…`); times are aware.

    `name` tells credentials of one kind apart (empty: only one), `found_by` finds the subject
    (unique in its kind; None: nothing does), `kept` is a hash, a public key, or an encrypted value;
    `counter` only ever rises; `label` is for people. `used_at` None means never.
    """

    kind: str
    subject: str
    name: str
    kept: bytes
    made_at: datetime
    found_by: str | None = None
    counter: int = 0
    label: str = ""
    used_at: datetime | None = None


def credentials_of(connection: Connection, subject: str, kind: str) -> list[Credential]:
    """Return a subject's credentials of one kind, the oldest first; empty if there are none."""
    chosen = select(_CREDENTIAL).where(*_which(kind, subject))
    return _credentials(connection, chosen.order_by(_CREDENTIAL.c.made_at, _CREDENTIAL.c.name))


def found_credential(connection: Connection, kind: str, found_by: str) -> Credential | None:
    """Return the one credential of a kind with this `found_by`; None if there is none."""
    sought = (_CREDENTIAL.c.kind == kind, _CREDENTIAL.c.found_by == found_by)
    found = _credentials(connection, select(_CREDENTIAL).where(*sought))
    return found[0] if found else None


def still_there(connection: Connection, credential: Credential) -> Credential | None:
    """Return a credential as stored now; None if it was removed or its `kept` value changed."""
    chosen = _which(credential.kind, credential.subject, credential.name)
    found = _credentials(connection, select(_CREDENTIAL).where(*chosen))
    return found[0] if found and found[0].kept == credential.kept else None


def put_credential(connection: Connection, credential: Credential) -> None:
    """Store a credential in place of one with the same kind, subject and name."""
    remove_credentials(connection, credential.subject, credential.kind, credential.name)
    used_at = credential.used_at and at_text(credential.used_at)
    times = {"made_at": at_text(credential.made_at), "used_at": used_at}
    connection.execute(insert(_CREDENTIAL).values(credential._asdict() | times))


def use_credential(
    connection: Connection, credential: Credential, *, counter: int, at: datetime
) -> None:
    """Set the counter and the time of last use of a stored credential; do nothing if it is gone."""
    chosen = _which(credential.kind, credential.subject, credential.name)
    used = {"counter": counter, "used_at": at_text(at)}
    connection.execute(update(_CREDENTIAL).where(*chosen).values(used))


def remove_credentials(
    connection: Connection, subject: str, kind: str, name: str | None = None
) -> bool:
    """Remove one credential or, without `name`, all of the kind; return whether any existed."""
    removed = connection.execute(delete(_CREDENTIAL).where(*_which(kind, subject, name)))
    return removed.rowcount > 0


def pending(connection: Connection, purpose: str, about: str, *, now: datetime) -> bytes | None:
    """Return the value stored for a purpose and `about`; None if it is missing or expired."""
    chosen = select(_PENDING.c.kept).where(
        *_waiting(purpose, about), _PENDING.c.ends_at > at_text(now)
    )
    kept: bytes | None = connection.scalar(chosen)
    return kept


def put_pending(
    connection: Connection, purpose: str, about: str, kept: bytes, *, ends_at: datetime
) -> None:
    """Store a value until `ends_at`, in place of one with the same `purpose` and `about`."""
    remove_pending(connection, purpose, about)
    row = {"purpose": purpose, "about": about, "kept": kept, "ends_at": at_text(ends_at)}
    connection.execute(insert(_PENDING).values(row))


def change_pending(connection: Connection, purpose: str, about: str, kept: bytes) -> None:
    """Change a pending value, if there is one; its expiry stays."""
    connection.execute(update(_PENDING).where(*_waiting(purpose, about)).values(kept=kept))


def remove_pending(connection: Connection, purpose: str, about: str) -> None:
    """Remove a pending value, if there is one."""
    connection.execute(delete(_PENDING).where(*_waiting(purpose, about)))


def remove_purpose(connection: Connection, purpose: str) -> None:
    """Remove all pending values of a purpose."""
    connection.execute(delete(_PENDING).where(_PENDING.c.purpose == purpose))


def remove_late(connection: Connection, now: datetime) -> None:
    """Remove all pending values that have expired at `now`."""
    connection.execute(delete(_PENDING).where(_PENDING.c.ends_at <= at_text(now)))


def _which(kind: str, subject: str, name: str | None = None) -> list[Any]:
    found = [_CREDENTIAL.c.kind == kind, _CREDENTIAL.c.subject == subject]
    return found if name is None else [*found, _CREDENTIAL.c.name == name]


def _waiting(purpose: str, about: str) -> list[Any]:
    return [_PENDING.c.purpose == purpose, _PENDING.c.about == about]


def _credentials(connection: Connection, question: Select[Any]) -> list[Credential]:
    found = []
    for row in connection.execute(question).mappings():
        times = {name: row[name] and at_time(row[name]) for name in ("made_at", "used_at")}
        found.append(Credential(**{**row, **times}))
    return found
