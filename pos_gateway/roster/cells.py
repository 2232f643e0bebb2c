"""The cells of a roster file, CSV or XLSX, as plain text, line by line."""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ledger.errors import Unacceptable
from pos_gateway.roster.checks import Reason

FILE_BYTES_MAX = 50_000_000
UNPACKED_BYTES_MAX = 400_000_000
CELL_CHARACTERS_MAX = 200
COLUMNS_MAX = 64
SHEET_ROWS_MAX = 1_048_576
PAGE_ROWS = 500

_SPREADSHEET, _OLD_SPREADSHEET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EXACT_BELOW = 10**15  # A spreadsheet stores fifteen digits of a number.
_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE | re.ASCII)


class RosterUnreadable(Unacceptable):
    """The file can't be read: `problem` is the reason, `line` the line of a CSV if known."""


class Cell(NamedTuple):
    """The text of a cell, stripped; `fault` is the reason if it can't be used, else None."""

    text: str
    fault: Reason | None = None


def lines(path: Path) -> Iterator[list[Cell]]:
    """Yield every line of the file, blank ones too, without trailing blank cells.

    The file is opened, and RosterUnreadable or OSError raised, as the lines are iterated.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise RosterUnreadable(problem="too_large", most=FILE_BYTES_MAX)
    with path.open("rb") as file:
        mark = file.read(4)
    if mark == _OLD_SPREADSHEET:
        raise RosterUnreadable(problem="format_unknown")
    for cells in _of_spreadsheet(path) if mark == _SPREADSHEET else _of_csv(path):
        while cells and cells[-1] == _BLANK:
            cells.pop()
        yield cells


def _of_csv(path: Path) -> Iterator[list[Cell]]:
    with path.open(encoding=_encoding(path), newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for texts in reader:
                yield [_cell(text) for text in texts]
        except csv.Error:
            raise RosterUnreadable(problem="damaged", line=reader.line_num) from None


def _encoding(path: Path) -> str:
    """Return the encoding that decodes every line, UTF-8 or GB18030; or raise RosterUnreadable."""
    reached = 0
    for encoding in ("utf-8-sig", "gb18030"):
        line = _first_line_not_in(encoding, path)
        if line is None:
            return encoding
        reached = max(reached, line)  # The encoding that decoded more lines is the likelier one.
    raise RosterUnreadable(problem="encoding_unknown", line=reached)


def _first_line_not_in(encoding: str, path: Path) -> int | None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


def _of_spreadsheet(path: Path) -> Iterator[list[Cell]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and many rosters are CSV

    try:
        _check_unpacked_size(path)
        with path.open("rb") as file:  # Given a path, the library would judge by its ending.
            workbook = load_workbook(file, read_only=True, keep_links=False)
            sheet: Any = workbook.worksheets[0]
            sheet.reset_dimensions()  # The size that the file states is not trusted.
            rows = sheet.iter_rows(max_row=SHEET_ROWS_MAX)
            while page := _page(rows):
                yield from page
    except RosterUnreadable:
        raise
    except Exception:  # noqa: BLE001 - a damaged file fails in any way, and the text may quote cells
        raise RosterUnreadable(problem="damaged") from None


def _check_unpacked_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > UNPACKED_BYTES_MAX:
            raise RosterUnreadable(problem="too_large", most=UNPACKED_BYTES_MAX)


def _page(rows: Iterator[Any]) -> list[list[Cell]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The library's warnings quote cells.
        page = islice(rows, PAGE_ROWS)
        return [[_spreadsheet_cell(cell) for cell in row[: COLUMNS_MAX + 1]] for row in page]


def _spreadsheet_cell(cell: Any) -> Cell:
    value = cell.value
    match value:
        case None:
            return _BLANK
        case _ if cell.data_type == "e":
            return Cell("", Reason.UNREADABLE)
        case _ if cell.data_type == "f":
            return Cell("", Reason.FORMULA)
        case int() | float() if abs(value) >= _EXACT_BELOW:
            return Cell("", Reason.DIGITS_LOST)
        case float() if value.is_integer():
            return Cell(str(int(value)))
        case date():
            return Cell(value.isoformat()[:10])
    return _cell(str(value))


def _cell(text: str) -> Cell:
    text = text.strip()
    if len(text) > CELL_CHARACTERS_MAX:
        return Cell("", Reason.TOO_LONG)
    if text.startswith("="):
        return Cell("", Reason.FORMULA)
    if _ROUNDED.fullmatch(text):
        return Cell("", Reason.DIGITS_LOST)
    return Cell(text)


_BLANK = Cell("")
