"""Parse form fields to values of the ledger; a wrong value raises InputInvalid."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from flask import request

from ledger.errors import InputInvalid
from ledger.money import AMOUNT_MAX
from ledger.text import is_sound, sound_text
from ledger.vault import BankAccount
from pos_gateway.web.json_body import check_id, read_number

TEXT_MAX = 100

DIGITS_MAX = 20
"""The longest text of a number that is parsed, in characters."""

_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,6})?", re.ASCII)
_NAME = re.compile(
    r'"((?:[^"]|"")*)"(?=[,，、;；\s]|$)|“([^”]*)”(?=[,，、;；\s]|$)|([^,，、;；\s]+)'
)
_PLAIN = re.compile(r'[^,，、;；\s"“][^,，、;；\s]*')
_MICRO = 6
_MINOR = 100


def text(field: str, *, needed: bool = True) -> str:
    """Parse a text of at most TEXT_MAX characters; it may be empty if not `needed`.

    See `sound_text`.
    """
    return sound_text(request.form.get(field, ""), field=field, most=TEXT_MAX, least=int(needed))


def identifier(field: str) -> str:
    """Parse an id (1–64 letters, digits, `_`, `-`), and return it in lower case."""
    typed = typed_id(field)
    check_id(field, typed)
    return typed


def typed_id(field: str) -> str:
    """Return the text of a field, trimmed and in lower case, without any check; "" if missing."""
    return request.form.get(field, "").strip().lower()


def own_id(field: str) -> str:
    """Parse an id that a program made, as `identifier` does, but keep its capitals."""
    typed = request.form.get(field, "").strip()
    check_id(field, typed)
    return typed


def names(field: str) -> tuple[str, ...]:
    """Return the names in a field in Unicode's NFC form, see `split`; an empty tuple if blank."""
    found = split(unicodedata.normalize("NFC", request.form.get(field, "")))
    if not all(map(is_sound, found)):
        raise InputInvalid(field=field)
    return found


def split(text: str) -> tuple[str, ...]:
    """Split a text at commas, semicolons and spaces, Chinese ones too.

    A name in quotes may hold these signs, and `"` doubled: `listed` writes such names so.
    """
    found = _NAME.findall(text)
    return tuple(
        filter(None, (own.replace('""', '"') or other or bare for own, other, bare in found))
    )


def listed(found: Iterable[str]) -> str:
    """Return names as one text that `names` reads again as the same names."""
    quoted = (one if _PLAIN.fullmatch(one) else '"' + one.replace('"', '""') + '"' for one in found)
    return "、".join(quoted)


def ticked(field: str, before: Sequence[str]) -> tuple[str, ...]:
    """Return the values ticked in a field: first those of `before` in their order, then others."""
    typed = request.form.getlist(field)
    kept = [one for one in before if one in typed]
    return (*kept, *(one for one in typed if one not in kept))


def number(field: str, most: int) -> int:
    """Parse a whole number from 0 to `most`, both included; a blank field is InputInvalid."""
    return read_number(field, request.form.get(field, "").strip(), most=most)


def one_of(field: str, allowed: Collection[str]) -> str:
    """Return the value of a field that must be one of `allowed`; none of them is InputInvalid."""
    typed = request.form.get(field, "")
    if typed not in allowed:
        raise InputInvalid(field=field)
    return typed


def minor(field: str) -> int:
    """Parse an amount in yuan, 0 to AMOUNT_MAX, such as 1,012.50; return it in minor units."""
    typed = request.form.get(field, "").strip().replace(",", "")
    try:
        amount = Decimal(typed[: DIGITS_MAX + 1]) * _MINOR
    except ArithmeticError:  # malformed, or with more digits than a page has room for
        raise InputInvalid(field=field) from None
    known = len(typed) <= DIGITS_MAX and amount.is_finite() and 0 <= amount <= AMOUNT_MAX
    if not known or amount != int(amount):
        raise InputInvalid(field=field)
    return int(amount)


def microdegrees(field: str) -> int | None:
    """Parse degrees such as 40.376, at most six decimals, to whole micro-degrees; None if blank."""
    typed = request.form.get(field, "").strip()
    if not typed:
        return None
    if not _DEGREES.fullmatch(typed):
        raise InputInvalid(field=field)
    whole, _, part = typed.partition(".")
    return int(whole + part.ljust(_MICRO, "0"))


def bank_account() -> BankAccount:
    """Parse the fields of a bank account: all but the bank code are needed."""
    return BankAccount(
        holder=text("holder"),
        number=text("number").replace(" ", ""),
        bank_name=text("bank_name"),
        bank_code=text("bank_code", needed=False),
    )
