"""Every fact ever released still loads: `golden/events.jsonl` holds one of each topic, as stored.

A new topic, or a new field of an old one, is appended as a line of its own: `{"topic": …,
"payload": …}`, the payload as `ledger.event.encode` writes it. Lines are never changed or removed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.event import Event, decode, encode, topic_of, topics

FILE = Path(__file__).parents[1] / "golden" / "events.jsonl"


class Line(msgspec.Struct, forbid_unknown_fields=True):
    topic: str
    payload: msgspec.Raw

    @property
    def event(self) -> Event:
        return decode(self.topic, bytes(self.payload))


LINES = [msgspec.json.decode(line, type=Line) for line in FILE.read_bytes().splitlines()]
LATEST = {line.topic: line for line in LINES}


def golden() -> Iterator[tuple[str, Event]]:
    """Return every stored event with its topic."""
    return ((line.topic, line.event) for line in LINES)


def missing(older: Any, newer: Any, path: str = "") -> Iterator[str]:
    """Yield where `newer` lacks or changes a part of `older`; additions are allowed."""
    if isinstance(older, dict) and isinstance(newer, dict):
        for name, value in older.items():
            if name not in newer:
                yield f"{path}.{name}"
            else:
                yield from missing(value, newer[name], f"{path}.{name}")
    elif isinstance(older, list) and isinstance(newer, list) and len(older) == len(newer):
        for number, (one, other) in enumerate(zip(older, newer, strict=True)):
            yield from missing(one, other, f"{path}[{number}]")
    elif older != newer:
        yield path


def golden_event(topic: str) -> Event:
    """Return the first stored event of a topic."""
    found = next((event for name, event in golden() if name == topic), None)
    assert found is not None, wanted(topic)
    return found


def wanted(topic: str) -> str:
    """Say which line a topic lacks."""
    cls = topics()[topic]
    fields = ", ".join(f'"{name}": …' for name in cls.__struct_fields__)
    return (
        f"{cls.__module__}.{cls.__name__} has no line with all of its fields: append\n"
        f'{{"topic": "{topic}", "payload": {{{fields}}}}}\n'
        f"to tests/golden/events.jsonl, the payload as ledger.event.encode writes it: no spaces"
    )


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.topic)
def test_every_released_event_still_loads_and_means_the_same(line: Line) -> None:
    again = msgspec.json.decode(encode(line.event))

    lost = list(missing(msgspec.json.decode(line.payload), again))
    assert not lost, (
        f"{line.topic} no longer tells {lost}: fields of a released event are never renamed,"
        f" removed or changed; restore them in {type(line.event).__module__}, and leave"
        " tests/golden/events.jsonl as it is"
    )
    assert topic_of(line.event) == line.topic


@pytest.mark.parametrize("topic", sorted(topics()))
def test_every_topic_has_a_line_in_its_present_form(topic: str) -> None:
    assert topic in LATEST, wanted(topic)

    line, today = bytes(LATEST[topic].payload).decode(), encode(LATEST[topic].event)
    assert line == today, f"append a line to tests/golden/events.jsonl, with the payload {today}"


@pytest.mark.parametrize("topic", sorted(topics()))
def test_no_field_is_left_out_of_the_golden_line(topic: str) -> None:
    assert topic in LATEST, wanted(topic)

    told = msgspec.json.decode(LATEST[topic].payload)
    assert list(told) == list(topics()[topic].__struct_fields__), wanted(topic)


@pytest.mark.control
def test_a_field_removed_or_renamed_is_found() -> None:
    older = {"card_id": "c1", "lines": [{"kind": "percent_off"}], "day": "2026-05-01"}

    assert list(missing(older, older | {"added": 1})) == []
    assert list(missing(older, {"lines": [{"type": "percent_off"}], "day": "2026-05-02"})) == [
        ".card_id",
        ".lines[0].kind",
        ".day",
    ]
