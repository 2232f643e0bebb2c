"""What every kind of benefit keeps, whichever it is: asked of all that are registered."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar, get_args, get_type_hints

import immutables
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.benefits
from ledger.benefits import Benefit, Words, benefit, kind, registered_kinds, yuan
from ledger.benefits.terms import NOTHING_USED, Period, Tally
from ledger.errors import Refusal, TermsInvalid
from ledger.money import AMOUNT_MAX, WHOLE

KINDS = sorted(registered_kinds().values(), key=lambda cls: cls.KIND)
every_kind = pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.KIND)

RELEASED: dict[str, tuple[str, Mapping[str, Any]]] = {
    # The terms as the first release stored them, shortest form, and what they must go on to mean.
    "admission": ('{"party":3}', {"party": 3}),
    "allowance": (
        '{"amount_minor":3000,"period":"month"}',
        {"amount_minor": 30_00, "period": Period.MONTH},
    ),
    "amount_off": ('{"amount_minor":2000}', {"amount_minor": 20_00, "threshold_minor": 0}),
    "free_service": (
        '{"times":2}',
        {"times": 2, "worth_max_minor": None, "service": Words("服务", "service")},
    ),
    "goods": ("{}", {}),
    "percent_off": ('{"basis_points":2000}', {"basis_points": 2_000}),
    "set_price": ('{"member_price_minor":3000}', {"member_price_minor": 30_00}),
    "stamp_card": ('{"every":5}', {"every": 5, "worth_max_minor": None}),
}


# What is taken off


SOME_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 200) | st.integers(0, WHOLE) | st.integers(0, AMOUNT_MAX),
    types.NoneType: st.none(),
    Period: st.sampled_from(Period),
    Words: st.builds(Words, st.text(max_size=45), st.text(max_size=45)),
}


def hints(cls: type[Benefit]) -> dict[str, Any]:
    return {name: get_type_hints(cls)[name] for name in cls.__struct_fields__}


def types_of(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) or (hint,)


def publishable(found: Benefit) -> bool:
    try:
        found.check()
    except TermsInvalid:
        return False
    return True


def benefits_of(cls: type[Benefit]) -> st.SearchStrategy[Benefit]:
    """Any terms of a kind that could be published, and its example."""
    fields = {
        name: st.one_of([SOME_VALUES[each] for each in types_of(hint)])
        for name, hint in hints(cls).items()
    }
    return st.just(cls.example()) | st.builds(cls, **fields).filter(publishable)


any_benefit = st.sampled_from(KINDS).flatmap(benefits_of)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@st.composite
def tallies(draw: st.DrawFn, today: date) -> Tally:
    """What some uses on days up to today have left behind, a few of them reversed."""
    tally = NOTHING_USED
    for days_ago in sorted(draw(st.lists(st.integers(0, 60), max_size=6)), reverse=True):
        covered_minor = draw(st.integers(0, 50_00))
        tally = tally.plus(today - timedelta(days_ago), 1, covered_minor)
        if draw(st.booleans()):
            tally = tally.plus(today - timedelta(days_ago), -1, -covered_minor)
    return tally


class Asked(msgspec.Struct, frozen=True):
    """One question to a benefit."""

    price_minor: int
    left_minor: int
    used: Tally
    today: date

    def of(self, found: Benefit) -> int | str:
        """What is taken off, or the reason why nothing is."""
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
    """What a benefit does that none may, if anything."""
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
    assert fault(found, asked) is None


class Faulty(Benefit, frozen=True):
    """A kind that breaks the contract, to show that the contract is asked. Never registered."""

    KIND: ClassVar[str] = "faulty"
    answers: list[int]

    def cover(self, **_asked: Any) -> int:
        return self.answers.pop(0)


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


@pytest.mark.parametrize("name", RELEASED)
def test_terms_stored_by_the_first_release_still_load(name: str) -> None:
    stored, meaning = RELEASED[name]

    loaded = benefit(name, json.loads(stored))

    released = {field: getattr(loaded, field) for field in meaning}
    assert released == meaning
    assert loaded.__struct_fields__[: len(meaning)] == tuple(meaning)


@every_kind
def test_terms_with_a_field_of_tomorrow_still_load(cls: type[Benefit]) -> None:
    stored = msgspec.to_builtins(cls.example()) | {"field_of_tomorrow": 1}

    assert benefit(cls.KIND, stored) == cls.example()


def test_terms_in_any_mapping_are_read() -> None:
    kept = immutables.Map(basis_points=2_000)

    assert benefit("percent_off", kept) == registered_kinds()["percent_off"].example()


# What it says of itself


@given(any_benefit)
def test_a_benefit_describes_itself_in_both_languages(found: Benefit) -> None:
    words = found.describe()

    assert re.search(r"[\u4e00-\u9fff]", words.zh)
    assert re.search(r"[A-Za-z]", words.en)
    assert found.describe() == words
    assert "None" not in words.zh + words.en
    assert len(words.zh) <= 100
    assert len(words.en) <= 150


@every_kind
def test_a_kind_has_a_title_in_both_languages(cls: type[Benefit]) -> None:
    assert re.fullmatch(r"[\u4e00-\u9fff]+", cls.TITLE.zh)
    assert re.fullmatch(r"[A-Z][a-z ]+", cls.TITLE.en)


@pytest.mark.parametrize(
    ("amount_minor", "text"),
    [(30_00, "30"), (9_90, "9.9"), (9_99, "9.99"), (5, "0.05"), (0, "0"), (100_000_00, "100000")],
)
def test_an_amount_reads_as_on_a_price_tag(amount_minor: int, text: str) -> None:
    assert yuan(amount_minor) == text


# The registry


def test_every_file_in_the_folder_is_one_kind() -> None:
    folder = Path(ledger.benefits.__file__).parent / "kinds"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    assert set(registered_kinds()) == files


def test_a_name_that_is_taken_is_not_registered_again() -> None:
    class Another(Benefit, frozen=True):
        KIND: ClassVar[str] = "percent_off"

    with pytest.raises(ValueError, match="percent_off"):
        kind(Another)

    assert registered_kinds()["percent_off"] is not Another
