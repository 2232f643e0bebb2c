"""Text that may stand in a fact: no control characters, and no marks that nobody sees."""

import re
import unicodedata

from ledger.errors import InputInvalid

_MARKS = "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_MARK = re.compile(f"[{_MARKS}]")
_ODD = re.compile(f"[{_CONTROLS}{_MARKS}]")
_IN_JSON = re.compile(rf"\\(?:u([0-9a-fA-F]{{4}})|.)|{_ODD.pattern}")
_PLAIN_ESCAPES = {'\\"', "\\\\", "\\/"}
_INSTEAD = "\ufffd"


def is_sound(text: str) -> bool:
    """Return whether a text has no control character, no mark of direction and no invisible mark.

    Joiners are accepted: names and emoji are written with them.
    """
    return text.isprintable() or not _ODD.search(text)


def unmarked(text: str) -> str:
    """Return a text without its invisible marks, such as those around a phone that was copied."""
    return _MARK.sub("", text)


def sound_text(text: str, *, field: str, most: int, least: int = 0) -> str:
    """Return a typed text in Unicode's NFC form, with single spaces.

    Raises:
        InputInvalid: it has not `least` to `most` characters, or is not sound.
    """
    typed = unicodedata.normalize("NFC", " ".join(text.split()))
    if not least <= len(typed) <= most or not is_sound(typed):
        raise InputInvalid(field=field, most=most)
    return typed


def sound_json(payload: str) -> str:
    """Return compact JSON with U+FFFD for each character that is not sound; usually as it is."""
    if "\\" not in payload:
        plain = "\x7f" not in payload if payload.isascii() else payload.isprintable()
        if plain:
            return payload
    return _IN_JSON.sub(_sound, payload)


def _sound(found: re.Match[str]) -> str:
    """Return what stands for an escape, which may be of a sound character, or for an odd sign."""
    escape, code = found[0], found[1]
    sound = not _ODD.match(chr(int(code, 16))) if code else escape in _PLAIN_ESCAPES
    return escape if sound else _INSTEAD
