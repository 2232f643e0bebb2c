"""The words of `messages.toml` for the reason of an error, in the reader's language."""

from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Message(NamedTuple):
    """The texts of an error for people: its title, and the next step."""

    title: str
    next_step: str


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of a reason; None where only the terminal shows it. `cli`: the next step there."""

    zh: Message | None = None
    en: Message | None = None
    cli: str = ""


def message(reason: str, tongue: Language, problem: object = None) -> Message:
    """Return the texts for an error's reason, or those for its `problem` if the file has such.

    A reason without an entry gets the general texts of `refusal`.
    """
    entries = _entries()
    for name in (f"{reason}.{problem}", reason):
        found = getattr(entries.get(name), tongue, None)
        if found is not None:
            words: Message = found
            return words
    return message("refusal", tongue)


def next_step_at_terminal(reason: str) -> str:
    """Return the next step for the command line, if the reason has one; else empty text."""
    entry = _entries().get(reason)
    return entry.cli if entry else ""


def has_words(reason: str) -> bool:
    """Return whether a reason has its own texts in both languages."""
    entry = _entries().get(reason)
    return entry is not None and None not in {entry.zh, entry.en}


@cache
def _entries() -> dict[str, _Entry]:
    written = Path(__file__).with_name("messages.toml").read_bytes()
    return msgspec.toml.decode(written, type=dict[str, _Entry])
