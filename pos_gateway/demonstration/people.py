"""The made-up members of the demonstration, with identity numbers that nobody can have."""

from collections.abc import Iterator
from datetime import date, timedelta

from stdnum.cn import ric

from ledger.vault import Person
from pos_gateway.roster import Row

BRANCHES = ("鼓楼街道总工会", "果园街道总工会", "经济开发区总工会", "巨各庄镇总工会")
EMPLOYERS = ("云湖物业", "密云公交", "绿谷食品", "潮白快递", "")
GROUPS: tuple[tuple[str, ...], ...] = ((), ("劳模",), ("女职工",), (), ("新就业形态",), ())
MEMBERS = 36

_FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙"
_GIVEN_NAMES = ("晓明", "丽华", "建国", "桂兰", "雨桐", "志强", "淑珍", "子涵", "海燕")
_NOWHERE = "990118"  # No place has this number, so no identity number begins with it.
_FIRST_BIRTHDAY = date(1962, 3, 8)


def roster(last_day: date) -> Iterator[Row]:
    """Yield the roster, MEMBERS rows, as if read from a file; every card has this `last_day`."""
    for place in range(MEMBERS):
        yield Row(
            number=place + 2,
            person=_person(place),
            branch=BRANCHES[place % len(BRANCHES)],
            employer=EMPLOYERS[place % len(EMPLOYERS)],
            groups=GROUPS[place % len(GROUPS)],
            last_day=last_day,
            problems=(),
        )


def _person(place: int) -> Person:
    born = _FIRST_BIRTHDAY + timedelta(days=397 * place)
    digits = f"{_NOWHERE}{born:%Y%m%d}{place + 1:03}"
    return Person(
        name=_FAMILY_NAMES[place % len(_FAMILY_NAMES)] + _GIVEN_NAMES[place % len(_GIVEN_NAMES)],
        phone=f"199{place:08}",
        identity_number=digits + ric.calc_check_digit(f"{digits}0"),
    )
