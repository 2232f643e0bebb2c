"""The XLSX files of rosters are rosters themselves: nothing in them is lost or run."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from pos_gateway.roster import COLUMNS, NOTES, Row
from pos_gateway.roster.workbook import sample, to_mend
from tests.support.rosters import (
    CHINESE,
    LI,
    WANG,
    changed,
    identity_number,
    only,
    read_roster,
    write_csv,
)

TYPED = {
    "name": "王\u200b小明2",
    "phone": "12",
    "identity_number": "1.10228E+17",
    "employer": "+1-2",
    "groups": "先进\0、劳模",
}


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    """Return the rows of a roster of which the second and the third are refused."""
    past = changed(identity_number=identity_number(2), last_day="2020-01-01")
    table = (CHINESE, WANG, changed(**TYPED), past, LI)
    return list(read_roster(write_csv(tmp_path / "roster.csv", *table)))


def cells(content: bytes) -> list[list[Any]]:
    (sheet,) = load_workbook(BytesIO(content)).worksheets
    return [list(line) for line in sheet.iter_rows()]


def test_refused_rows_are_written_with_their_reasons_and_odd_signs_marked(rows: list[Row]) -> None:
    # When the refused rows are written
    titles, first, second = cells(to_mend(rows))
    # Then wrong cells have a colour, and none lost what can be seen
    assert [cell.value for cell in titles] == [*CHINESE, NOTES]
    assert [cell.value for cell in first[:6]] == [
        *("王小明2", "12", None, "密云水库工会", "+1-2", "先进、劳模")
    ]
    coloured = [cell.fill.fgColor.rgb == "FFFFD966" for cell in first[:6]]
    assert coloured == [True, True, True, False, False, True]
    assert {cell.number_format for cell in first[:6]} == {"@"}
    # And the notes tell why
    assert first[7].value.startswith("第3行：")
    assert "姓名含有不该有的字符：王⟦U+200B⟧小明⟦2⟧" in first[7].value
    assert "群体含有不该有的字符：先进⟦U+0000⟧、劳模" in first[7].value
    assert second[7].value == "第4行：有效期已经过去"


def test_refused_rows_that_are_mended_are_read_as_a_roster(rows: list[Row]) -> None:
    # Given the file of refused rows
    book = load_workbook(BytesIO(to_mend(rows)))
    # When a clerk mends a row
    mended, sheet = BytesIO(), book.worksheets[0]
    sheet.delete_rows(3)
    for column, text in {"A": "王小明", "B": WANG[1], "C": WANG[2], "F": WANG[5]}.items():
        sheet[f"{column}2"] = text
    book.save(mended)
    roster = read_roster(mended.getvalue())
    # Then it is read, and the notes are no unknown column
    assert only(roster).problems == ()
    assert roster.unknown_columns == ()


def test_an_empty_roster_explains_every_column() -> None:
    titles, explained = load_workbook(BytesIO(sample())).worksheets
    roster = read_roster(sample())

    assert [cell.value for cell in titles[1]] == list(COLUMNS.values())
    assert [line[0].value for line in explained.iter_rows()] == list(COLUMNS.values())
    assert (list(roster), roster.end.unread) == ([], 0)
