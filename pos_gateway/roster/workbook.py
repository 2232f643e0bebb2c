"""Rosters as XLSX: an empty one to fill in, and the refused rows of another to mend.

They are written in memory, since they name people.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from typing import Any

from ledger.text import is_sound
from pos_gateway.i18n.words import ROSTER_FIELDS, ROSTER_HELP
from pos_gateway.roster import COLUMNS, NOTES, Problem, Reason, Row
from pos_gateway.roster.checks import is_of_name

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MENDED_MAX = 10_000
"""The most refused rows of one file."""

_TEXT = {"num_format": "@"}  # so that no digit of a number that is typed is lost
_WRONG = _TEXT | {"bg_color": "#FFD966"}
_WIDTH, _NOTES_WIDTH = 22, 70
_AS_TYPED = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def sample() -> bytes:
    """Return an empty roster with its titles; a second sheet explains each column."""
    content = BytesIO()
    with _book(content) as (book, sheet):
        sheet.set_column(0, len(COLUMNS) - 1, _WIDTH, book.add_format(_TEXT))
        sheet.write_row(0, 0, COLUMNS.values())
        explained = book.add_worksheet("填写说明")
        explained.set_column(1, 1, _NOTES_WIDTH)
        for at, (column, words) in enumerate(ROSTER_HELP.items()):
            explained.write_row(at, 0, [ROSTER_FIELDS[column].zh, words.zh])
    return content.getvalue()


def to_mend(rows: Iterable[Row]) -> bytes:
    """Return the rows with problems, at most MENDED_MAX, as a roster that may be imported.

    Wrong cells have a colour, and the column NOTES tells why, with odd characters marked. Signs
    that nobody sees are left out of the cells.
    """
    content = BytesIO()
    with _book(content) as (book, sheet):
        text, wrong = book.add_format(_TEXT), book.add_format(_WRONG)
        sheet.set_column(0, len(COLUMNS) - 1, _WIDTH)
        sheet.set_column(len(COLUMNS), len(COLUMNS), _NOTES_WIDTH)
        sheet.write_row(0, 0, [*COLUMNS.values(), NOTES])
        refused = (row for row in rows if row.problems)
        for at, row in enumerate(islice(refused, MENDED_MAX), start=1):
            fields = {one.field for one in row.problems}
            for place, column in enumerate(COLUMNS):
                seen = "".join(filter(is_sound, row.cells.get(column, "")))
                sheet.write(at, place, seen, wrong if column in fields else text)
            told = "；".join(_note(one, row) for one in row.problems)
            sheet.write(at, len(COLUMNS), f"第{row.number}行：{told}")
    return content.getvalue()


def _note(problem: Problem, row: Row) -> str:
    """Return the words of a problem, with the cell as it stands where a character is odd."""
    if problem.reason is not Reason.ODD_CHARACTERS:
        return problem.words
    accepted = is_of_name if problem.field == "name" else is_sound
    cell = row.cells[problem.field]
    return f"{problem.words}：{''.join(one if accepted(one) else _marked(one) for one in cell)}"


def _marked(character: str) -> str:
    seen = character.isprintable() and not character.isspace()
    return f"⟦{character if seen else f'U+{ord(character):04X}'}⟧"


@contextmanager
def _book(content: BytesIO) -> Iterator[tuple[Any, Any]]:
    """Yield a workbook and its first sheet, which go into `content`."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - seldom used

    with Workbook(content, _AS_TYPED) as book:
        yield book, book.add_worksheet("名册")
