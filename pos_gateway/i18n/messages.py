"""The words for a reason, in the language of whoever reads them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pos_gateway.i18n import messages_en, messages_zh

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")

_TEXTS = {"zh": messages_zh.TEXTS, "en": messages_en.TEXTS}


class Message(NamedTuple):
    """What is the matter, and what to do next."""

    title: str
    next_step: str


def message(reason: str, tongue: Language, problem: object = None) -> Message:
    """The words for a reason, for this problem if it has kinds; if retired, general words."""
    texts = _TEXTS[tongue]
    return Message(*(texts.get(f"{reason}.{problem}") or texts.get(reason) or texts["refusal"]))


def has_words(reason: str) -> bool:
    """Whether a reason has words of its own in every language."""
    return all(reason in texts for texts in _TEXTS.values())
