"""The cells of a roster are read from files of bounded size, without guessing."""

import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from itertools import chain, repeat
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import numbers
from rich.console import Console

from pos_gateway.boxed import sheet
from pos_gateway.roster import ROWS_MAX, Problem, Reason, Roster, RosterUnreadable
from tests.support.rosters import (
    CHINESE,
    TODAY,
    WANG,
    changed,
    identity_number,
    only,
    read_roster,
    refused,
    write_csv,
    write_xlsx,
)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (110228199003070017, "digits_lost"),
        (1.10228199003070017e17, "digits_lost"),
        ("=110228199003070017", "formula"),
        ("#VALUE!", "unreadable"),
        (True, "length_wrong"),
    ],
)
def test_an_identity_number_that_is_no_text_in_a_spreadsheet_is_refused(
    tmp_path: Path, value: object, reason: str
) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", CHINESE, changed(identity_number=value))

    row = only(read_roster(path))

    assert row.problems == (Problem("identity_number", Reason(reason)),)
    assert row.person.identity_number is None


def test_a_number_shown_as_a_date_is_refused_and_not_printed(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    workbook = Workbook()
    first = workbook.worksheets[0]
    first.append(CHINESE)
    first.append(changed(phone=13800138000))
    first["B2"].number_format = numbers.FORMAT_DATE_YYYYMMDD2
    workbook.save(tmp_path / "roster.xlsx")

    row = only(read_roster(tmp_path / "roster.xlsx"))

    assert row.problems == (Problem("phone", Reason.UNREADABLE),)
    assert not recwarn.list


def test_a_file_in_another_encoding_is_refused_at_the_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG)
    path.write_bytes(path.read_bytes() + "李红梅,,\n".encode()[:-5] + b"\xff\n")

    assert refused(path) == {"problem": "encoding_unknown", "line": 3}


def test_another_encoding_is_refused_at_the_first_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG, encoding="utf-32")

    assert refused(path) == {"problem": "encoding_unknown", "line": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
@pytest.mark.parametrize("told", [0, 1])
def test_the_separator_and_the_encoding_are_found(
    tmp_path: Path, separator: str, encoding: str, told: int
) -> None:
    lines = [f"sep={separator}"] * told + [separator.join(row) for row in (CHINESE, WANG)]
    path = tmp_path / "roster.csv"
    path.write_text("\r\n".join(lines), encoding=encoding)

    row = only(read_roster(path))

    assert (row.number, row.problems) == (2, ())
    assert row.groups == ("劳模", "困难职工")


def test_utf_16_cut_inside_a_character_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG, encoding="utf-16")
    path.write_bytes(path.read_bytes()[:-1])

    assert refused(path) == {"problem": "encoding_unknown"}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("cut", [1, 2])
def test_utf_8_cut_inside_a_character_is_not_read_as_another_encoding(
    tmp_path: Path, rows: int, cut: int
) -> None:
    row = "张三,13800000301,110228199003073015,测试工会,水库管理,\n"
    text = "name,phone,identity_number,branch,employer,groups\n" + rows * row
    path = tmp_path / "roster.csv"
    path.write_bytes(text.rstrip(",\n").encode()[:-cut])

    assert refused(path) == {"problem": "encoding_unknown", "line": rows + 1}


@pytest.mark.parametrize(
    ("sheets", "end"),
    [
        ("hHv", sheet.End(hidden=2)),
        ("cv", sheet.End(sheet=2)),
        ("hchvev", sheet.End(hidden=2, sheet=2, unread=1)),
        ("vev", sheet.End(unread=1)),
    ],
)
def test_the_first_visible_sheet_with_titles_is_read_and_others_are_told(
    tmp_path: Path, sheets: str, end: sheet.End
) -> None:
    # Given hidden rosters (h, H), a cover (c), an empty sheet (e) and visible rosters (v)
    workbook = Workbook()
    for kind in sheets:
        made = workbook.create_sheet()
        made.sheet_state = {"h": "hidden", "H": "veryHidden"}.get(kind, "visible")
        rows = {"c": [["填表说明"], ["请如实填写"]], "e": []}
        for row in rows.get(kind, [CHINESE, changed(name="王小明" if kind == "v" else "隐藏甲")]):
            made.append(row)
    workbook.remove(workbook.worksheets[0])
    workbook.active = sheets.index("v")
    workbook.save(tmp_path / "roster.xlsx")
    # When it is read
    roster = read_roster(tmp_path / "roster.xlsx")
    # Then a visible roster is
    assert roster.end == end
    assert only(roster).person.name == "王小明"


def test_a_strict_workbook_is_named_as_such(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", CHINESE, WANG)
    transitional = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = rewritten(path, transitional, sheet._STRICT)

    assert refused(strict) == {"problem": "strict"}


def test_no_warning_quotes_a_workbook(
    capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    # Given a workbook with a broken print area, and no default style
    # When it is read
    rows = list(read_roster(Path(__file__).with_name("print_area.xlsx")))
    # Then nothing is said about it
    assert rows
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("field", ["branch", "employer", "groups"])
@pytest.mark.parametrize("odd", "\0\1\u202e\u200b")
def test_a_control_or_an_invisible_mark_in_a_text_is_refused(
    tmp_path: Path, field: str, odd: str
) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(**{field: f"测试{odd}工会"}))

    assert only(read_roster(path)).problems == (Problem(field, Reason.ODD_CHARACTERS),)


def test_invisible_marks_around_a_copied_phone_or_number_are_dropped(tmp_path: Path) -> None:
    marked = {"phone": "\u202d13800138000\u202c", "last_day": "\u200e2027-12-31"}
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(**marked))

    row = only(read_roster(path))

    assert row.problems == ()
    assert row.person.phone == "13800138000"


def test_a_quote_that_never_closes_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG)
    path.write_text(path.read_text(encoding="utf-8") + '"李红梅,,\n', encoding="utf-8")

    assert refused(path)["problem"] == "damaged"


def test_too_large_a_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    with path.open("wb") as file:
        file.truncate(sheet.FILE_BYTES_MAX + 1)

    assert refused(path) == {"problem": "too_large", "most": sheet.FILE_BYTES_MAX}


def test_too_many_rows_are_refused() -> None:
    titles = [sheet.Cell(title) for title in CHINESE]
    blank_rows: repeat[list[sheet.Cell]] = repeat([], ROWS_MAX - 1)
    row = [sheet.Cell(text) for text in WANG]
    roster = Roster(chain([titles], blank_rows, [row, row]), TODAY, sheet.End())

    assert next(roster).number == ROWS_MAX + 1
    with pytest.raises(RosterUnreadable, match="too_many_rows"):
        next(roster)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    titles = [*CHINESE, *("备注",) * sheet.COLUMNS_MAX]
    text = write_csv(tmp_path / "roster.csv", titles)
    spreadsheet = write_xlsx(tmp_path / "roster.xlsx", titles)

    assert refused(text) == refused(spreadsheet) == {"problem": "too_many_columns", "most": 64}


def test_a_row_far_below_costs_no_more_than_a_sheet_may_have(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", CHINESE, WANG)
    far = rewritten(path, b'<row r="2"', b'<row r="99999999999"')

    assert list(read_roster(far)) == []


def test_a_damaged_spreadsheet_is_refused_and_nothing_quoted(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", CHINESE, changed(phone=13800138000))
    damaged = rewritten(path, b"<v>13800138000</v>", b"<v>13800138000x</v>")

    with pytest.raises(RosterUnreadable) as refusal:
        list(read_roster(damaged))

    assert refusal.value.particulars == {"problem": "damaged"}
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "columns_missing"),
        (b"PK\x03\x04", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "format_unknown"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "roster"
    path.write_bytes(content)

    assert refused(path)["problem"] == problem


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_ten_thousand_rows_are_read(tmp_path: Path, write: Callable[..., Path]) -> None:
    births = (date(1950, 1, 1) + timedelta(days=number) for number in range(10_000))
    people = (changed(identity_number=identity_number(1, born=f"{born:%Y%m%d}")) for born in births)

    rows = list(read_roster(write(tmp_path / "roster", CHINESE, *people)))

    assert len(rows) == 10_000
    assert [row.problems for row in rows if row.problems] == []


def test_a_row_shows_nobody_when_printed(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(phone="138"))
    console = Console(file=StringIO(), width=1_000)

    row = only(read_roster(path))
    console.print(row)
    assert isinstance(console.file, StringIO)
    printed = f"{row} {row!r} {console.file.getvalue()}"

    assert "not_a_mobile_number" in printed
    assert not any(text in printed for text in WANG)


def rewritten(path: Path, old: bytes, new: bytes) -> Path:
    """Return a spreadsheet with other bytes in its first sheet."""
    changed_path = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(changed_path, "w") as changed_archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert old in content or not name.endswith("sheet1.xml")
            changed_archive.writestr(name, content.replace(old, new))
    return changed_path
