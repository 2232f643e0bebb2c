"""Questions: queries of a projection that people may ask, with the options and words for them.

`hongka show` makes a command of each: its table, CSV and JSON, its pages, its options. The pages of
the officers' figures list those that are sums.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Generic, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table

from ledger.benefits import Words
from projections.engine.pages import Reading, Row, by_key, every, latest
from projections.engine.schema import COUNTER, WORDS
from projections.engine.totals import MONTH, Total, every_total, totals

COLUMN_WORDS: Mapping[str, Words] = {
    "day": Words("日期", "Day"),
    MONTH: Words("月份", "Month"),
    "merchant_id": Words("商户", "Merchant"),
    "outlet_id": Words("门店", "Outlet"),
    "category": Words("类别", "Category"),
    "branch": Words("基层工会", "Branch"),
    "choice_id": Words("优惠", "Offer"),
    "kind": Words("优惠种类", "Kind"),
    "reason": Words("原因", "Reason"),
    "merchant_share_minor": Words("商户出资（元）", "Paid by merchants (yuan)"),
    "union_share_minor": Words("工会出资（元）", "Paid by the union (yuan)"),
    "member_share_minor": Words("会员支付（元）", "Paid by members (yuan)"),
    "price_minor": Words("消费（元）", "Price (yuan)"),
}
"""The words of columns that several tables share; any other column declares its own."""


def option_name(column: str) -> str:
    """Return a column's option: `merchant` for `merchant_id`, `offer` for `choice_id`."""
    return "offer" if column == "choice_id" else column.removesuffix("_id")


class Filter(NamedTuple):
    """An option that narrows a question: name, help, and a function from its value to a condition.

    A `flag` takes no value; the value must be one of `choices`, if there are any. `default` is the
    value if none is given; None: no condition.
    """

    name: str
    help: str
    where: Callable[[Any], ColumnElement[bool]]
    flag: bool = False
    choices: Sequence[str] = ()
    default: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A query of a projection that people may ask; its subclasses are Sums and Listing.

    `about` is the sentence that explains it. `examples` are command-line options as they are typed.
    `command` is the command after `hongka`; empty: `show` and the name of the module's variable.
    """

    table: Table = field(kw_only=False)
    about: Words
    examples: Sequence[str]
    command: str = ""

    @property
    def options(self) -> list[Filter]:
        """The filters that people may narrow the question by; none by default."""
        return []

    @property
    def by_days(self) -> bool:
        """True if the question may be narrowed to a range of days."""
        return False

    def asked(
        self, typed: Mapping[str, Any], first_day: date | None, last_day: date | None
    ) -> dict[str, Any]:
        """Return the query's keyword arguments for the option values in `typed`, by option name.

        Empty options are left out; both days are inclusive, None for no bound.
        """
        where = [one.where(typed[one.name]) for one in self.options if typed.get(one.name)]
        asked = {"where": where, "first_day": first_day, "last_day": last_day}
        return {name: value for name, value in asked.items() if value}

    @property
    def _file(self) -> str:
        return f"projections/{self.table.name.rpartition('_')[0]}.py"

    def _by_value(self, column: str) -> Filter:
        name = option_name(column)
        return Filter(name, f"Only this {name}.", lambda value: self.table.columns[column] == value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums(Question):
    """Sums of a table: its counters, grouped by its keys or by month.

    Ask it as a function: `usage(connection, ["month"], branch="east")`, see `totals`. `by` groups
    it where people ask for nothing else. The officers' pages show it under its `title`, and hide
    each group with too few of its first counter.
    """

    title: Words
    by: Sequence[str]

    def __post_init__(self) -> None:
        """Raise LookupError unless every column has words and `by` names keys or month."""
        groups = [*self.groups.values()]
        for column in (*groups, *self.counters):
            self.words(column)
        if unknown := [column for column in self.by if column not in groups]:
            known = ", ".join(groups)
            raise LookupError(f"{self._file}: `by` names {unknown}; the keys are {known}")

    def __call__(
        self, connection: Connection, by: Sequence[str] = (), **narrowed: Any
    ) -> list[Total]:
        """Return one page of the sums, grouped by columns (one row if none). See `totals`."""
        return totals(self.table, connection, by, **narrowed)

    @property
    def by_days(self) -> bool:
        """True if the table has a column `day`."""
        return "day" in self.table.columns

    @property
    def groups(self) -> dict[str, str]:
        """The columns that the sums may be grouped by, by option name; with a day, `month` too."""
        keys = [column.name for column in self.table.primary_key.columns]
        if self.by_days:
            keys.insert(keys.index("day") + 1, MONTH)
        return {option_name(key): key for key in keys}

    @property
    def options(self) -> list[Filter]:
        """A filter for each column to group by, except day and month."""
        return [self._by_value(key) for key in self.groups.values() if key not in {"day", MONTH}]

    @property
    def counters(self) -> list[str]:
        """The names of the columns that are summed, in the order of the table."""
        return [column.name for column in self.table.columns if COUNTER in column.info]

    def words(self, column: str) -> Words:
        """Return the words that people read for a column, or raise LookupError."""
        told = self.table.columns[column].info.get(WORDS) if column != MONTH else None
        found: Words | None = told or COLUMN_WORDS.get(column)
        if found is None:
            raise LookupError(
                f'{self._file}: the column {column!r} needs words: add Words("…", "…") after it'
            )
        return found

    def rows(self, reading: Reading, by: Sequence[str], **asked: Any) -> Iterator[Total]:
        """Yield all sums, grouped by the columns `by` and summed once; `asked` narrows them."""
        with reading() as connection:
            yield from every_total(self.table, connection, by, **asked)


@dataclass(frozen=True, kw_only=True, eq=False)
class Listing(Question, Generic[Row]):
    """A question for the rows of a table, page by page.

    Call it as a function: `payables(connection, merchant_id="xiufa")`. `filters` are columns to
    narrow to, or other filters; `days` says whether a range of days may be given. `following`
    returns the arguments of `query` for the page after a row. A table and a CSV show `columns`, by
    default all; JSON has every field and property of `row`. `limit` is the number of rows shown
    unless people give another; None: all. `as_of` says that `query` takes the ledger's present time
    as `at`.
    """

    row: type[Row] = field(kw_only=False)
    filters: Sequence[str | Filter] = ()
    days: bool = False
    query: Callable[..., list[Row]]
    following: Callable[[Row], dict[str, Any]]
    columns: Sequence[str] = ()
    limit: int | None = None
    as_of: bool = False

    def __call__(self, connection: Connection, **asked: Any) -> list[Row]:
        """Return one page of the rows; `asked` holds the arguments of `query`."""
        return self.query(connection, **asked)

    @property
    def options(self) -> list[Filter]:
        """Each of the `filters`; a column becomes a filter for an equal value."""
        return [self._by_value(one) if isinstance(one, str) else one for one in self.filters]

    @property
    def by_days(self) -> bool:
        """True if the rows may be narrowed to a range of days."""
        return self.days

    @property
    def shown(self) -> Sequence[str]:
        """The names of the columns in a table or a CSV: `columns`, or else every one."""
        return self.columns or (*self.row.__annotations__, *_properties(self.row))

    def rows(self, reading: Reading, **asked: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of all pages as dictionaries with the properties; `asked` narrows them."""
        return map(as_dict, every(self.query, reading, self.following, **asked))


def as_dict(row: Any) -> dict[str, Any]:
    """Return the fields and the properties of a named tuple, by name."""
    fields: dict[str, Any] = row._asdict()
    return fields | {name: getattr(row, name) for name in _properties(type(row))}


def _properties(row: type[Any]) -> list[str]:
    return [name for name, value in vars(row).items() if isinstance(value, property)]


def latest_first(table: Table, row: type[Row], **declared: Any) -> Listing[Row]:
    """Return a Listing of a table that has a `position`, the latest row first.

    `declared` holds the other fields of the Listing.
    """

    def following(last: Any) -> dict[str, Any]:
        return {"before": last.position}

    return Listing(table, row, query=partial(latest, table, row), following=following, **declared)


def sorted_by_key(table: Table, row: type[Row], **declared: Any) -> Listing[Row]:
    """Return a Listing of a table in the order of its keys; `declared` holds its other fields."""
    keys = len(table.primary_key.columns)
    return Listing(
        table,
        row,
        query=partial(by_key, table, row),
        following=lambda last: {"after": last[:keys]},
        **declared,
    )
