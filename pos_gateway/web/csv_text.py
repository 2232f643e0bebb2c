"""Tables as CSV text, for spreadsheets and for scripts."""

import csv
import io
from collections.abc import Iterable, Sequence

CSV_TYPE = "text/csv; charset=utf-8"
MARKED = "utf-8-sig"
"""The encoding of CSV files: UTF-8 with a byte order mark, by which spreadsheets detect it."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> str:
    """Return rows as CSV text, with quotes where needed; see `no_formula` for people's texts."""
    written = io.StringIO()
    csv.writer(written, lineterminator=line_end).writerows(rows)
    return written.getvalue()


def no_formula(text: str) -> str:
    """Return a text that no spreadsheet runs: with `'` before it if it starts as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
