"""The titles of a roster's columns, in the ways that people write them."""

import re
import unicodedata
from collections.abc import Sequence

TITLES = {
    "name": "姓名 name 会员姓名 职工姓名 员工姓名 名字 fullname",
    "phone": "手机号 phone 手机 手机号码 移动电话 电话 电话号码 联系电话 联系方式 mobile",
    "identity_number": "身份证号 identitynumber 身份证 身份证号码 居民身份证号 公民身份号码 证件号"
    " 证件号码 idnumber idcard",
    "branch": "基层工会 branch 工会 工会名称 基层工会名称 所属工会 所在工会 所属基层工会",
    "employer": "单位 employer 工作单位 单位名称 所在单位 所属单位 企业名称 公司 company",
    "groups": "群体 groups 类别 群体类别 人员类别 会员类别 所属群体 group",
    "last_day": "有效期 lastday 有效期至 有效期限 有效日期 截止日期 到期日 到期日期 validuntil",
}
"""By column: its Chinese title, its English one, which is the field's name, and others."""

REQUIRED = TITLES.keys() - {"last_day"}
TITLE_LINES = 10
"""The titles stand in one of this many lines; above them may be a heading."""

_OWN = 2
_BESIDE = re.compile(r"\(.*?\)|[\W_]")
_EXACT, _OTHERS = (
    {title: column for column, titles in TITLES.items() for title in titles.split()[some]}
    for some in (slice(_OWN), slice(_OWN, None))
)


def columns_of(titles: Sequence[str]) -> list[str | None]:
    """Return the column of each title, None for one that is not known.

    Blanks, stars and remarks such as （必填） do not matter. Where a column's own title stands,
    another title of that column is not known.
    """
    plain = [_BESIDE.sub("", unicodedata.normalize("NFKC", one)).casefold() for one in titles]
    exact = [_EXACT.get(one) for one in plain]
    others = [None if _OTHERS.get(one) in exact else _OTHERS.get(one) for one in plain]
    return [one or other for one, other in zip(exact, others, strict=True)]


def are_titles(texts: Sequence[str]) -> bool:
    """Return whether a line has all titles that a roster must have."""
    return set(columns_of(texts)) >= REQUIRED
