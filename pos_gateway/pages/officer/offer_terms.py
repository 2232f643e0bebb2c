"""The terms of a kind in the form of an offer: parsed, shown again, converted for the ledger.

A form is flat: `steps_0_threshold_minor` is a part of the first row of a list. `Typed` is the same
as a tree of texts: a dict for a group, a list for rows.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ledger.benefits import Words, yuan
from ledger.benefits.fields import Field, Unit, fields_of
from ledger.errors import TermsInvalid
from pos_gateway.pages.officer.form_parsing import DIGITS_MAX

Typed = dict[str, Any]

ROWS = "rows"
"""The name of the buttons that change rows: `add:steps`, `remove:steps_1`."""

_HUNDREDTHS = {Unit.YUAN, Unit.PERCENT}
"""Units that are stored in hundredths: fen and basis points."""


def typed_terms(fields: Iterable[Field], form: Mapping[str, str], prefix: str = "") -> Typed:
    """Return a form's terms as texts, with a row added or removed if a button asks for it."""
    return {one.name: _typed(one, form, prefix + one.name) for one in fields}


def shown_terms(fields: Iterable[Field], terms: Mapping[str, Any]) -> Typed:
    """Return stored terms as the texts that the form shows; "" for a missing one."""
    return {one.name: _shown(one, terms.get(one.name)) for one in fields}


def read_terms(fields: Iterable[Field], typed: Typed, prefix: str = "") -> dict[str, Any]:
    """Convert texts to terms; blank optional fields, and blank rows, are left out.

    TermsInvalid names the input, after `prefix`, that is wrong, or needed and blank.
    """
    found = {one.name: _read(one, typed[one.name], prefix + one.name) for one in fields}
    return {name: value for name, value in found.items() if value is not None}


def read_value(field: str, unit: Unit, text: str) -> Any:
    """Convert a text to a stored value: yuan to fen, percent to basis points, digits to a count.

    Texts and choices are returned unchanged; `field` is the name for the error.

    Raises:
        TermsInvalid: the text is not a number of this unit.
    """
    if unit in {Unit.TEXT, Unit.CHOICE}:
        return text
    digits = 2 if unit in _HUNDREDTHS else 0
    whole, _, part = text.partition(".")
    known = f"{whole}{part}".isdecimal() and text.isascii() and len(text) <= DIGITS_MAX
    if not (known and whole and len(part) <= digits):
        raise TermsInvalid(field=field)
    return int(whole + part.ljust(digits, "0"))


def shown_value(unit: Unit, value: Any) -> str:
    """Return a stored value as text: fen as yuan, basis points as percent, others unchanged."""
    return yuan(value) if unit in {Unit.YUAN, Unit.PERCENT} else str(value)


def _typed(field: Field, form: Mapping[str, str], name: str) -> Any:
    if field.many:
        change = form.get(ROWS, "")
        named = filter(None, (re.fullmatch(rf"{name}_(\d{{1,4}})(_.*)?", key) for key in form))
        kept = sorted({int(one[1]) for one in named if change != f"remove:{name}_{one[1]}"})
        rows = [_typed(field.row, form, f"{name}_{number}") for number in kept]
        return _rows(field, rows, more=change == f"add:{name}")
    if field.unit is Unit.GROUP:
        return typed_terms(field.parts, form, f"{name}_")
    return form.get(name, "").strip()


def _shown(field: Field, value: Any) -> Any:
    if field.many:
        return _rows(field, [_shown(field.row, one) for one in value or ()])
    if field.unit is Unit.GROUP:
        return shown_terms(field.parts, value or {})
    return "" if value is None else shown_value(field.unit, value)


def _rows(field: Field, rows: list[Any], *, more: bool = False) -> list[Any]:
    if more or (field.required and not rows):
        rows.append(_shown(field.row, None))
    return rows


def _read(field: Field, typed: Any, name: str) -> Any:
    if _is_blank(typed):
        if field.required:
            raise TermsInvalid(field=name)
        return None
    if field.many:
        named = ((f"{name}_{number}", one) for number, one in enumerate(typed))
        return [_read(field.row, one, each) for each, one in named if not _is_blank(one)]
    if field.unit is not Unit.GROUP:
        return read_value(name, field.unit, typed)
    found = read_terms(field.parts, typed, f"{name}_")
    if field.parts == fields_of(Words):
        found.setdefault("en", found["zh"])
    return found


def _is_blank(typed: Any) -> bool:
    if isinstance(typed, str):
        return not typed
    return all(map(_is_blank, typed.values() if isinstance(typed, dict) else typed))
