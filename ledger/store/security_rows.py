"""The table of security events, each a row that is written once and deleted when it is old."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
)

from ledger.store.rows import at_text, at_time
from ledger.store.schema_version import Part

_METADATA = MetaData()
_EVENT = Table(
    "door_event",
    _METADATA,
    Column("number", Integer, Identity(), primary_key=True),
    Column("at", Text, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("event", "outcome", "subject")),
    *(Column(name, Text, nullable=False) for name in ("about", "address")),
    sqlite_strict=True,
)
Index("door_event_by_subject", _EVENT.c.subject, _EVENT.c.number)
Index("door_event_by_time", _EVENT.c.at)

PART = Part("security", _EVENT.name, _METADATA.create_all, "sessions")


class SecurityEvent(NamedTuple):
    """A sign-in, a refused access or a change of credentials; no field holds personal data.

    `subject` is `member-…` or `staff-…`, empty if unknown; `about` tells the realm and the means,
    or the thing that changed; `address` is a blinded network, empty if there is none. Stored events
    are numbered from 1 on.
    """

    at: datetime
    event: str
    outcome: str
    subject: str = ""
    about: str = ""
    address: str = ""
    number: int = 0


def add_events(connection: Connection, events: Iterable[SecurityEvent]) -> None:
    """Store events, in their order."""
    rows = [one._asdict() | {"at": at_text(one.at)} for one in events]
    for row in rows:
        del row["number"]
    connection.execute(insert(_EVENT), rows)


def trim_events(connection: Connection, *, since: datetime, most: int) -> None:
    """Delete the events before `since`, and the oldest beyond `most` of known subjects.

    Those without a subject are bounded apart, so that strangers crowd out no others.
    """
    connection.execute(delete(_EVENT).where(_EVENT.c.at < at_text(since)))
    for of_them in (_EVENT.c.subject == "", _EVENT.c.subject != ""):
        newest = select(_EVENT.c.number).where(of_them).order_by(_EVENT.c.number.desc())
        last = connection.scalar(newest.offset(most).limit(1))
        if last is not None:
            connection.execute(delete(_EVENT).where(of_them, _EVENT.c.number <= last))


def event_rows(
    connection: Connection, *, before: int | None = None, rows_max: int, **wanted: str
) -> list[SecurityEvent]:
    """Return at most `rows_max` events with these values of fields, the latest first.

    An empty value means any. The list goes on with the events `before` a number.
    """
    question = select(_EVENT).order_by(_EVENT.c.number.desc()).limit(rows_max)
    for name, value in wanted.items():
        if value:
            question = question.where(_EVENT.c[name] == value)
    if before is not None:
        question = question.where(_EVENT.c.number < before)
    found = (row._asdict() for row in connection.execute(question))
    return [SecurityEvent(**row | {"at": at_time(row["at"])}) for row in found]
