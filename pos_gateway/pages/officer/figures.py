"""Figures for analysts: a table, bars and a file a subject, with small-cell suppression."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import Response, request

from ledger.benefits import Words
from ledger.errors import InputInvalid
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.errors import PathUnknown
from pos_gateway.i18n.messages import has_words, message
from pos_gateway.i18n.words import category_words, words_of
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.pages.officer.figure_subjects import (
    ATTENDANCE,
    CARDS,
    DROPS,
    GROUP,
    LATE,
    SUPPLIERS,
    Asked,
    Measure,
    Subject,
    of_sums,
)
from pos_gateway.web.csv_text import CSV_TYPE, MARK, csv_text
from pos_gateway.web.formatting import money
from pos_gateway.web.json_body import read_day
from pos_gateway.web.page_route import download
from pos_gateway.web.small_cell_suppression import SMALL, WITHHELD, withheld
from pos_gateway.web.templating import page_language, said, t
from pos_gateway.web.views import page
from projections.engine.question import Sums
from projections.engine.registry import QUESTIONS
from projections.engine.totals import Total
from projections.purchases import purchases
from projections.refusals import refusals
from projections.usage import usage

SUBJECTS: Mapping[str, Subject] = {
    "cards": CARDS,
    "purchases": of_sums(purchases),
    "offers": of_sums(usage, "offer"),
    "refusals": of_sums(refusals, "reason"),
    "drops": DROPS,
    "attendance": ATTENDANCE,
    "suppliers": SUPPLIERS,
    "late": LATE,
    **{
        path.removeprefix("show "): of_sums(question)
        for path, question in QUESTIONS.items()
        if isinstance(question, Sums)
        and question.by_days
        and question not in {purchases, usage, refusals}
    },
}
"""The subjects by the name in their URL, in the order of the list."""

CUT = Words("只有前面的部分，请缩小日期范围。", "These are not all: choose fewer days.")
"""The words, in Chinese and English, below rows of which some may be missing."""

BARS_MAX = 40
DAYS_MAX = 3_660
_DAYS_BEFORE = 365


class Chosen(NamedTuple):
    """The selection in a URL: subject, name of the group `by`, first and last day (included)."""

    subject: Subject
    by: str
    first: date
    last: date


class Figures(NamedTuple):
    """The result for one selection: pairs of group name and row, and the total `whole`.

    A suppressed figure is a text such as `<5`. `cut` says that the subject's `rows_max` was
    reached: rows may be missing.
    """

    rows: list[tuple[str, Total]]
    whole: Total
    cut: bool


class FigurePages(OfficerViews):
    """The pages of figures; PathUnknown is raised for an unknown subject."""

    @page("desk-figures", "/desk/figures", Policy.SEE_FIGURES)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the list of subjects, and this month's rate of use of cards."""
        last = self._today()
        figures = self._figures(Chosen(CARDS, "month", last.replace(day=1), last))
        return self._show("figures.html", asking, subjects=SUBJECTS, rate=figures.whole, cell=_cell)

    @page("desk-figures-of", "/desk/figures/<subject>", Policy.SEE_FIGURES)
    def subject(self, subject: str, asking: StaffIdentity) -> Response:
        """Show the bars and table of one subject; after an invalid selection, the default one."""
        error = None
        try:
            chosen = self._chosen(subject)
        except InputInvalid as wrong:
            chosen, error = self._usual(subject), wrong
        figures = self._figures(chosen)
        lead = chosen.subject.measures[0]
        return self._show(
            "figures_of.html",
            asking,
            status=422 if error else 200,
            error=error,
            name=subject,
            chosen=chosen,
            figures=figures,
            bars=_bars(figures.rows[:BARS_MAX], lead),
            cell=_cell,
            cut=CUT,
            small=SMALL,
        )

    @page("desk-figures-file", "/desk/figures/<subject>/file", Policy.SEE_FIGURES)
    def file(self, subject: str, asking: StaffIdentity) -> Response:  # noqa: ARG002 - whoever may see
        """Return the table of one subject as a CSV download, no cell a formula; or InputInvalid."""
        chosen = self._chosen(subject)
        figures = self._figures(chosen)
        measures = chosen.subject.measures
        words = [chosen.subject.groups[chosen.by], *(one.words for one in measures)]
        rows = [[said(one) for one in words]]
        for name, row in figures.rows:
            cells = (_cell(row[one.name], one.kind, "-") for one in measures)
            rows.append([name, *cells])
        if figures.cut:
            rows.append([said(CUT)])
        called = f"hongka-{subject}-{chosen.by}-{chosen.first}-{chosen.last}.csv"
        return download((MARK + csv_text(rows)).encode(), called, CSV_TYPE)

    def _figures(self, chosen: Chosen) -> Figures:
        with self._services.views.reading() as connection:
            at = self._services.clock().astimezone(self._services.settings.zone)
            asked = Asked(self._services, connection, chosen.by, chosen.first, chosen.last, at)
            rows = chosen.subject.rows(asked)
            (whole,) = chosen.subject.rows(asked._replace(by=""))
        if counts := chosen.subject.counts:
            rows = withheld(rows, GROUP, counts)
            (whole,) = withheld([whole], GROUP, counts)
        names = self._names(chosen.by, [row[GROUP] for row in rows])
        named = [(names[row[GROUP]], row) for row in rows]
        return Figures(named, whole, cut=len(rows) == chosen.subject.rows_max)

    def _names(self, by: str, groups: Sequence[str]) -> dict[str, str]:
        """Return the names of groups by id; an id without a name is its own, "" is `(none)`."""
        unnamed = t("（未注明）", "(none)")
        match by:
            case "category":
                return {one: said(category_words(one)) if one else unnamed for one in groups}
            case "reason":
                return {one: words_of_reason(one) for one in groups}
            case "bearer" | "request":
                words = words_of(f"{by}s")
                return {one: said(words[one]) if one in words else one for one in groups}
            case "merchant" | "supplier":
                return self._services.ledger.merchant_names(groups)
            case "offer":
                titles = self._services.ledger.offer_titles(groups)
                return {one: f"{title} ({one})" if title else one for one, title in titles.items()}
        return {one: one or unnamed for one in groups}

    def _chosen(self, subject: str) -> Chosen:
        """Return the selection in the URL's query, with defaults; InputInvalid for a bad one."""
        usual = self._usual(subject)
        by = request.args.get("by", usual.by)
        first, last = _day("from", usual.first), _day("to", usual.last)
        if by not in usual.subject.groups:
            raise InputInvalid(field="by")
        possible = timedelta(0) <= last - first <= timedelta(days=DAYS_MAX)
        if not possible or last.year == date.max.year:  # which no month follows
            raise InputInvalid(field="to")
        return Chosen(usual.subject, by, first, last)

    def _usual(self, subject: str) -> Chosen:
        found = SUBJECTS.get(subject)
        if found is None:
            raise PathUnknown
        today = self._today()
        first = (today - timedelta(days=_DAYS_BEFORE)).replace(day=1)
        return Chosen(found, next(iter(found.groups)), first, today)

    def _today(self) -> date:
        return self._services.ledger.day(self._services.clock())


def _day(field: str, usual: date) -> date:
    return read_day(field, request.args.get(field, "")) or usual


def words_of_reason(reason: str) -> str:
    """Return the title of a refusal in the language of the page; an unknown reason as it is."""
    if not reason:
        return t("无争议", "Not contested")
    return message(reason, page_language(request)).title if has_words(reason) else reason


def _cell(value: Any, kind: str, minus: str = "−") -> str:
    """Return a figure of a `kind` as text, with `minus` as sign of amounts; a dash for None."""
    match value, kind:
        case None, _:
            return "–"
        case str(), _:
            return t("不显示", "withheld") if value == WITHHELD else value
        case _, "minor":
            return money(value).replace("−", minus)
        case _, "permille":
            return f"{value // 10}.{value % 10}%"
    return str(value)


def _bars(rows: Sequence[tuple[str, Total]], lead: Measure) -> list[tuple[str, str, float]]:
    """Return each row's name, `lead` figure as text, and bar length in percent of the longest.

    A suppressed figure has the length 0.
    """
    values = [row[lead.name] for _, row in rows]
    longest = max((one for one in values if isinstance(one, int)), default=0) or 1
    return [
        (
            name,
            _cell(value, lead.kind),
            max(0, round(100 * value / longest, 1)) if isinstance(value, int) else 0,
        )
        for (name, _), value in zip(rows, values, strict=True)
    ]
