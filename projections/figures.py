"""Figures of several tables together, or of a table counted in another way than its lines."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import type_coerce as typed

from ledger.members.card import Status
from ledger.store import at_text
from projections import cards, late, member_uses, members
from projections.engine.totals import Total, every_total, sum_of, totals, whole_number
from projections.member_uses import month_column


class Span(NamedTuple):
    """Whole months, from that of the day `first` to that of `last`; `ends_at` follows the last."""

    first: date
    last: date
    ends_at: datetime


class Use(NamedTuple):
    """A branch and, for each span, how many members hold a `live` card and how many `used` one."""

    branch: str
    live: Sequence[int]
    used: Sequence[int]


def cards_in_use(connection: sa.Connection, spans: Sequence[Span], *, today: date) -> list[Use]:
    """Return, by branch, how many holders of a card live `today` used a card in each span.

    A member counts in a span if their first card was issued by the end of it, and uses of any of
    their cards count: so replacing a card changes nothing. A reversed use does not count. There
    must be a span; a member without a branch counts under "".
    """
    holders = _holders(today)
    years = sorted({year for span in spans for year, _ in _months(span)})
    uses = {year: member_uses.table.alias(f"uses_{year}") for year in years}
    branch = sa.func.coalesce(members.table.c.branch, "").label("branch")
    had = [holders.c.since < at_text(span.ends_at) for span in spans]
    used = [sa.and_(one, _uses(span, uses) > 0) for one, span in zip(had, spans, strict=True)]
    question = sa.select(
        branch, *(sum_of(sa.case((one, 1), else_=0)) for one in (*had, *used))
    ).outerjoin_from(holders, members.table, members.table.c.member_id == holders.c.member_id)
    for year, rows in uses.items():
        of_year = sa.and_(rows.c.member_id == holders.c.member_id, rows.c.year == f"{year:04}")
        question = question.outerjoin(rows, of_year)
    found = connection.execute(
        question.where(holders.c.live == 1).group_by(branch).order_by(branch)
    )
    count = len(spans)
    return [Use(row[0], tuple(row[1 : count + 1]), tuple(row[count + 1 :])) for row in found]


_LINES = late.table.c
_LATE = sa.select(
    *(_LINES[name] for name in ("day", "merchant_id", "till_id", "card_id")),
    *(_LINES[name] for name in ("outcome", "reason", "borne_by", "review")),
    typed(1, sa.BigInteger).label("late"),
    whole_number(sa.case((_LINES.outcome == "contested", 1), else_=0), "contested"),
    *(_LINES.given_minor, _LINES.union_share_minor),
).subquery()

every_late_total = partial(every_total, _LATE)
"""Yield all rows of `late_totals`."""

late_totals = partial(totals, _LATE)
"""Late redemptions, those contested, and the amounts given (minor units), by texts or `month`."""


ALARM_DAYS = 7
"""The days whose contested discounts are judged together."""

ALARM_MINOR = {("merchant_id", "till_id"): 200_00, ("card_id",): 100_00}
"""The sum of contested discounts of a till, or of a card at all tills, that is unusual."""


def unusual_contests(connection: sa.Connection, today: date) -> Iterator[Total]:
    """Yield the tills and cards whose contested discounts reach ALARM_MINOR in ALARM_DAYS."""
    first_day = today - timedelta(days=ALARM_DAYS - 1)
    for by, most in ALARM_MINOR.items():
        for one in every_late_total(connection, by, outcome="contested", first_day=first_day):
            if one["given_minor"] >= most and one.get("card_id") != "":
                yield one


def _holders(today: date) -> sa.Subquery:
    """Return a query of members with the time of their first card, and 1 if one is live today."""
    table = cards.table
    lasts = sa.or_(table.c.last_day.is_(None), table.c.last_day >= today.isoformat())
    live = sa.case((sa.and_(table.c.status == Status.LIVE.value, lasts), 1), else_=0)
    return (
        sa.select(
            table.c.member_id,
            sa.func.min(table.c.issued_at).label("since"),
            sa.func.max(live).label("live"),
        )
        .where(table.c.member_id.is_not(None))
        .group_by(table.c.member_id)
        .subquery()
    )


def _uses(span: Span, uses: Mapping[int, sa.FromClause]) -> sa.ColumnElement[int]:
    """Return the number of a member's uses in the months of a span, from their rows by year."""
    months = [uses[year].columns[month_column(month)] for year, month in _months(span)]
    return sum((sa.func.coalesce(one, 0) for one in months), start=typed(0, sa.BigInteger))


def _months(span: Span) -> list[tuple[int, int]]:
    first, last = (day.year * 12 + day.month - 1 for day in (span.first, span.last))
    return [(number // 12, number % 12 + 1) for number in range(first, last + 1)]
