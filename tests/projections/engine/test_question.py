from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import MetaData, Table

import projections
from ledger.benefits import Words
from projections.engine import registry
from projections.engine.question import Sums, as_dict, latest_first, sorted_by_key
from projections.engine.schema import counter, key, position, text

SAID = Words("说", "said")


def sums(*columns: Any, by: tuple[str, ...] = ()) -> Sums:
    """Return a question of sums over a table of these columns."""
    table = Table("colours_1", MetaData(), *columns, counter("visits", SAID))
    return Sums(table, title=SAID, about=SAID, by=by, examples=("",))


def test_sums_are_grouped_and_narrowed_by_the_keys_of_the_table() -> None:
    question = sums(key("day"), key("merchant_id"), key("choice_id"), key("colour", SAID))

    assert question.groups == {
        "day": "day",
        "month": "month",
        "merchant": "merchant_id",
        "offer": "choice_id",
        "colour": "colour",
    }
    assert [one.name for one in question.options] == ["merchant", "offer", "colour"]
    assert question.counters == ["visits"]
    assert question.by_days


def test_a_table_without_days_has_neither_months_nor_a_period() -> None:
    question = sums(key("colour", SAID), by=("colour",))

    assert [*question.groups] == ["colour"]
    assert not question.by_days


def test_a_column_without_words_is_named_with_its_file() -> None:
    with pytest.raises(LookupError, match=r"projections/colours\.py: the column 'colour' needs"):
        sums(key("colour"))


def test_a_group_that_is_no_key_is_named_with_the_keys_there_are() -> None:
    with pytest.raises(LookupError, match=r"projections/colours\.py.*\['shade'\].*colour"):
        sums(key("colour", SAID), by=("shade",))


class Visit(NamedTuple):
    position: int
    shop: str
    card: str

    @property
    def both(self) -> str:
        """Return the shop and the card."""
        return f"{self.shop} {self.card}"


def test_a_row_shows_its_fields_and_then_its_properties() -> None:
    table = Table("visits_1", MetaData(), position(), text("shop"), text("card"))
    question = latest_first(table, Visit, about=SAID, examples=("",), filters=("shop",))

    assert question.shown == ("position", "shop", "card", "both")
    assert as_dict(Visit(1, "mill", "c1")) == {
        "position": 1,
        "shop": "mill",
        "card": "c1",
        "both": "mill c1",
    }
    assert question.following(Visit(7, "mill", "c1")) == {"before": 7}


def test_rows_sorted_by_key_go_on_after_the_keys_of_the_last() -> None:
    table = Table("visits_2", MetaData(), key("shop"), key("card"), counter("visits"))
    question = sorted_by_key(table, Visit, about=SAID, examples=("",))

    assert question.following(Visit(7, "mill", "c1")) == {"after": (7, "mill")}


@pytest.mark.parametrize(
    ("name", "source", "missing"),
    [
        ("half_named", "NAME = 'half_1'", "table and project"),
        ("half_folded", "def project(event, fact): ...", "NAME and table"),
    ],
)
def test_half_a_projection_is_told_its_missing_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, missing: str
) -> None:
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(projections, "__path__", [str(tmp_path)])

    with pytest.raises(TypeError, match=rf"projections/{name}\.py: define {missing}"):
        list(registry._found())
