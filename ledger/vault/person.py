"""A person: name, phone and identity number, in their stored, compared and masked forms."""

import unicodedata
from typing import Any

import msgspec

from ledger.errors import InputInvalid

CHARACTERS_MAX = 200
"""The most characters of a stored name, phone or identity number."""

PHONE_DIGITS = 11


class Person(msgspec.Struct, frozen=True):
    """The personal data of a member as given; None where unknown. The repr shows none of it."""

    name: str
    phone: str | None
    identity_number: str | None

    def __repr__(self) -> str:
        return "Person(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


def normal_identity_number(text: str) -> str:
    """Return an identity number as compared: half-width digits and capital letters, unchecked."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).upper()


def normal_phone(text: str) -> str:
    """Return a phone number as compared: digits, without 00 first, or 86 before eleven digits."""
    digits = "".join(filter(str.isdecimal, unicodedata.normalize("NFKC", text))).removeprefix("00")
    return digits[2:] if len(digits) == 2 + PHONE_DIGITS and digits.startswith("86") else digits


def masked_name(person: Person) -> str:
    """Return the name as strangers may see it: 王*明, 王* for two characters, at most two *."""
    first, between, last = person.name[:1], person.name[1:-1], person.name[2:][-1:]
    return f"{first}{'*' * min(max(len(between), 1), 2)}{last}"


def check_person(person: Person) -> None:
    """Raise InputInvalid for the `field` that is empty or over CHARACTERS_MAX; None is accepted."""
    for field in Person.__struct_fields__:
        text: str | None = getattr(person, field)
        if text is not None and not 0 < len(text) <= CHARACTERS_MAX:
            raise InputInvalid(field=field, most=CHARACTERS_MAX)
