"""Text of a fact has no control characters and no invisible marks; what had them is read on."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.application import Ledger
from ledger.errors import InputInvalid
from ledger.event import decode, topics
from ledger.members.card import Issued
from ledger.text import is_sound, sound_json, sound_text, unmarked
from ledger.write.request import Request
from tests.checks.test_golden import LATEST
from tests.support.ledger_fixture import event_count

ODD = "\0\1\n\r\t\x1b\x7f\x85\xad\u061c\u200b\u200e\u202a\u202e\u2028\u2066\u2069\ufeff"
SOUND = (
    "",
    "密云水库",
    "〇",
    "\U00031350",
    "葛\U000e0100",
    "é́",
    "👩‍🌾",
    'a "b" \\c',
    "　全　角",
    "\ue000",
)


@pytest.mark.parametrize("odd", ODD)
def test_a_control_or_an_invisible_mark_is_not_sound(odd: str) -> None:
    assert not is_sound(f"密云{odd}水库")
    assert sound_json(json.dumps(odd)) == '"\ufffd"'


@pytest.mark.parametrize("text", SOUND)
def test_what_people_write_is_sound(text: str) -> None:
    stored = msgspec.json.encode(text).decode()

    assert is_sound(text)
    assert sound_json(stored) is stored or "\\" in stored
    assert sound_json(stored) == stored


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(f'{ODD}"\\/u00')))
def test_stored_text_is_changed_at_its_odd_characters_alone(text: str) -> None:
    stored = msgspec.json.encode({text: [text]}).decode()
    expected = "".join(one if is_sound(one) else "\ufffd" for one in text)

    assert msgspec.json.decode(sound_json(stored)) == {expected: [expected]}


def test_typed_text_is_composed_and_its_spaces_are_single() -> None:
    assert sound_text(" Cafe\u0301 \n 密云　水库 ", field="x", most=20) == "Café 密云 水库"
    assert unmarked("\u202d138 0013\u200b 8000\u202c") == "138 0013 8000"
    for wrong in ("", "x" * 21, "a\0b", "a\u202eb"):
        with pytest.raises(InputInvalid):
            sound_text(wrong, field="x", most=20, least=1)


def planted(value: Any, odd: str) -> Iterator[Any]:
    """Yield a JSON value with the odd character in one of its texts, for each text in turn."""
    if isinstance(value, str):
        yield value[:1] + odd + value[1:]
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            for changed in planted(inner, odd):
                copy: Any = value.copy()
                copy[key] = changed
                yield copy


@pytest.mark.parametrize("odd", ["\0", "\1", "\u202e"])
def test_no_text_of_any_event_is_recorded_with_an_odd_character(ledger: Ledger, odd: str) -> None:
    # Given each event, with such a character in each of its texts in turn
    before, tried = event_count(ledger), set[str]()
    for line in LATEST.values():
        for changed in planted(msgspec.json.decode(line.payload), odd):
            try:
                event = msgspec.convert(changed, topics()[line.topic])
            except msgspec.ValidationError:
                continue  # no free text
            tried.add(line.topic)
            # When it is to be recorded
            with pytest.raises(InputInvalid):
                ledger.writer.ask(Request(lambda *_, one=event: [one], by="officer-zhao"))
    # Then it is refused, and nothing is recorded
    assert event_count(ledger) == before
    assert len(tried) > len(LATEST) / 2


@pytest.mark.parametrize(("name", "told"), [("branch", "密云\0工会"), ("groups", ["青\u202e年"])])
def test_the_refusal_names_the_field(ledger: Ledger, name: str, told: Any) -> None:
    with pytest.raises(InputInvalid) as refused:
        ledger.officers.cards.register_member("m9", **{"branch": "密云", name: told})

    assert refused.value.particulars == {"field": name, "problem": "odd_characters"}


def test_an_old_fact_is_read_with_a_mark_for_each_odd_character() -> None:
    stored = '{"card_id":"c\\u0000\u202e1","member_id":"m\\"1\\\\u0000"}'

    event = decode("card.issued", stored)

    assert event == Issued(card_id="c\ufffd\ufffd1", member_id='m"1\\u0000')
