"""Rosters of made-up people."""

import csv
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from stdnum.cn import ric

from pos_gateway import roster
from pos_gateway.roster import Roster, RosterUnreadable, Row

TODAY = date(2026, 12, 1)
read_roster = partial(roster.read_roster, today=TODAY)

CHINESE = ("姓名", "手机号", "身份证号", "基层工会", "单位", "群体", "有效期")
ENGLISH = ("name", "phone", "identity_number", "branch", "employer", "groups", "last_day")
WANG = (
    "王小明",
    "13800138000",
    "110228199003070017",
    "密云水库工会",
    "密云水库管理处",
    "劳模；困难职工",
    "2027-12-31",
)
LI = ("李红梅", "", "11010119491001001X", "鼓楼街道工会", "", "", "")


def identity_number(sequence: int, *, born: str = "19900307") -> str:
    """Return a made-up number with a valid checksum."""
    number = f"110228{born}{sequence:03}"
    return number + ric.calc_check_digit(number + "0")


def write_csv(path: Path, *rows: Sequence[str], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_xlsx(path: Path, *rows: Sequence[Any]) -> Path:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def changed(**fields: Any) -> list[Any]:
    """Return the row of Wang with other values in some fields."""
    return [fields.get(field, value) for field, value in zip(ENGLISH, WANG, strict=True)]


def only(roster: Roster) -> Row:
    (row,) = roster
    return row


def refused(path: Path) -> dict[str, str | int | None]:
    with pytest.raises(RosterUnreadable) as refusal:
        list(read_roster(path))
    return refusal.value.particulars
