"""A reader of spreadsheets, XLSX or CSV: their cells as plain text, a JSON array for each line."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple

import msgspec

from pos_gateway.boxed.titles import TITLE_LINES, are_titles

FILE_BYTES_MAX = 50_000_000
UNPACKED_BYTES_MAX = 50_000_000
SHARED_STRINGS_MAX = 1_000_000
CELL_CHARACTERS_MAX = 200
COLUMNS_MAX = 64
SHEET_ROWS_MAX = 1_048_576

_SPREADSHEET, _OLD_SPREADSHEET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_SHARED_STRING = re.compile(rb"<(?:\w+:)?si\b")
_EXACT_BELOW = 10**15  # A spreadsheet stores fifteen digits of a number.
_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE | re.ASCII)
_SEPARATORS = ",\t;，"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_UTF16, _UTF32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), codecs.BOM_UTF32_LE


class Unreadable(Exception):
    """The file can't be read: `particulars` has the problem, and the line of a CSV if known."""

    def __init__(self, **particulars: str | int) -> None:
        super().__init__(particulars)
        self.particulars = particulars


class Cell(NamedTuple):
    """The text of a cell, stripped; `fault` is the reason if it can't be used, else None."""

    text: str
    fault: str | None = None


class End(msgspec.Struct, frozen=True):
    """The last line of the result: what is wrong with the file, if anything, and its sheets.

    `hidden` is the number of hidden sheets before the one that was read, `sheet` its number among
    the visible ones, `unread` the number of other visible ones with the titles of a roster.
    """

    wrong: dict[str, str | int] = {}
    hidden: int = 0
    sheet: int = 1
    unread: int = 0


def read(file: BinaryIO) -> Iterator[bytes]:
    """Yield a line for each line of a file, blank ones too, without trailing blank cells; an End.

    Where the file can't be read to its end, End says why.
    """
    encode = msgspec.json.Encoder().encode
    end = End()
    try:
        end, lines = _lines(file)
        for cells in lines:
            while cells and cells[-1] == _BLANK:
                cells.pop()
            yield encode(cells) + b"\n"
    except Unreadable as unreadable:
        end = End(unreadable.particulars)
    yield encode(end)


def _lines(file: BinaryIO) -> tuple[End, Iterator[list[Cell]]]:
    """Return the end of a result without faults, and the lines."""
    size = file.seek(0, 2)
    file.seek(0)
    mark = file.read(4)
    file.seek(0)
    if size > FILE_BYTES_MAX:
        raise Unreadable(problem="too_large", most=FILE_BYTES_MAX)
    if mark == _OLD_SPREADSHEET:
        raise Unreadable(problem="format_unknown")
    return (
        _of_spreadsheet(file) if mark == _SPREADSHEET else (End(), _of_csv(file, _encoding(file)))
    )


def _of_csv(file: BinaryIO, encoding: str) -> Iterator[list[Cell]]:
    file.seek(0)
    texts = TextIOWrapper(file, encoding, newline="")
    try:
        first = texts.readline()
        said = _SEPARATOR_LINE.fullmatch(first)
        if said:
            first = texts.readline()
        separator = said[1] if said else max(_SEPARATORS, key=first.count)
        reader = csv.reader(chain([first], texts), delimiter=separator, strict=True)
        for line in reader:
            yield [_cell(text) for text in line]
    except UnicodeDecodeError:  # UTF-16, whose lines cannot be told before
        raise Unreadable(problem="encoding_unknown") from None
    except csv.Error:
        raise Unreadable(problem="damaged", line=reader.line_num + bool(said)) from None


def _encoding(file: BinaryIO) -> str:
    """Return the encoding of a CSV: UTF-8, UTF-16 with its mark, or GB18030.

    UTF-8 that was cut inside a character may be valid GB18030, of nonsense: so a file is UTF-8 if
    at least half of its lines are.
    """
    mark = file.read(4)
    if mark.startswith(_UTF16) and mark != _UTF32:
        return "utf-16"
    found = {encoding: _decoded(encoding, file) for encoding in ("utf-8", "gb18030")}
    utf_8, other = found.values()
    if not utf_8.wrong:
        return "utf-8-sig"
    if other.wrong or utf_8.right >= utf_8.wrong:
        # The encoding that decoded more lines is the likelier one.
        raise Unreadable(problem="encoding_unknown", line=max(utf_8.first, other.first))
    return "gb18030"


class _Decoded(NamedTuple):
    """The lines with more than ASCII that are right and wrong in an encoding; the first wrong."""

    right: int = 0
    wrong: int = 0
    first: int = 0


def _decoded(encoding: str, file: BinaryIO) -> _Decoded:
    found = _Decoded()
    file.seek(0)
    for number, line in enumerate(file, start=1):
        if line.isascii():
            continue
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(line)
            found = found._replace(right=found.right + 1)
            decoder.decode(b"", final=True)  # a line that only lacks its end is right and wrong
        except UnicodeDecodeError:
            found = found._replace(wrong=found.wrong + 1, first=found.first or number)
    return found


def _of_spreadsheet(file: BinaryIO) -> tuple[End, Iterator[list[Cell]]]:
    """Read the first visible sheet with the titles of a roster, or the first visible one."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and many rosters are CSV

    with _unquoted():
        _check_parts(file)
        sheets = load_workbook(file, read_only=True, keep_links=False).worksheets
        shown = [one for one in sheets if one.sheet_state == "visible"]
        titled = [one for one in shown if _is_titled(one)]
        chosen = (titled or shown)[0]
        hidden = sheets.index(chosen) - shown.index(chosen)
        end = End({}, hidden, 1 + shown.index(chosen), len(titled[1:]))
        return end, _rows(chosen)


def _is_titled(sheet: Any) -> bool:
    head = islice(_rows(sheet), TITLE_LINES)
    return any(are_titles([cell.text for cell in cells]) for cells in head)


def _rows(sheet: Any) -> Iterator[list[Cell]]:
    with _unquoted():
        sheet.reset_dimensions()  # The size that the file states is not trusted.
        for row in sheet.iter_rows(max_row=SHEET_ROWS_MAX):
            yield [_spreadsheet_cell(cell) for cell in row[: COLUMNS_MAX + 1]]


@contextmanager
def _unquoted() -> Iterator[None]:
    """Turn any error of a damaged file into Unreadable, since its text may quote cells."""
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a damaged file fails in any way
        raise Unreadable(problem="damaged") from None


def _check_parts(file: BinaryIO) -> None:
    """Raise Unreadable for parts that unpack too large, hold too many strings, or are Strict."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
            raise Unreadable(problem="too_large", most=UNPACKED_BYTES_MAX)
        for part in parts:
            name = part.filename.lower()
            if name.endswith("workbook.xml") and _STRICT in archive.read(part):
                raise Unreadable(problem="strict")
            if name.endswith("sharedstrings.xml"):
                strings = sum(1 for _ in _SHARED_STRING.finditer(archive.read(part)))
                if strings > SHARED_STRINGS_MAX:
                    raise Unreadable(problem="too_large", most=SHARED_STRINGS_MAX)


def _spreadsheet_cell(cell: Any) -> Cell:
    value = cell.value
    match value:
        case None:
            return _BLANK
        case _ if cell.data_type == "e":
            return Cell("", "unreadable")
        case _ if cell.data_type == "f":
            return Cell("", "formula")
        case int() | float() if abs(value) >= _EXACT_BELOW:
            return Cell("", "digits_lost")
        case float() if value.is_integer():
            return Cell(str(int(value)))
        case date():
            return Cell(value.isoformat()[:10])
    return _cell(str(value))


def _cell(text: str) -> Cell:
    text = text.strip()
    if len(text) > CELL_CHARACTERS_MAX:
        return Cell("", "too_long")
    if text.startswith("="):
        return Cell("", "formula")
    if _ROUNDED.fullmatch(text):
        return Cell("", "digits_lost")
    return Cell(text)


_BLANK = Cell("")
