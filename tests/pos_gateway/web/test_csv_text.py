"""CSV for spreadsheets: nothing in it is run, and no digit is lost."""

import csv
import io

import pytest

from pos_gateway.web.csv_text import csv_text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("02000001", "\t02000001"),
        ("6222020200012345678", "\t6222020200012345678"),
        ("12e45678", "\t12e45678"),
        ("1E5", "\t1E5"),
        ("123456789012345", "123456789012345"),
        ("13800138000", "13800138000"),
        ("0.50", "0.50"),
        ("0", "0"),
        ("-5.00", "-5.00"),
        ("-1,234.50", "-1,234.50"),
        ("12.5%", "12.5%"),
        ("2026-12-01", "2026-12-01"),
        ("=1+1", "'=1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ('面包，\n"老"店', '面包，\n"老"店'),
        (6222020200012345678, "6222020200012345678"),
        (None, ""),
        (True, "True"),
    ],
)
def test_a_cell_is_what_a_spreadsheet_must_see(value: object, cell: str) -> None:
    text = csv_text([["a", value, "z"]])

    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", cell, "z"]]
    assert text.endswith("\r\n")
    assert ("\t" in cell) == ('"\t' in text or "'\t" in text)
