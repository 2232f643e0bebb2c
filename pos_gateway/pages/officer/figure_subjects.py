"""The subjects of figures: their groups, measures and queries; those of drops by their opening."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from ledger.benefits import Words
from pos_gateway.i18n.words import words_of
from pos_gateway.services import Services
from projections.attendance import attendance
from projections.drops import DropRow, drop_totals, drops, of_drops, opened_between
from projections.engine.pages import ROWS_MAX
from projections.engine.question import COLUMN_WORDS, Sums, option_name
from projections.engine.totals import Total
from projections.figures import Span, cards_in_use, late_totals
from projections.sell_through import sold_out_after
from projections.suppliers import suppliers
from projections.turned_away import turned_away

GROUP = "group"
"""The field of a row that names its group: every row of figures has it."""


class Asked(NamedTuple):
    """A request for figures: the group `by`, the days, and the current time `at`.

    `by` is one of the subject's groups; empty asks for one row, the total. Both days are included;
    `at` is in the zone of the rules. Queries use `connection`, to the projections.
    """

    services: Services
    connection: Any
    by: str
    first: date
    last: date
    at: datetime


class Measure(NamedTuple):
    """A column of figures; `kind` is `count`, `minor` (minor units) or `permille`."""

    name: str
    words: Words
    kind: str = "count"


class Subject(NamedTuple):
    """One table of figures: its texts, groups and columns, and the function that queries its rows.

    `groups` maps the groups to choose from to their texts; the first is the default. `counts` name
    the columns by which groups are small, the largest first: the rows of small groups are
    suppressed. Where `counts` is empty, none are. `rows` returns at most `rows_max`.
    """

    title: Words
    about: Words
    groups: Mapping[str, Words]
    measures: Sequence[Measure]
    counts: Sequence[str]
    rows: Callable[[Asked], list[Total]]
    rows_max: int = ROWS_MAX


def of_sums(question: Sums, first: str = "") -> Subject:
    """Return the subject of a question; the default group is `first`, if "" the question's own."""
    groups = {name: question.words(key) for name, key in question.groups.items()}
    first = first or option_name(question.by[0])
    return Subject(
        question.title,
        question.about,
        {first: groups[first]} | groups,
        [_measure(name, question.words(name)) for name in question.counters],
        question.counters[:1],
        grouped(question, question.groups),
    )


def subject(
    name: str,
    groups: Sequence[str],
    measures: Sequence[str],
    rows: Callable[[Asked], list[Total]],
    counts: Sequence[str] = (),
    rows_max: int = ROWS_MAX,
) -> Subject:
    """Return a subject with the texts of the list `figures_<name>`, or those of shared columns.

    `groups`, the default first, and `measures` are names; the others are as in Subject.
    """
    words = words_of(f"figures_{name}")

    def said(column: str) -> Words:
        return words.get(column) or COLUMN_WORDS.get(f"{column}_id") or COLUMN_WORDS[column]

    return Subject(
        words["title"],
        words["about"],
        {group: said(group) for group in groups},
        [_measure(measure, said(measure)) for measure in measures],
        counts,
        rows,
        rows_max,
    )


def _measure(name: str, words: Words) -> Measure:
    kind = "minor" if name.endswith("_minor") else "permille" if name == "permille" else "count"
    return Measure(name, words, kind)


def _of_days(asked: Asked) -> dict[str, Any]:
    return {"first_day": asked.first, "last_day": asked.last}


def grouped(
    query: Callable[..., list[Total]],
    keys: Mapping[str, str],
    narrowed: Callable[[Asked], dict[str, Any]] = _of_days,
) -> Callable[[Asked], list[Total]]:
    """Return a rows function that sums a query by group, or in all; `keys`: the groups' columns.

    `narrowed` gives the other arguments of the query, usually the days.
    """

    def rows(asked: Asked) -> list[Total]:
        key = keys[asked.by] if asked.by else ""
        found = query(asked.connection, (key,) if key else (), **narrowed(asked))
        return [{GROUP: row.pop(key) if key else ""} | row for row in found]

    return rows


def _cards(asked: Asked) -> list[Total]:
    """Return the rate of use of cards by month with live cards, by branch, or all in one row.

    Months are counted whole.
    """
    begins = asked.first.replace(day=1)
    ends = _following_month(asked.last) - timedelta(days=1)
    parts = list(months(begins, ends)) if asked.by == "month" else []
    days = [(first, last) for _, first, last in parts] or [(begins, ends)]
    zone = asked.at.tzinfo
    midnight = datetime.min.time()
    spans = [
        Span(first, last, datetime.combine(last + timedelta(days=1), midnight, zone))
        for first, last in days
    ]
    found = cards_in_use(asked.connection, spans, today=asked.at.date())
    if asked.by == "branch":
        return [_rate(one.branch, one.live[0], one.used[0]) for one in found]
    rates = [
        _rate(
            parts[n][0] if parts else "",
            sum(one.live[n] for one in found),
            sum(one.used[n] for one in found),
        )
        for n in range(len(spans))
    ]
    return [one for one in rates if one["live"] or not asked.by]


def _rate(group: str, live: int, used: int) -> Total:
    permille = used * 1_000 // live if live else 0
    return {GROUP: group, "permille": permille, "used": used, "live": live}


def months(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Yield the months of a range: the name `2019-05`, and the first and last day in the range.

    Both ends are included.
    """
    begun = first
    while begun <= last:
        following = _following_month(begun)
        ends = min(last, following - timedelta(days=1))
        yield f"{begun:%Y-%m}", begun, ends
        begun = following


def _following_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


CARDS = subject(
    "cards", ("month", "branch"), ("permille", "used", "live"), _cards, ("live", "used")
)

LATE = subject(
    "late",
    ("month", "merchant", "reason", "bearer"),
    ("late", "contested", "given_minor", "union_share_minor"),
    grouped(
        late_totals,
        {"month": "month", "merchant": "merchant_id", "reason": "reason", "bearer": "borne_by"},
    ),
    ("late",),
)


DROPS_MAX = 200
"""The most drops of one table, the latest first."""

_KEYS = {"drop": "drop_id", "item": "item_id", "supplier": "supplier_id", "branch": "branch"}


def _opened(asked: Asked) -> Any:
    """Return the condition that a drop opened in the days."""
    ends = (asked.first, asked.last + timedelta(days=1))
    return opened_between(*(datetime.combine(day, time(), asked.at.tzinfo) for day in ends))


def _of_those(asked: Asked) -> dict[str, Any]:
    """Return the arguments of a query that limit it to the drops of the days."""
    return {"where": [of_drops(_opened(asked))]}


def _drops(asked: Asked) -> list[Total]:
    if asked.by:
        found = drops(asked.connection, at=asked.at, where=[_opened(asked)], rows_max=DROPS_MAX)
        return [_sold(asked, one) for one in found]
    (sums,) = drop_totals(asked.connection, **_of_those(asked))
    (refused,) = turned_away(asked.connection, **_of_those(asked))
    return [{GROUP: "", "seconds": None} | sums | refused]


def _sold(asked: Asked, drop: DropRow) -> Total:
    """Return a drop's sales; `seconds` until all sessions were sold out, None if one was not."""
    each = [one.seconds for one in sold_out_after(asked.connection, drop.drop_id)]
    seconds = [one for one in each if one is not None]
    (refused,) = turned_away(asked.connection, (), drop_id=drop.drop_id)
    return {
        GROUP: drop.drop_id,
        "capacity": drop.capacity,
        "places": drop.places,
        "seconds": max(seconds) if seconds and len(seconds) == len(each) else None,
        "turned_away": refused["turned_away"],
    }


DROPS = subject(
    "drops", ("drop",), ("places", "capacity", "seconds", "turned_away"), _drops, rows_max=DROPS_MAX
)

_EXPECTED = ("people_admitted", "people_expected", "tickets", "tickets_used", "no_shows")
ATTENDANCE = subject(
    "attendance",
    ("drop", "branch", "item"),
    _EXPECTED,
    grouped(attendance, _KEYS, lambda asked: _of_those(asked) | {"at": asked.at}),
    ("tickets",),
)

_INCOME = ("kept_income_minor", "used_income_minor", "places_kept", "places_used")
SUPPLIERS = subject(
    "suppliers", ("supplier", "drop", "item"), _INCOME, grouped(suppliers, _KEYS, _of_those)
)
