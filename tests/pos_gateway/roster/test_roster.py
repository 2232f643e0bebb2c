"""Rosters are read in the unions' own formats; errors name row and field, never a value."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from stdnum.cn import ric

from ledger.vault import Person
from pos_gateway.boxed.titles import TITLES
from pos_gateway.roster import COLUMNS, Problem, Reason, Row
from tests.support.rosters import (
    CHINESE,
    ENGLISH,
    LI,
    WANG,
    changed,
    identity_number,
    only,
    read_roster,
    refused,
    write_csv,
    write_xlsx,
)

NEWBORN = identity_number(1, born="20261201")


@pytest.mark.parametrize("titles", [CHINESE, ENGLISH])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read(tmp_path: Path, titles: Sequence[str], encoding: str) -> None:
    path = write_csv(tmp_path / "roster.csv", titles, WANG, LI, encoding=encoding)

    first, second = read_roster(path)

    assert first == Row(
        number=2,
        person=Person("王小明", "13800138000", "110228199003070017"),
        branch="密云水库工会",
        employer="密云水库管理处",
        groups=("劳模", "困难职工"),
        last_day=date(2027, 12, 31),
        problems=(),
        cells=dict(zip(ENGLISH, WANG, strict=True)),
    )
    assert second.person == Person("李红梅", None, "11010119491001001X")
    assert (second.employer, second.groups, second.last_day) == ("", (), None)
    assert second.problems == ()


def test_an_xlsx_file_is_read_as_the_csv_file_is(tmp_path: Path) -> None:
    spreadsheet = write_xlsx(
        tmp_path / "roster.xlsx",
        CHINESE,
        changed(phone=13800138000, last_day=datetime(2027, 12, 31)),  # noqa: DTZ001 - as typed
        LI,
    )
    text = write_csv(tmp_path / "roster.csv", CHINESE, WANG, LI)

    assert list(read_roster(spreadsheet)) == list(read_roster(text))


def test_columns_stand_in_any_order_and_unknown_ones_are_named(tmp_path: Path) -> None:
    titles = ("备注", *reversed(ENGLISH), "工号")
    path = write_csv(tmp_path / "roster.csv", titles, ("x", *reversed(WANG), "7"))

    roster = read_roster(path)

    assert roster.unknown_columns == ("备注", "工号")
    assert only(roster).person.name == "王小明"


def test_the_last_day_may_be_left_out(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE[:-1], WANG[:-1])

    assert only(read_roster(path)).problems == ()


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", ("姓名", "身份证号码"), WANG[:2])

    assert refused(path) == {"problem": "columns_missing", "columns": "手机号 基层工会 单位 群体"}


def test_a_roster_without_titles_is_refused_and_nobody_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", WANG, LI)

    particulars = refused(path)

    assert particulars["problem"] == "columns_missing"
    assert not any(text in str(particulars) for text in WANG)


@pytest.mark.parametrize("twice", [("手机号", "Phone"), ("手机", "联系电话")])
def test_a_repeated_column_is_refused(tmp_path: Path, twice: tuple[str, str]) -> None:
    titles = [twice[0] if title == "手机号" else title for title in CHINESE]
    path = write_csv(tmp_path / "roster.csv", (*titles, twice[1]), (*WANG, ""))

    assert refused(path) == {"problem": "column_repeated", "columns": "手机号"}


@pytest.mark.parametrize(
    "titles",
    [
        ("姓 名", "手机号 ", "身份证号", "基层工会", "单　　位", "群体"),
        ("*姓名", "手机号（必填）", "★身份证号", "基层工会:", "单位(选填)", "群体"),
        ("姓名", "手机号码", "身份证号码", "工会名称", "工作单位", "类别"),
        ("Full name", "Mobile", "ID number", "Branch", "Company", "Group"),
    ],
)
@pytest.mark.parametrize("above", [0, 1, 9])
def test_titles_are_found_as_people_write_them_and_below_a_heading(
    tmp_path: Path, titles: Sequence[str], above: int
) -> None:
    heading = [["2026年度会员花名册", "", "", "", "", ""]] * above
    path = write_csv(tmp_path / "roster.csv", *heading, titles, WANG[:-1])

    roster = read_roster(path)

    assert roster.above == above
    assert (row := only(roster)).problems == ()
    assert (row.number, row.employer) == (above + 2, "密云水库管理处")


def test_the_own_title_of_a_column_comes_before_another_one(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", ("电话", *CHINESE), ("010-1", *WANG))

    roster = read_roster(path)

    assert roster.unknown_columns == ("电话",)
    assert only(roster).person.phone == "13800138000"


def test_each_columns_own_titles_are_its_chinese_and_english_ones() -> None:
    own = {column: tuple(titles.split()[:2]) for column, titles in TITLES.items()}

    assert own == {column: (zh, column.replace("_", "")) for column, zh in COLUMNS.items()}


def test_columns_that_are_joined_in_one_cell_are_told(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("\n".join("|".join(row) for row in (CHINESE, WANG)), encoding="utf-8")

    assert refused(path) == {"problem": "columns_joined"}


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("name", "", "missing"),
        ("name", "王", "too_short"),
        ("name", "王" * 51, "too_long"),
        ("name", "王" * 201, "too_long"),
        ("name", "王小明2", "odd_characters"),
        ("name", "王\u200b小明", "odd_characters"),
        ("name", "=HYPERLINK(1)", "formula"),
        ("identity_number", "", "missing"),
        ("identity_number", "11022819900307001", "length_wrong"),
        ("identity_number", "11022819900307A017", "format_wrong"),
        ("identity_number", "110228199003070018", "checksum_wrong"),
        ("identity_number", identity_number(1, born="19900230"), "birth_date_wrong"),
        ("identity_number", identity_number(1, born="18991231"), "birth_date_wrong"),
        ("identity_number", identity_number(1, born="20261202"), "birth_date_wrong"),
        ("identity_number", identity_number(1, born="20991231"), "birth_date_wrong"),
        ("identity_number", "1.10228E+17", "digits_lost"),
        ("phone", "1380013800", "not_a_mobile_number"),
        ("phone", "12800138000", "not_a_mobile_number"),
        ("phone", "13800138000家", "not_a_mobile_number"),
        ("phone", "13800138000 13900139000", "not_a_mobile_number"),
        ("branch", "", "missing"),
        ("groups", "、".join(map(str, range(21))), "too_many"),
        ("last_day", "2027-02-30", "not_a_date"),
        ("last_day", "2027-0229", "not_a_date"),
        ("last_day", "明年", "not_a_date"),
        ("last_day", "2026-11-30", "past"),
        ("last_day", "0001-01-01", "past"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(
    tmp_path: Path, field: str, text: str, reason: str
) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(**{field: text}))

    row = only(read_roster(path))

    assert row.problems == (Problem(field, Reason(reason)),)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("name", "王　明", "王明"),
        ("name", "  王小明 ", "王小明"),
        ("name", "阿依古丽•买买提", "阿依古丽·买买提"),
        ("name", "阿依古丽⋅买买提", "阿依古丽·买买提"),
        ("name", "阿依古丽\u0387买买提", "阿依古丽·买买提"),
        ("name", "江〇", "江〇"),
        ("name", "李\U00031350", "李\U00031350"),
        ("name", "Maria  da Silva", "Maria da Silva"),
        ("name", "𠮷野䶮", "𠮷野䶮"),
        ("phone", "+86 138-0013-8000", "13800138000"),
        ("phone", "\u202d13800138000\u202c", "13800138000"),
        ("phone", "１３８００１３８０００", "13800138000"),
        (
            "identity_number",
            identity_number(1, born="20261201"),
            identity_number(1, born="20261201"),
        ),
        ("identity_number", "'11010119491001001x", "11010119491001001X"),
        ("identity_number", "810000199408230021", "810000199408230021"),
    ],
)
def test_a_field_is_kept_in_one_spelling(tmp_path: Path, field: str, text: str, kept: str) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(**{field: text}))

    row = only(read_roster(path))

    assert row.problems == ()
    assert getattr(row.person, field) == kept


@pytest.mark.parametrize("text", ["无", "没有", "－", "——", "/", "N/A"])
def test_a_word_for_nothing_in_an_optional_cell_is_nothing(tmp_path: Path, text: str) -> None:
    optional = dict.fromkeys(("phone", "employer", "groups", "last_day"), text)
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(**optional))

    row = only(read_roster(path))

    assert row.problems == ()
    assert (row.person.phone, row.employer, row.groups, row.last_day) == (None, "", (), None)


@pytest.mark.parametrize(
    "text", ["劳模;女职工", "劳模、 女职工", "劳模，女职工；劳模", "、劳模,女职工;"]
)
def test_groups_are_split_and_named_once(tmp_path: Path, text: str) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(groups=text))

    assert only(read_roster(path)).groups == ("劳模", "女职工")


@pytest.mark.parametrize(
    "text", ["2027-12-31", "2027/12/31", "2027.12.31", "20271231", "2027年12月31日"]
)
def test_a_last_day_is_read_in_the_ways_it_is_written(tmp_path: Path, text: str) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, changed(last_day=text))

    assert only(read_roster(path)).last_day == date(2027, 12, 31)


def test_the_later_of_two_rows_with_one_identity_number_is_refused(tmp_path: Path) -> None:
    again = changed(name="王大明", identity_number="110228 19900307 0017")
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG, LI, again, WANG)

    problems = [row.problems for row in read_roster(path)]

    repeated = Problem("identity_number", Reason.REPEATED, first_row=2)
    assert problems == [(), (), (repeated,), (repeated,)]


def test_blank_rows_are_passed_over_and_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, [""] * 7, [], WANG)

    assert only(read_roster(path)).number == 4


def test_a_row_with_more_cells_than_titles_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, (*WANG, "女职工"))

    assert only(read_roster(path)).problems == (Problem("row", Reason.TOO_MANY),)


def test_a_short_row_lacks_what_must_be_there(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", CHINESE, WANG[:3])

    assert only(read_roster(path)).problems == (Problem("branch", Reason.MISSING),)


@pytest.mark.parametrize("place", ["110999", "990118"])
def test_a_place_that_no_table_has_is_no_fault(tmp_path: Path, place: str) -> None:
    digits = f"{place}19900307001"
    number = digits + ric.calc_check_digit(f"{digits}0")

    row = only(read_roster(write_csv(tmp_path / "a.csv", ENGLISH, changed(identity_number=number))))

    assert row.problems == ()
