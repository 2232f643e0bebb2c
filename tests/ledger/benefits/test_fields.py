"""The fields of a kind, and the faults that name file, line and remedy."""

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from ledger.benefits import Words
from ledger.benefits.fields import Unit, fields_of
from tests.support.sample_kind import Sample, Weather

DAY = Words("日子", "Day")


class WithoutWords(msgspec.Struct):
    amount_minor: int


class WithoutChoices(msgspec.Struct):
    weather: Annotated[Weather, DAY]


class WithUnknownType(msgspec.Struct):
    name: Annotated[str, DAY]
    day: Annotated[date | None, DAY] = None


def test_fields_of_every_shape_are_described() -> None:
    steps, best, lucky, weather, note, name = fields_of(Sample)

    assert (steps.many, steps.required, steps.unit) == (True, True, Unit.GROUP)
    assert [(one.name, one.unit) for one in steps.parts] == [
        ("threshold_minor", Unit.YUAN),
        ("basis_points", Unit.PERCENT),
    ]
    assert (best.many, best.required, best.parts) == (False, False, steps.parts)
    assert (lucky.many, lucky.unit, lucky.row.many) == (True, Unit.COUNT, False)
    assert {value: words.en for value, words in weather.choices.items()} == {
        "sun": "Sun",
        "rain": "Rain",
    }
    assert (note.unit, note.words) == (Unit.TEXT, Words("说明", "Note"))
    assert [(one.name, one.required) for one in name.parts] == [("zh", True), ("en", False)]


@pytest.mark.parametrize(
    ("struct", "line", "problem"),
    [
        (WithoutWords, "    amount_minor: int", "has no words: write `amount_minor: Annotated"),
        (WithoutChoices, "    weather: ", "has no words for its choices"),
        (WithUnknownType, "    day: ", "which no form knows"),
    ],
)
def test_a_field_that_forms_cannot_ask_for_is_named_with_its_line(
    struct: type[msgspec.Struct], line: str, problem: str
) -> None:
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    number = next(n for n, text in enumerate(source, 1) if text.startswith(line))

    with pytest.raises(TypeError, match=problem) as failed:
        fields_of(struct)

    assert str(failed.value).startswith(f"{__file__}:{number}: {struct.__name__}.")
