"""The code printed on plastic: a random number, checked as it is typed, that leads to a card."""

from __future__ import annotations

import hashlib
import unicodedata

import msgspec

from pos_gateway.errors.code import InvalidCode

PRINTED_BYTES = 16
"""What `make_printed_code` asks for; it uses 125 of the 128 bits."""

_PREFIX = "HK0:"
_CHARACTERS = 26

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O or U
_VALUES = {symbol: value for value, symbol in enumerate(_SYMBOLS)}
# What people type for a digit, and the dashes their keyboards make for a hyphen.
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys("-‐–—−"))  # fmt: skip


class Printed(msgspec.Struct, frozen=True):
    """A code read off plastic: 26 characters, normalised, by which a card is looked up."""

    number: str


def make_printed_code(random_bytes: bytes) -> str:
    """A code for plastic from 16 random bytes: 30 characters, the last of them a check character.

    Raises:
        ValueError: not 16 bytes.

    """
    if len(random_bytes) != PRINTED_BYTES:
        raise ValueError("a printed code takes 16 random bytes")
    bits = int.from_bytes(random_bytes)
    symbols = [_SYMBOLS[bits >> 5 * place & 31] for place in range(_CHARACTERS - 1)]
    # The check character weighs 1: it is whatever brings the sum back to nought.
    return _PREFIX + "".join(symbols) + _SYMBOLS[_check_sum([*symbols, "0"])]


def lines_to_type(code_text: str) -> tuple[str, str]:
    """The number of a printed code as people read it off: two lines in short groups."""
    number = code_text.removeprefix(_PREFIX)
    first, second = number[: _CHARACTERS // 2], number[_CHARACTERS // 2 :]
    return f"{first[:5]} {first[5:9]} {first[9:]}", f"{second[:5]} {second[5:9]} {second[9:]}"


def printed_code_hash(number: str) -> str:
    """What the log knows of a printed number: 32 hex characters of its SHA-256."""
    return hashlib.sha256(number.encode()).hexdigest()[:32]


def read_printed(text: str) -> Printed:
    """The number in a text: off a printed code, or typed with or without prefix and hyphens.

    Raises:
        InvalidCode: `problem` says why not.

    """
    typed = "".join(unicodedata.normalize("NFKC", text).upper().split()).translate(_TYPED)
    if typed.startswith("HK2:"):
        raise InvalidCode(problem="unsupported")
    number = typed.removeprefix(_PREFIX)
    if len(number) != _CHARACTERS or not _VALUES.keys() >= set(number):
        raise InvalidCode(problem="malformed")
    if _check_sum(number):
        raise InvalidCode(problem="check_character")
    return Printed(number)


def _check_sum(number: str | list[str]) -> int:
    """The sum of the symbols in the field of 32, each weighed by a power of x, modulo x⁵ + x² + 1.

    The powers up to x³⁰ all differ and none is nought: so one wrong symbol, or any two exchanged,
    or two alike that turn into two others alike, never leave the sum as it was.
    """
    total = 0
    for symbol in number:
        total <<= 1
        if total & 0b100000:
            total ^= 0b100101
        total ^= _VALUES[symbol]
    return total
