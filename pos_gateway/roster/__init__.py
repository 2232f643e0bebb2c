"""Rosters of members in CSV or XLSX, read and checked row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import partial
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from ledger.errors import Unacceptable
from ledger.vault import Person
from pos_gateway import boxed
from pos_gateway.boxed.sheet import COLUMNS_MAX, Cell, End
from pos_gateway.boxed.titles import REQUIRED, TITLE_LINES, columns_of
from pos_gateway.i18n.words import ROSTER_FIELDS, ROSTER_REASONS
from pos_gateway.roster.checks import (
    Faulty,
    Reason,
    checked_employer,
    checked_groups,
    checked_identity_number,
    checked_last_day,
    checked_name,
    checked_phone,
    checked_text,
)

__all__ = [
    "Problem",
    "Reason",
    "Roster",
    "RosterUnreadable",
    "Row",
    "Sheet",
    "read_roster",
    "read_sheet",
]

ROWS_MAX = 200_000

COLUMNS = {name: words.zh for name, words in ROSTER_FIELDS.items() if name != "row"}
"""The columns: their English titles, which are the field names, and their Chinese ones."""

NOTES = "问题"
"""The title of the column in which a file of refused rows says what is wrong; it is not read."""

T = TypeVar("T")

_CELLS = msgspec.json.Decoder(list[Cell])


class Problem(msgspec.Struct, frozen=True):
    """A problem of one field of a row, or of the whole row (`field` is "row").

    `first_row` is the row in which a repeated value occurred first; None for other reasons.
    """

    field: str
    reason: Reason
    first_row: int | None = None

    @property
    def words(self) -> str:
        """The problem in Chinese for the roster's author: 手机号应为11位手机号码."""
        same = f"（与第{self.first_row}行相同）" if self.first_row else ""
        return f"{ROSTER_FIELDS[self.field].zh}{ROSTER_REASONS[self.reason].zh}{same}"


class Row(msgspec.Struct, frozen=True):
    """One row; `number` is that of the spreadsheet, where the titles are row 1.

    A field with a problem is empty or None; `cells` are the texts by column as they stand in the
    file. The repr shows no personal data.
    """

    number: int
    person: Person
    branch: str
    employer: str
    groups: tuple[str, ...]
    last_day: date | None
    problems: tuple[Problem, ...]
    cells: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Row(number={self.number}, problems={self.problems}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("number", self.number), ("problems", self.problems)]


class RosterUnreadable(Unacceptable):
    """The file can't be read: `problem` is the reason, `line` the line of a CSV if known."""


class Sheet(NamedTuple):
    """The cells of a file, as `boxed.sheet` wrote them, and the end of its result."""

    cells: bytes
    end: End

    def lines(self) -> Iterator[list[Cell]]:
        """Yield the cells of each line of the file, blank ones too."""
        return map(_CELLS.decode, BytesIO(self.cells))


def read_sheet(source: bytes | Path) -> Sheet:
    """Read the cells of a roster file, given as its content or path, to its end, in a box.

    Raises:
        RosterUnreadable: `problem` is too_large, too_costly, format_unknown, strict,
            encoding_unknown or damaged (with `line`, if known).
        Busy: too many files are being read.
        OSError: the file cannot be opened.
    """
    try:
        cells, line_end, last = boxed.read("sheet", source).rpartition(b"\n")
    except boxed.TooCostly:
        raise RosterUnreadable(problem="too_costly") from None
    end = msgspec.json.decode(last, type=End)
    if end.wrong:
        raise RosterUnreadable(**end.wrong)
    return Sheet(cells + line_end, end)


def read_roster(source: bytes | Path | Sheet, today: date) -> Roster:
    """Read a roster file and check its titles; the rows are checked as they are iterated.

    It is XLSX, or CSV in UTF-8, UTF-16 or GB18030, with titles in Chinese or English. `today` is
    the day in the zone of the rules.

    Raises:
        RosterUnreadable: as in `read_sheet`, or `problem` is columns_missing or column_repeated
            (with `columns`), columns_joined, or too_many_columns.
        Busy, OSError: as in `read_sheet`.
    """
    sheet = source if isinstance(source, Sheet) else read_sheet(source)
    return Roster(sheet.lines(), today, sheet.end)


class Roster(Iterator[Row]):
    """The non-blank rows of a roster, read on demand; `unknown_columns` are titles it ignores.

    `end` tells of the file's sheets, `above` is the number of lines above the titles. Making one
    reads the titles, and raises RosterUnreadable as `read_roster` does.
    """

    def __init__(self, cell_lines: Iterator[list[Cell]], today: date, end: End) -> None:
        self.end = end
        self._last_day = partial(checked_last_day, today=today)
        self._identity_number = partial(checked_identity_number, today=today)
        lines = enumerate(cell_lines, start=1)
        head = [*islice(lines, TITLE_LINES)]
        at = max(range(len(head)), key=lambda n: _fitness(head[n][1]), default=0)
        titles = [cell.text for cell in head[at][1]] if head else []
        self._columns = columns_of(titles)
        self._lines = chain(head[at + 1 :], lines)
        self.above = sum(bool(cells) for _, cells in head[:at])
        known = zip(titles, self._columns, strict=True)
        self.unknown_columns = tuple(
            title for title, column in known if title not in {"", NOTES} and not column
        )
        self._first_rows: dict[str, int] = {}
        _check_columns(self._columns, head)

    def __next__(self) -> Row:
        """Return the next row that is not blank, good or with problems.

        Raises:
            RosterUnreadable: `problem` is too_many_rows (over ROWS_MAX).
        """
        for number, cells in self._lines:
            if cells and number > ROWS_MAX + 1:
                raise RosterUnreadable(problem="too_many_rows", most=ROWS_MAX)
            if cells:
                return self._row(number, cells)
        raise StopIteration

    def _row(self, number: int, cells: list[Cell]) -> Row:
        cell_of = {c: cell for c, cell in zip(self._columns, cells, strict=False) if c}
        row = _Reading(cell_of)
        if len(cells) > len(self._columns):
            row.problems.append(Problem("row", Reason.TOO_MANY))
        identity_number = row.take("identity_number", self._identity_number, None)
        if identity_number is not None:
            first_row = self._first_rows.setdefault(identity_number, number)
            if first_row != number:
                row.problems.append(Problem("identity_number", Reason.REPEATED, first_row))
        return Row(
            number=number,
            person=Person(
                name=row.take("name", checked_name, ""),
                phone=row.take("phone", checked_phone, None),
                identity_number=identity_number,
            ),
            branch=row.take("branch", checked_text, ""),
            employer=row.take("employer", checked_employer, ""),
            groups=row.take("groups", checked_groups, ()),
            last_day=row.take("last_day", self._last_day, None),
            problems=tuple(row.problems),
            cells={column: cell.text for column, cell in cell_of.items()},
        )


class _Reading:
    """A row being read: its cells by column, and its problems so far."""

    def __init__(self, cells: dict[str, Cell]) -> None:
        self._cells = cells
        self.problems: list[Problem] = []

    def take(self, field: str, check: Callable[[str], T], otherwise: T) -> T:
        cell = self._cells.get(field, Cell(""))
        fault = Reason(cell.fault) if cell.fault else None
        if fault is None:
            try:
                return check(cell.text)
            except Faulty as faulty:
                fault = faulty.reason
        self.problems.append(Problem(field, fault))
        return otherwise


def _fitness(cells: list[Cell]) -> int:
    """Return the number of columns that have a title in a line."""
    return len({*columns_of([cell.text for cell in cells])} - {None})


def _check_columns(columns: list[str | None], head: list[tuple[int, list[Cell]]]) -> None:
    if len(columns) > COLUMNS_MAX:
        raise RosterUnreadable(problem="too_many_columns", most=COLUMNS_MAX)
    known = [column for column in columns if column]
    missing = REQUIRED - set(known)
    if missing:
        if any(_is_joined(cells) for _, cells in head):
            raise RosterUnreadable(problem="columns_joined")
        raise RosterUnreadable(problem="columns_missing", columns=_titles(missing))
    repeated = {column for column in known if known.count(column) > 1}
    if repeated:
        raise RosterUnreadable(problem="column_repeated", columns=_titles(repeated))


def _is_joined(cells: list[Cell]) -> bool:
    """Return whether a line's only cell has titles of several columns: their separator is odd."""
    return len(cells) == 1 and sum(title in cells[0].text for title in COLUMNS.values()) > 1


def _titles(columns: Collection[str]) -> str:
    """Return the Chinese titles of these columns as one text, in the order of a roster."""
    return " ".join(title for column, title in COLUMNS.items() if column in columns)
