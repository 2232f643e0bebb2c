"""Texts for a reason, in the reader's language."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pos_gateway.i18n import messages_en, messages_zh

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")

_TEXTS = {"zh": messages_zh.TEXTS, "en": messages_en.TEXTS}


class Message(NamedTuple):
    """A title, and the next step."""

    title: str
    next_step: str


def message(reason: str, tongue: Language, problem: object = None) -> Message:
    """Return the texts of a reason and problem; general texts for a retired reason."""
    texts = _TEXTS[tongue]
    return Message(*(texts.get(f"{reason}.{problem}") or texts.get(reason) or texts["refusal"]))


def has_words(reason: str) -> bool:
    """Return whether a reason has texts of its own in every language."""
    return all(reason in texts for texts in _TEXTS.values())
