"""Write rows over a table: counters grow, plain values are set, missing rows are inserted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, MetaData, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from projections.engine.schema import COUNTER

ARRAY_ROWS_MAX = 1_000
"""The most rows PostgreSQL takes as arrays; more are copied, which is four times as fast."""

Value = str | int | None
Row = tuple[Value, ...]


class Upsert(NamedTuple):
    """The columns of a row to write, in this order: keys, all counters, the plain values to set."""

    table: Table
    keys: tuple[str, ...]
    counters: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns to write, in order."""
        return self.keys + self.counters + self.values


@lru_cache(maxsize=1_000)
def upsert(table: Table, put: tuple[str, ...]) -> Upsert:
    """Return the columns to write when the plain values `put` (names) are set.

    Raise ValueError if one is no plain value, or the table's columns are out of order.
    """
    keys = tuple(table.primary_key.columns.keys())
    counters = tuple(column.name for column in table.columns if COUNTER in column.info)
    names = tuple(column.name for column in table.columns)
    plain = tuple(name for name in names if name not in {*keys, *counters})
    if (*keys, *counters, *plain) != names:
        raise ValueError(f"{table.name}: keys, counters, plain values, in this order")
    if not {*put} <= {*plain}:
        raise ValueError(f"{table.name}: not plain values, never put: { ({*put} - {*plain}) }")
    return Upsert(table, keys, counters, tuple(name for name in plain if name in put))


def write(connection: Connection, statement: Upsert, rows: Sequence[Row]) -> None:
    """Write the rows: insert a missing row, add to counters, overwrite plain values.

    Plain SQL saves half the time that SQLAlchemy takes for each row.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_one_row(statement), list(rows))
    elif len(rows) <= ARRAY_ROWS_MAX:
        columns = map(list, zip(*rows, strict=True))
        connection.execute(_arrays(statement), dict(zip(statement.names, columns, strict=True)))
    else:
        _copy(connection, statement, rows)


def _copy(connection: Connection, statement: Upsert, rows: Sequence[Row]) -> None:
    page = _page(statement)
    page.create(connection, checkfirst=False)
    quote = connection.dialect.identifier_preparer.quote
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {quote(page.name)} FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)
    copied = postgresql.insert(statement.table).from_select(list(statement.names), select(page))
    connection.execute(_over(statement, copied))
    page.drop(connection, checkfirst=False)


@lru_cache(maxsize=1_000)
def _page(statement: Upsert) -> Table:
    columns = [Column(name, statement.table.columns[name].type) for name in statement.names]
    return Table(f"{statement.table.name}__page", MetaData(), *columns, prefixes=["TEMPORARY"])


@lru_cache(maxsize=1_000)
def _one_row(statement: Upsert) -> str:
    row: dict[str, Any] = {name: bindparam(name) for name in statement.names}
    inserted = sqlite.insert(statement.table).values(row)
    return str(_over(statement, inserted).compile(dialect=sqlite.dialect()))


@lru_cache(maxsize=1_000)
def _arrays(statement: Upsert) -> Any:
    """Return one PostgreSQL statement that writes any number of rows, from an array per column."""
    columns = statement.table.columns
    arrays = [bindparam(n, type_=postgresql.ARRAY(columns[n].type)) for n in statement.names]
    rows = select(*map(func.unnest, arrays))
    return _over(
        statement, postgresql.insert(statement.table).from_select(list(statement.names), rows)
    )


def _over(statement: Upsert, inserted: Any) -> Any:
    columns, excluded = statement.table.columns, inserted.excluded
    sets = {name: columns[name] + excluded[name] for name in statement.counters}
    sets |= {name: excluded[name] for name in statement.values}
    return inserted.on_conflict_do_update(index_elements=statement.table.primary_key, set_=sets)
