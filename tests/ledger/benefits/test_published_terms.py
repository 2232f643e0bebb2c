"""The terms that may be published, checked for every registered kind of benefit."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.benefits import Benefit, benefit, checked_benefit
from ledger.benefits.terms import NOTHING_USED, Rules
from ledger.errors import ShowAsTicket, TermsInvalid
from ledger.offers import grant, offer
from tests.support.benefit_terms import (
    KINDS,
    bad_structs,
    every_kind,
    every_published_kind,
    file_of,
)
from tests.support.given_when_then import refusing

every_ticket = pytest.mark.parametrize(
    "cls", [cls for cls in KINDS if cls.TICKET], ids=lambda cls: cls.KIND
)


@every_published_kind
def test_the_example_of_a_kind_can_be_published(cls: type[Benefit]) -> None:
    example = cls.example()

    assert checked_benefit(cls.KIND, msgspec.to_builtins(example)) == example


@every_ticket
def test_a_ticket_is_neither_published_nor_granted_by_hand(cls: type[Benefit]) -> None:
    terms: Any = msgspec.to_builtins(cls.example())
    named: Any = {"title": "", "kind": cls.KIND, "terms": terms, "rules": Rules()}

    for ask in (
        lambda: offer.publish(offer.INITIAL, offer_id="rose-garden", **named),
        lambda: grant.make(grant.INITIAL, member_id="m1", card_id="c1", grant_id="g1", **named),
    ):
        with refusing(TermsInvalid(field="kind", kind=cls.KIND)):
            ask()


@every_ticket
def test_a_ticket_takes_nothing_off_a_price(cls: type[Benefit]) -> None:
    example = cls.example()
    example.check()

    with pytest.raises(ShowAsTicket):
        example.cover(
            price_minor=45_00, left_minor=45_00, used=NOTHING_USED, today=date(2019, 5, 1)
        )


def refused_field(found: Benefit) -> object:
    try:
        found.check()
    except TermsInvalid as refused:
        return refused.particulars["field"]
    return None


@every_kind
def test_each_field_out_of_range_is_refused_by_name(cls: type[Benefit]) -> None:
    for field, bad in bad_structs(cls.example()):
        place = f"{file_of(cls)}: check() must raise TermsInvalid(field={field!r}) for {bad}"
        assert refused_field(bad) == field, place[:1_000]


@every_published_kind
def test_a_misspelt_field_cannot_be_published(cls: type[Benefit]) -> None:
    terms = msgspec.to_builtins(cls.example()) | {"worth_max": 50_00}

    with refusing(TermsInvalid(field="worth_max")):
        checked_benefit(cls.KIND, terms)


def test_a_misspelt_field_in_a_part_of_the_terms_cannot_be_published() -> None:
    service = {"zh": "理发", "en": "haircut", "de": "Haarschnitt"}

    with refusing(TermsInvalid(field="de")):
        checked_benefit("free_service", {"times": 1, "service": service})


def test_terms_out_of_range_cannot_be_published() -> None:
    with refusing(TermsInvalid(field="every", least=2, most=10_000)):
        checked_benefit("stamp_card", {"every": 1})


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"basis_points": "2000"},
        {"basis_points": True},
        {"basis_points": 0.5},
        {"basis_points": float("nan")},
        {"basis_points": 10**5_000},
        {"basis_points": None},
        {"basis_points": "\ud800"},
        {"basis_points": object()},
    ],
    ids=["none", "text", "true", "part", "nan", "huge", "null", "surrogate", "object"],
)
def test_terms_of_another_shape_are_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(TermsInvalid) as refused:
        benefit("percent_off", terms)

    assert refused.value.particulars["field"] == "terms"


def test_an_unknown_kind_is_refused() -> None:
    with refusing(TermsInvalid(field="kind", kind="lottery")):
        benefit("lottery", {})
