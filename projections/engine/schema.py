"""The columns of the read side's tables, and the position each projection has reached.

Columns stand in this order: keys, counters, plain values. They are text or whole numbers: a day is
ISO text (`2019-05-01`), an instant ISO text in UTC, as in the log. Such text sorts by time and
reads the same in both databases.
"""

from typing import Any, get_args, get_type_hints

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

from ledger.benefits import Words

COUNTER = "counter"
"""The mark, in the `info` of a column, of a number that Add changes."""

WORDS = "words"
"""The name, in the `info` of a column, under which the words people read for it stand."""

metadata = MetaData()


def keyed(name: str, *columns: Column[Any]) -> Table:
    """Return a table of these columns; SQLite stores it in the order of its keys."""
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def table_of(
    name: str, row: type[tuple[Any, ...]], *, keys: int = 1, counters: int = 0, joined: int = 0
) -> Table:
    """Return a table with the fields of a named tuple as columns; the first `keys` are its key.

    The next `counters` are counters; the last `joined` are left out, as queries join them from
    other tables. A first field `position` is the only key: one row for each event.
    """
    fields = [*get_type_hints(row).items()]
    fields = fields[: len(fields) - joined]
    plain = fields[keys + counters :]
    columns = [
        *(counter(field) for field, _ in fields[keys : keys + counters]),
        *((number if int in (get_args(kind) or (kind,)) else text)(field) for field, kind in plain),
    ]
    if fields[0][0] == "position":
        return Table(name, metadata, position(), *columns)
    return keyed(name, *(key(field) for field, _ in fields[:keys]), *columns)


def key(name: str, words: Words | None = None) -> Column[str]:
    """Return a text column of the primary key; `""` stands for no value.

    `words` are the column's name for people; None: not needed, or in COLUMN_WORDS.
    """
    return Column(name, _text(), primary_key=True, info={WORDS: words})


def position() -> Column[int]:
    """Return the key column for the position of an event in the log, one row for each event."""
    kind = BigInteger().with_variant(Integer(), "sqlite")  # there `INTEGER` is the row's own number
    return Column("position", kind, primary_key=True, autoincrement=False)


def counter(name: str, words: Words | None = None) -> Column[int]:
    """Return a column of whole numbers that Add changes, 0 at first; `words` as for `key`."""
    marks = {COUNTER: True, WORDS: words}
    return Column(name, BigInteger, nullable=False, server_default="0", info=marks)


def text(name: str, *, index: bool = False) -> Column[str | None]:
    """Return a text column that Put sets, null before; `index` adds an index on it."""
    return Column(name, _text(), index=index)


def number(name: str) -> Column[int | None]:
    """Return a column of whole numbers that Put sets, null before."""
    return Column(name, BigInteger)


def _text() -> Text:
    # Ordered by bytes: the same in both databases, and the fastest in PostgreSQL.
    return Text().with_variant(Text(collation="C"), "postgresql")


progress = Table(
    "progress",
    MetaData(),
    key("name"),
    Column("position", BigInteger, nullable=False, server_default="0"),
    text("problem"),
    number("stopped_at"),
    text("leaf"),
)
"""The last position each projection has read, with the leaf there; if it stopped, where and why."""
