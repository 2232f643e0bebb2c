"""What is wrong with a row, in the words of whoever keeps the roster."""

from __future__ import annotations

from pos_gateway.roster.checks import Reason

REASONS = {
    Reason.MISSING: "未填写",
    Reason.TOO_LONG: "过长",
    Reason.TOO_SHORT: "过短",
    Reason.TOO_MANY: "过多",
    Reason.ODD_CHARACTERS: "含有不该有的字符",
    Reason.FORMULA: "是公式，请改为文字",
    Reason.UNREADABLE: "无法读取",
    Reason.DIGITS_LOST: "数字已被表格软件改写，请以文本格式重新填写",
    Reason.LENGTH_WRONG: "应为18位",
    Reason.FORMAT_WRONG: "格式有误",
    Reason.CHECKSUM_WRONG: "校验码不符，请核对",
    Reason.BIRTH_DATE_WRONG: "出生日期有误，请核对",
    Reason.NOT_A_MOBILE_NUMBER: "应为11位手机号码",
    Reason.NOT_A_DATE: "不是有效日期",
    Reason.REPEATED: "重复",
}
"""What is said of a field after its name."""
