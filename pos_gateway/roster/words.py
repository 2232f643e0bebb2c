"""Texts for the problems of a roster, for its author."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.benefits import Words
from pos_gateway.roster.checks import Reason

REASONS: Mapping[Reason, Words] = {
    Reason.MISSING: Words("未填写", "is missing"),
    Reason.TOO_LONG: Words("过长", "is too long"),
    Reason.TOO_SHORT: Words("过短", "is too short"),
    Reason.TOO_MANY: Words("过多", "are too many"),
    Reason.ODD_CHARACTERS: Words("含有不该有的字符", "has characters that do not belong there"),
    Reason.FORMULA: Words("是公式，请改为文字", "is a formula; make it text"),
    Reason.UNREADABLE: Words("无法读取", "cannot be read"),
    Reason.DIGITS_LOST: Words(
        "数字已被表格软件改写，请以文本格式重新填写",
        "was changed by the spreadsheet; type it again as text",
    ),
    Reason.LENGTH_WRONG: Words("应为18位", "must have 18 characters"),
    Reason.FORMAT_WRONG: Words("格式有误", "is malformed"),
    Reason.CHECKSUM_WRONG: Words("校验码不符，请核对", "has a wrong check digit"),
    Reason.BIRTH_DATE_WRONG: Words("出生日期有误，请核对", "has an impossible date of birth"),
    Reason.NOT_A_MOBILE_NUMBER: Words("应为11位手机号码", "must be a mobile number of 11 digits"),
    Reason.NOT_A_DATE: Words("不是有效日期", "is no date"),
    Reason.REPEATED: Words("重复", "is repeated"),
}
"""The text of each reason, to follow the name of a field."""

FIELDS: Mapping[str, Words] = {
    "name": Words("姓名", "Name"),
    "phone": Words("手机号", "Mobile phone"),
    "identity_number": Words("身份证号", "Identity number"),
    "branch": Words("基层工会", "Branch"),
    "employer": Words("单位", "Employer"),
    "groups": Words("群体", "Groups"),
    "last_day": Words("有效期", "Last day"),
    "row": Words("本行", "This row"),
}
"""The names of the columns."""

FILES: Mapping[str, Words] = {
    "columns_missing": Words("第一行缺少这些列：", "The first row lacks these columns: "),
    "column_repeated": Words("这些列重复：", "These columns are there twice: "),
    "too_many_rows": Words("行数太多，请分成几个文件，每个最多：", "Too many rows; at most: "),
    "too_many_columns": Words("列数太多，最多：", "Too many columns; at most: "),
    "damaged": Words("文件读到这一行就读不下去了：", "It cannot be read from this line on: "),
    "encoding_unknown": Words("这一行的文字读不出来：", "The text of this line cannot be read: "),
}
"""Texts for problems of a whole file, followed by its columns, line, or limit."""
