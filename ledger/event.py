"""The base of all events, the recorded fact, and the registry of stored topics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from ledger.text import sound_json


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event, named in the past tense; each subclass is stored as JSON under its topic.

    The fields are the storage contract: append only, with defaults; never rename, reorder or
    remove. No field may hold personal data: a member is an opaque id.
    """

    STREAM: ClassVar[tuple[str, str]]
    """The category of the event's stream, and the name of the field that holds the stream's id."""

    @property
    def stream(self) -> str:
        """The name of the stream of this event: `category-id`."""
        category, field = self.STREAM
        return f"{category}-{getattr(self, field)}"


class Fact(msgspec.Struct, frozen=True):
    """An event as the log holds it.

    `position` counts in the whole log and `version` in the stream, both from 1. `at` is the
    ledger's time (aware, UTC) and never falls from one position to the next. `by` is the actor
    (`till-…`, `member-…`, `officer-…`, `system`). Of the facts of a request, only the one that
    answers it has its `request_id`; the others have None. `account` is the system account that
    recorded it at a terminal, else empty. `leaf` is its leaf hash.
    """

    position: int
    stream: str
    version: int
    topic: str
    at: datetime
    event: Event
    by: str
    request_id: str | None = None
    account: str = ""
    leaf: bytes = b""


class UnknownTopic(LookupError):
    """The log holds a topic that this program does not know: a newer program wrote it."""


def stream_namer(category: str) -> Callable[[str], str]:
    """Return a function from an id to the name of its stream, `category-id`."""
    return f"{category}-".__add__


E = TypeVar("E", bound=Event)

_CLASSES: dict[str, type[Event]] = {}
_TOPICS: dict[type[Event], str] = {}
_WORDS: dict[str, tuple[str, str]] = {}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {}
_ENCODE = msgspec.json.Encoder().encode


def topic(name: str, zh: str, en: str) -> Callable[[type[E]], type[E]]:
    """Return a class decorator that registers an event under a topic, such as `staff.appointed`.

    `zh` and `en` are the words for it in the audit log. A topic that is taken raises ValueError.
    """

    def register(cls: type[E]) -> type[E]:
        if name in _CLASSES:
            raise ValueError(f"topic {name!r} is taken by {_CLASSES[name].__name__}")
        _CLASSES[name] = cls
        _WORDS[name] = (zh, en)
        _TOPICS[cls] = name
        _DECODERS[name] = msgspec.json.Decoder(cls)
        return cls

    return register


def topic_of(event: Event) -> str:
    """Return the topic under which an event is stored; KeyError for an unregistered class."""
    return _TOPICS[type(event)]


def topics() -> dict[str, type[Event]]:
    """Return the event class of every topic known to this program, by topic."""
    return dict(_CLASSES)


def topic_words() -> dict[str, tuple[str, str]]:
    """Return the words of every topic for the audit log: (Chinese, English), by topic."""
    return dict(_WORDS)


def encode(event: Event) -> str:
    """Return the fields of an event as compact JSON; `decode` reads it."""
    return _ENCODE(event).decode()


def decode(name: str, payload: str | bytes) -> Event:
    """Return the event of a stored topic, `name`, and its JSON payload.

    A control character or invisible mark, which releases to 2026.11.2 recorded, is read as U+FFFD,
    so that no fold and no database of a projection stops at it.

    Raises:
        UnknownTopic: no class is registered for the topic.
        ValidationError: the payload does not fit the class.
    """
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise UnknownTopic(name)
    text = payload if isinstance(payload, str) else payload.decode()
    event: Event = decoder.decode(sound_json(text))
    return event
