"""Checks of the fields of a roster; each raises `Faulty` for a text that it rejects."""

import re
import unicodedata
from datetime import date
from enum import StrEnum

import unicodedata2
from stdnum import exceptions
from stdnum.cn import ric

from ledger.text import is_sound, unmarked
from ledger.vault import normal_identity_number, normal_phone

NAME_CHARACTERS_MIN = 2
NAME_CHARACTERS_MAX = 50
GROUPS_MAX = 20

BORN_SINCE = date(1900, 1, 1)

_DOTS = str.maketrans(dict.fromkeys("•‧∙・．⋅\u0387･⸱", "·"))
_NAME_MARKS = frozenset(" ·.'’-〇")
_NOTHING = frozenset(("无", "没有", "暂无", "-", "--", "—", "——", "/", "n/a", "none"))
_PHONE_CHARACTERS = re.compile(r"[\d\s+()-]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_DATE = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|([-/.])(\d{1,2})\4(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
_BETWEEN_GROUPS = re.compile(r"[;,、]")


class Reason(StrEnum):
    """The reason why a field or a cell of a roster is rejected."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    TOO_MANY = "too_many"
    ODD_CHARACTERS = "odd_characters"
    FORMULA = "formula"
    UNREADABLE = "unreadable"
    DIGITS_LOST = "digits_lost"
    LENGTH_WRONG = "length_wrong"
    FORMAT_WRONG = "format_wrong"
    CHECKSUM_WRONG = "checksum_wrong"
    BIRTH_DATE_WRONG = "birth_date_wrong"
    NOT_A_MOBILE_NUMBER = "not_a_mobile_number"
    NOT_A_DATE = "not_a_date"
    PAST = "past"
    REPEATED = "repeated"


_WRONG = {
    exceptions.InvalidLength: Reason.LENGTH_WRONG,
    exceptions.InvalidFormat: Reason.FORMAT_WRONG,
    exceptions.InvalidChecksum: Reason.CHECKSUM_WRONG,
}


class Faulty(Exception):
    """Raised where a field is rejected; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def plain(text: str) -> str:
    """Return text in Unicode's NFKC form, such as half-width letters, and with single spaces.

    A control character or an invisible mark is ODD_CHARACTERS.
    """
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    if not is_sound(normal):
        raise Faulty(Reason.ODD_CHARACTERS)
    return normal


def given(text: str) -> str:
    """Return the text of a field that may be empty; 无, a dash and the like are empty."""
    normal = unicodedata.normalize("NFKC", text).strip().casefold()
    return "" if normal in _NOTHING else text


def checked_name(text: str) -> str:
    """Return a name of 2 to 50 characters; spaces between Chinese characters are dropped."""
    # Not normalised further: rare characters have look-alikes in other names.
    words = text.translate(_DOTS).split()
    name = (" " if any(word[0].isascii() for word in words) else "").join(words)
    if not name:
        raise Faulty(Reason.MISSING)
    if len(name) < NAME_CHARACTERS_MIN:
        raise Faulty(Reason.TOO_SHORT)
    if len(name) > NAME_CHARACTERS_MAX:
        raise Faulty(Reason.TOO_LONG)
    if not all(map(is_of_name, name)):
        raise Faulty(Reason.ODD_CHARACTERS)
    return name


def is_of_name(character: str) -> bool:
    """Return whether a character may stand in a name: letters, their marks, and a few others."""
    return unicodedata2.category(character)[0] in "LM" or character in _NAME_MARKS


def checked_phone(text: str) -> str | None:
    """Return a Chinese mobile number as its eleven digits, or None for an empty text or 无."""
    if not given(text):
        return None
    phone = normal_phone(text)
    if not _PHONE_CHARACTERS.fullmatch(plain(unmarked(text))) or not _MOBILE.fullmatch(phone):
        raise Faulty(Reason.NOT_A_MOBILE_NUMBER)
    return phone


def checked_identity_number(text: str, today: date) -> str:
    """Return a resident identity number of eighteen characters, normalised; it is required.

    Nobody is born before BORN_SINCE or after `today`. The place is not checked: numbers of late
    registration and of residence permits begin with places that no table lists for their year.
    """
    if not text:
        raise Faulty(Reason.MISSING)
    number = normal_identity_number(text)
    try:
        ric.validate(number)
    except tuple(_WRONG) as wrong:
        raise Faulty(_WRONG[type(wrong)]) from None
    except (exceptions.InvalidComponent, KeyError):
        pass  # KeyError is raised for a place of which the library knows only the province.
    _check_birth_date(number, today)
    return number


def checked_text(text: str) -> str:
    """Return required free text, normalised as by `plain`; an empty text is MISSING."""
    if not text:
        raise Faulty(Reason.MISSING)
    return plain(text)


def checked_employer(text: str) -> str:
    """Return an employer, normalised as by `plain`; "" for an empty text or 无."""
    return plain(given(text))


def checked_groups(text: str) -> tuple[str, ...]:
    """Return at most 20 distinct groups, separated by `;`, `,` or `、`; none for "" or 无."""
    groups = dict.fromkeys(map(str.strip, _BETWEEN_GROUPS.split(plain(given(text)))))
    groups.pop("", None)
    if len(groups) > GROUPS_MAX:
        raise Faulty(Reason.TOO_MANY)
    return tuple(groups)


def checked_last_day(text: str, today: date) -> date | None:
    """Return the day in forms such as 2026-12-31, 20261231 or 2026年12月31日; None if empty or 无.

    A day before `today` is PAST.
    """
    if not given(text):
        return None
    found = _DATE.fullmatch(plain(unmarked(text)))
    if found is None:
        raise Faulty(Reason.NOT_A_DATE)
    year, month, day = (int(part) for part in found.groups() if part and part.isdecimal())
    try:
        last_day = date(year, month, day)
    except ValueError:
        raise Faulty(Reason.NOT_A_DATE) from None
    if last_day < today:
        raise Faulty(Reason.PAST)
    return last_day


def _check_birth_date(number: str, today: date) -> None:
    try:
        born = ric.get_birth_date(number)
    except exceptions.InvalidComponent:
        raise Faulty(Reason.BIRTH_DATE_WRONG) from None
    if not BORN_SINCE <= born <= today:
        raise Faulty(Reason.BIRTH_DATE_WRONG)
