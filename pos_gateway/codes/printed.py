"""Codes printed on plastic: a random number with a check character that leads to a card."""

import hashlib
import unicodedata

import msgspec

from pos_gateway.errors import InvalidCode

PRINTED_BYTES = 16
"""The random bytes that `make_printed_code` takes; it uses 125 of the 128 bits."""

_PREFIX = "HK0:"
_CHARACTERS = 26

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's alphabet: no I, L, O or U
_VALUES = {symbol: value for value, symbol in enumerate(_SYMBOLS)}
# Letters that people type for a digit, and dashes that keyboards write for a hyphen.
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys("-‐–—−"))  # fmt: skip


class Printed(msgspec.Struct, frozen=True):
    """A printed code that was read: `number` is its 26 characters, normalised, without prefix."""

    number: str


def make_printed_code(random_bytes: bytes) -> str:
    """Return a printed code made from 16 random bytes: 30 characters, the last a check character.

    Raises:
        ValueError: `random_bytes` has another length.
    """
    if len(random_bytes) != PRINTED_BYTES:
        raise ValueError("a printed code takes 16 random bytes")
    bits = int.from_bytes(random_bytes)
    symbols = [_SYMBOLS[bits >> 5 * place & 31] for place in range(_CHARACTERS - 1)]
    # The check character has weight 1 and brings the sum to zero.
    return _PREFIX + "".join(symbols) + _SYMBOLS[_check_sum([*symbols, "0"])]


def lines_to_type(code_text: str) -> tuple[str, str]:
    """Return a printed code, without prefix, as two lines of short groups that people can type."""
    number = code_text.removeprefix(_PREFIX)
    first, second = number[: _CHARACTERS // 2], number[_CHARACTERS // 2 :]
    return f"{first[:5]} {first[5:9]} {first[9:]}", f"{second[:5]} {second[5:9]} {second[9:]}"


def printed_code_hash(number: str) -> str:
    """Return the hash of a printed number that the log stores: 32 hex characters of its SHA-256."""
    return hashlib.sha256(number.encode()).hexdigest()[:32]


def read_printed(text: str) -> Printed:
    """Return the number of a scanned or typed code; prefix, hyphens and spaces are optional.

    O is read as 0, I and L as 1.

    Raises:
        InvalidCode: `problem` gives the reason.
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
    """Return the sum of the symbols in GF(32), each weighed by a power of x, modulo x⁵ + x² + 1.

    All powers up to x³⁰ differ and none is zero. So one wrong symbol, any two exchanged symbols, or
    two equal symbols typed as two other equal symbols always change the sum.
    """
    total = 0
    for symbol in number:
        total <<= 1
        if total & 0b100000:
            total ^= 0b100101
        total ^= _VALUES[symbol]
    return total
