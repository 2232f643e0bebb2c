"""What every table of the read side is made of, and how far each projection has read.

Columns stand in this order: keys, counters, plain values. They are text or whole numbers: a day is
ISO text (`2019-05-01`), an instant ISO text in UTC, as in the log. Such text sorts by time, reads
the same in both databases, and costs nothing on the way there.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

COUNTER = "counter"
"""Marks, in the `info` of a column, what is added to."""

metadata = MetaData()


def key(name: str) -> Column[str]:
    """A column of the primary key; `""` stands for none."""
    return Column(name, _text(), primary_key=True)


def position() -> Column[int]:
    """The position of a fact as the key: rows are only added, one behind the other."""
    kind = BigInteger().with_variant(Integer(), "sqlite")  # there `INTEGER` is the row's own number
    return Column("position", kind, primary_key=True, autoincrement=False)


def counter(name: str) -> Column[int]:
    """A whole number that is added to, from zero."""
    return Column(name, BigInteger, nullable=False, server_default="0", info={COUNTER: True})


def text(name: str, *, index: bool = False) -> Column[str | None]:
    """Text that is set; nothing until then."""
    return Column(name, _text(), index=index)


def number(name: str) -> Column[int | None]:
    """A whole number that is set; nothing until then."""
    return Column(name, BigInteger)


def _text() -> Text:
    # Bytes in their own succession: the same in both databases, and the fastest in PostgreSQL.
    return Text().with_variant(Text(collation="C"), "postgresql")


progress = Table(
    "progress",
    MetaData(),
    key("name"),
    Column("position", BigInteger, nullable=False, server_default="0"),
    text("problem"),
    number("stopped_at"),
)
"""The last position each projection has read; where and why it stopped, if it did."""
