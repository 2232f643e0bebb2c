"""Tables as CSV text, for people's spreadsheets: the one writer of pages and commands."""

import re
from collections.abc import Iterable, Sequence

CSV_TYPE = "text/csv; charset=utf-8"
MARK = "\ufeff"
"""The byte order mark by which spreadsheets detect UTF-8: it comes before the first row."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[\d,]*\d(\.\d+)?%?", re.ASCII)
_DIGITS_LOST = re.compile(r"0\d+|\d{16,}|\d+(\.\d+)?e[+-]?\d+", re.ASCII | re.IGNORECASE)
"""Texts of which a spreadsheet makes another number: leading zeros, over 15 digits, exponents."""

_QUOTED = re.compile(r'[,"\r\n\t]')


def csv_text(rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> str:
    """Return rows as CSV text that a spreadsheet reads as it is, and runs nothing of.

    A text that starts as a formula gets `'` before it. One of digits that would be lost gets a tab:
    it stays a text there when opened and saved, and programs that read it strip white space. None
    is an empty cell.
    """
    return "".join(",".join(map(_cell, row)) + line_end for row in rows)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, str):
        if _DIGITS_LOST.fullmatch(text):
            text = f"\t{text}"
        elif text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
            text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
