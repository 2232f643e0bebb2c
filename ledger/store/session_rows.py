"""The tables of sessions, by the hash of their secret, and of counted attempts."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
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
_SESSION = Table(
    "door_session",
    _METADATA,
    Column("session_id", Text, primary_key=True),
    Column("door", Text, key="realm", nullable=False),
    Column("subject", Text, nullable=False),
    Column("begun_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("methods", Text, nullable=False),
    sqlite_strict=True,
)
Index("door_session_by_subject", _SESSION.c.subject)
Index("door_session_by_end", _SESSION.c.ends_at)
_TRY = Table(
    "door_try",
    _METADATA,
    Column("bucket", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("ends_at", Text, nullable=False),
    sqlite_strict=True,
)
Index("door_try_by_end", _TRY.c.ends_at)
_TIMES = ("begun_at", "seen_at", "ends_at")

PART = Part("sessions", _SESSION.name, _METADATA.create_all, "sessions")


class Session(NamedTuple):
    """A sign-in session; `session_id` is the SHA-256 (hex) of the secret in the browser.

    `realm` is one of REALMS of the gateway; `subject` is `member-…` or `staff-…`; `device`
    describes the browser, and `methods` the proofs of identity, both to people. Times are aware.
    """

    session_id: str
    realm: str
    subject: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    device: str
    methods: str


def add_session(connection: Connection, session: Session) -> None:
    """Store a session, and delete all sessions that have expired when it begins."""
    connection.execute(delete(_SESSION).where(_SESSION.c.ends_at <= at_text(session.begun_at)))
    times = {name: at_text(getattr(session, name)) for name in _TIMES}
    connection.execute(insert(_SESSION).values(session._asdict() | times))


def session_rows(
    connection: Connection, *, session_id: str | None = None, subject: str | None = None
) -> list[Session]:
    """Return sessions with this id or subject (None: any), expired ones too, latest used first."""
    question = select(_SESSION).order_by(_SESSION.c.seen_at.desc())
    if session_id is not None:
        question = question.where(_SESSION.c.session_id == session_id)
    if subject is not None:
        question = question.where(_SESSION.c.subject == subject)
    found = (dict(zip(Session._fields, row, strict=True)) for row in connection.execute(question))
    return [Session(**row | {name: at_time(row[name]) for name in _TIMES}) for row in found]


def see_session(connection: Connection, session_id: str, *, seen_at: datetime) -> None:
    """Set the time at which a session was last used, if the session exists."""
    connection.execute(
        update(_SESSION).where(_SESSION.c.session_id == session_id).values(seen_at=at_text(seen_at))
    )


def end_sessions(
    connection: Connection, subject: str, *, session_id: str | None = None, but: str | None = None
) -> None:
    """Delete a subject's session `session_id` or, without it, all sessions except `but`."""
    question = delete(_SESSION).where(_SESSION.c.subject == subject)
    if session_id is not None:
        question = question.where(_SESSION.c.session_id == session_id)
    if but is not None:
        question = question.where(_SESSION.c.session_id != but)
    connection.execute(question)


def remove_late(connection: Connection, now: datetime) -> None:
    """Delete all sessions and counts whose end has passed."""
    for table in (_SESSION, _TRY):
        connection.execute(delete(table).where(table.c.ends_at <= at_text(now)))


def remove_idle(connection: Connection, realm: str, *, seen_before: datetime) -> None:
    """Delete the sessions of a realm that were not used since a time."""
    old = (_SESSION.c.realm == realm, _SESSION.c.seen_at <= at_text(seen_before))
    connection.execute(delete(_SESSION).where(*old))


def end_oldest(connection: Connection, subject: str, *, most: int) -> None:
    """Delete the sessions of a subject beyond `most`, those whose last use is longest ago."""
    kept = (
        select(_SESSION.c.session_id)
        .where(_SESSION.c.subject == subject)
        .order_by(_SESSION.c.seen_at.desc(), _SESSION.c.session_id)
        .limit(most)
    )
    connection.execute(
        delete(_SESSION).where(
            _SESSION.c.subject == subject, _SESSION.c.session_id.not_in(kept.scalar_subquery())
        )
    )


def count_try(
    connection: Connection, bucket: str, *, now: datetime, ends_at: datetime
) -> tuple[int, datetime]:
    """Count an attempt; return the count, this attempt included, and the end of the bucket.

    A `bucket` names attempts counted together. A new or expired one counts from 1, and ends at
    `ends_at`; other expired buckets are deleted then.
    """
    row = connection.execute(select(_TRY).where(_TRY.c.bucket == bucket)).one_or_none()
    if row is not None and row.ends_at > at_text(now):
        connection.execute(update(_TRY).where(_TRY.c.bucket == bucket).values(tries=row.tries + 1))
        return row.tries + 1, at_time(row.ends_at)
    connection.execute(delete(_TRY).where(_TRY.c.ends_at <= at_text(now)))
    connection.execute(insert(_TRY).values(bucket=bucket, tries=1, ends_at=at_text(ends_at)))
    return 1, ends_at


def forget_tries(connection: Connection, bucket: str) -> None:
    """Delete the count of a bucket: the next attempt is the first."""
    connection.execute(delete(_TRY).where(_TRY.c.bucket == bucket))
