"""The contract of a kind of benefit, checked for every registered kind."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import immutables
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.benefits
from ledger.benefits import Benefit, Words, benefit, kind, registered_kinds, yuan
from ledger.benefits.fields import Field, fields_of
from ledger.benefits.terms import NOTHING_USED, Tally
from ledger.errors import Refusal
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import KINDS, benefits_of, every_kind, file_of

HERE = Path(__file__).parent

any_benefit = st.sampled_from(KINDS).flatmap(benefits_of)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@st.composite
def tallies(draw: st.DrawFn, today: date) -> Tally:
    """Return the tally of some uses on days up to today, a few of them reversed."""
    tally = NOTHING_USED
    for days_ago in sorted(draw(st.lists(st.integers(0, 60), max_size=6)), reverse=True):
        covered_minor = draw(st.integers(0, 50_00))
        tally = tally.plus(today - timedelta(days_ago), 1, covered_minor, stamping=True)
        if draw(st.booleans()):
            tally = tally.plus(today - timedelta(days_ago), -1, -covered_minor, stamping=True)
    return tally


class Asked(msgspec.Struct, frozen=True):
    """One purchase with a benefit."""

    price_minor: int
    left_minor: int
    used: Tally
    today: date

    def of(self, found: Benefit) -> int | str:
        """Return the amount taken off, or the reason of the refusal."""
        try:
            return found.cover(**msgspec.structs.asdict(self))
        except Refusal as refusal:
            return refusal.reason


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    today = draw(days)
    price_minor = draw(st.integers(1, 300_00) | st.integers(1, AMOUNT_MAX))
    left_minor = draw(st.just(price_minor) | st.integers(1, price_minor))
    return Asked(price_minor, left_minor, draw(tallies(today)), today)


def fault(found: Benefit, asked: Asked) -> str | None:
    """Return how a benefit breaks the contract, or None."""
    answer = asked.of(found)
    if isinstance(answer, int) and answer < 0:
        return "takes off less than nothing"
    if isinstance(answer, int) and answer > asked.left_minor:
        return "takes off more than is left to pay"
    if asked.of(found) != answer:
        return "does not give the same answer twice"
    stored = msgspec.to_builtins(found)
    if asked.of(benefit(found.KIND, json.loads(json.dumps(stored)))) != answer:
        return "gives another answer when it comes back from the log"
    return None


@given(any_benefit, questions())
def test_a_benefit_takes_off_what_is_left_at_most_and_always_the_same(
    found: Benefit, asked: Asked
) -> None:
    assert fault(found, asked) is None, f"{file_of(type(found))}: {found} {fault(found, asked)}"


class Faulty(Benefit, frozen=True):
    """A kind that breaks the contract, as a negative control. It is never registered."""

    KIND: ClassVar[str] = "faulty"
    answers: list[int]

    def cover(self, **_asked: Any) -> int:
        return self.answers.pop(0)


@pytest.mark.control
@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ([-1], "takes off less than nothing"),
        ([101], "takes off more than is left to pay"),
        ([7, 8], "does not give the same answer twice"),
    ],
)
def test_the_contract_finds_a_faulty_kind(answers: list[int], complaint: str) -> None:
    asked = Asked(200, 100, NOTHING_USED, date(2026, 11, 21))

    assert fault(Faulty(answers=answers), asked) == complaint


@pytest.mark.parametrize(
    "left_out",
    [
        lambda found: Benefit.cover(
            found, price_minor=1, left_minor=1, used=NOTHING_USED, today=date(2026, 11, 21)
        ),
        Benefit.check,
        Benefit.describe,
        lambda found: type(found).example(),
    ],
    ids=["cover", "check", "describe", "example"],
)
def test_a_kind_that_leaves_a_part_of_the_contract_out_says_so(
    left_out: Callable[[Benefit], object],
) -> None:
    with pytest.raises(NotImplementedError):
        left_out(Faulty(answers=[]))


# Terms in the log


@given(any_benefit)
def test_terms_survive_the_log(found: Benefit) -> None:
    stored = msgspec.json.encode(found)

    assert benefit(found.KIND, json.loads(stored)) == found


@every_kind
def test_terms_with_a_field_of_tomorrow_still_load(cls: type[Benefit]) -> None:
    stored = msgspec.to_builtins(cls.example()) | {"field_of_tomorrow": 1}

    assert benefit(cls.KIND, stored) == cls.example()


@every_kind
def test_terms_in_any_mapping_are_read(cls: type[Benefit]) -> None:
    kept = immutables.Map(msgspec.to_builtins(cls.example()))

    assert benefit(cls.KIND, kept) == cls.example()


# Descriptions


@given(any_benefit)
def test_a_benefit_describes_itself_in_both_languages(found: Benefit) -> None:
    words = found.describe()

    said = f"{file_of(type(found))}: describe() of {found} says {words}"
    assert re.search(r"[\u4e00-\u9fff]", words.zh), said
    assert re.search(r"[A-Za-z]", words.en), said
    assert found.describe() == words, said
    assert "None" not in words.zh + words.en, said
    assert len(words.zh) <= 100, said
    assert len(words.en) <= 150, said


@every_kind
def test_a_kind_has_a_title_in_both_languages(cls: type[Benefit]) -> None:
    zh, en = cls.TITLE.zh, cls.TITLE.en

    assert re.fullmatch(r"[\u4e00-\u9fff]+", zh), f"{file_of(cls)}: TITLE has no Chinese: {zh!r}"
    assert re.fullmatch(r"[A-Z][a-z ]+", en), (
        f"{file_of(cls)}: TITLE is not like 'Set price': {en!r}"
    )


@every_kind
def test_each_field_of_a_kind_has_words_in_both_languages(cls: type[Benefit]) -> None:
    def words_of(fields: Iterable[Field]) -> Iterator[Words]:
        for one in fields:
            yield from (one.words, *one.choices.values(), *words_of(one.parts))

    for words in words_of(fields_of(cls)):
        assert re.search(r"[\u4e00-\u9fff]", words.zh), f"{file_of(cls)}: no Chinese in {words}"
        assert re.match(r"[A-Z]", words.en), f"{file_of(cls)}: no English in {words}"


@pytest.mark.parametrize(
    ("amount_minor", "text"),
    [(30_00, "30"), (9_90, "9.9"), (9_99, "9.99"), (5, "0.05"), (0, "0"), (100_000_00, "100000")],
)
def test_an_amount_reads_as_on_a_price_tag(amount_minor: int, text: str) -> None:
    assert yuan(amount_minor) == text


# The registry


def test_every_file_in_the_folder_is_one_kind_with_a_test_file() -> None:
    folder = Path(ledger.benefits.__file__).parent / "kinds"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    tests = {path.stem.removeprefix("test_") for path in (HERE / "kinds").glob("test_*.py")}

    assert files <= set(registered_kinds()), (
        f"{folder}: {files - set(registered_kinds())} register no kind of the name of their file:"
        ' decorate the class with @kind and set KIND: ClassVar[str] = "<name of the file>"'
    )
    assert set(registered_kinds()) <= files, f"{folder} has one file for each KIND, of its name"
    assert files <= tests, f"{HERE}/kinds: add test_<kind>.py for {files - tests}"


def test_a_name_that_is_taken_is_not_registered_again() -> None:
    class Another(Benefit, frozen=True):
        KIND: ClassVar[str] = KINDS[0].KIND

    with pytest.raises(ValueError, match=KINDS[0].KIND):
        kind(Another)

    assert registered_kinds()[KINDS[0].KIND] is KINDS[0]


def test_a_kind_without_a_part_of_the_contract_is_not_registered() -> None:
    with pytest.raises(TypeError, match="Faulty lacks TITLE, check, describe, example"):
        kind(Faulty)

    assert Faulty.KIND not in registered_kinds()
