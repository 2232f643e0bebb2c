"""Add and Put: the two changes that a projection makes in its table, as values.

A column of a table is a key, a counter or a plain value. `Add` grows counters only, `Put` sets
plain values only, and of two Puts of one column the later holds. So an Add and a Put of one row
never disturb each other, and folding a page at once gives the same rows as one change at a time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from projections.engine.upsert import Row, Upsert, Value, upsert, write

Key = tuple[str | int, ...]
Values = dict[str, Value]


class Add(NamedTuple):
    """Add amounts to counters of the row under `key`; a missing row begins at zero."""

    key: Key
    amounts: Mapping[str, int]


class Put(NamedTuple):
    """Set columns of the row under `key`, leaving its other columns; create a missing row."""

    key: Key
    values: Mapping[str, Value]


Change = Add | Put


def copying(*names: str) -> Callable[[Any], dict[str, Any]]:
    """Return a function that returns these attributes (two or more) of an event, by name."""
    pick = attrgetter(*names)
    return lambda event: dict(zip(names, pick(event), strict=True))


class Folded(NamedTuple):
    """The changes of a page by key: the sums to add, and the values to set."""

    added: dict[Key, dict[str, int]]
    put: dict[Key, Mapping[str, Value]]


def fold(changes: Iterable[Change]) -> Folded:
    """Combine the changes of each key: sum the Adds, and let the later Put of a column hold."""
    folded = Folded({}, {})
    added, put = folded
    for change in changes:
        if type(change) is Add:
            amounts = added.get(change.key)
            if amounts is None:
                added[change.key] = {**change.amounts}
                continue
            for column, amount in change.amounts.items():
                amounts[column] = amounts.get(column, 0) + amount
        elif type(change) is Put:
            values = put.get(change.key)
            put[change.key] = change.values if values is None else {**values, **change.values}
        else:
            raise TypeError(f"{change!r} is neither Add nor Put")
    return folded


def apply(connection: Connection, table: Table, folded: Folded) -> None:
    """Write the folded changes to the table, one statement for each set of columns that is put.

    A key or a counter that the table does not have raises ValueError.
    """
    for names, keys in _by_columns(folded).items():
        statement = upsert(table, names)
        for key in keys:
            if len(key) != len(statement.keys):
                raise ValueError(f"{table.name}: the keys are {statement.keys}, not {key}")
        write(connection, statement, _rows(folded, keys, statement))


def _by_columns(folded: Folded) -> dict[tuple[str, ...], list[Key]]:
    """Return the keys to write, by the names of the plain values to set; () for Adds alone."""
    keys: dict[tuple[str, ...], list[Key]] = {}
    for key, values in folded.put.items():
        keys.setdefault(tuple(values), []).append(key)
    only_added = [key for key in folded.added if key not in folded.put]
    if only_added:
        keys[()] = only_added
    return keys


def _rows(folded: Folded, keys: Sequence[Key], statement: Upsert) -> list[Row]:
    rows: list[Row] = list(keys)
    zero = dict.fromkeys(statement.counters, 0)
    grown = _picked(statement.counters)
    for place, key in enumerate(keys):
        amounts = folded.added.get(key, zero)
        if len(amounts) < len(zero):
            amounts = {**zero, **amounts}
        if amounts.keys() != zero.keys():
            raise ValueError(
                f"{statement.table.name}: not counters: {amounts.keys() - zero.keys()}"
            )
        rows[place] += grown(amounts)
    if statement.values:
        set_to = _picked(statement.values)
        for place, key in enumerate(keys):
            rows[place] += set_to(folded.put[key])
    return rows


def _picked(names: tuple[str, ...]) -> Callable[[Any], Row]:
    """Return a function that picks the values of these names, however many, as a tuple."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
