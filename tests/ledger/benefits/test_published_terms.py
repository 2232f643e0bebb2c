"""What may be published as the terms of a benefit: asked of every kind that is registered."""

from __future__ import annotations

import types
from datetime import date
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from ledger.benefits import Benefit, Words, benefit, checked_benefit, registered_kinds
from ledger.benefits.terms import NOTHING_USED, Period, Rules
from ledger.errors import ShowAsTicket, TermsInvalid
from ledger.money import AMOUNT_MAX
from ledger.offers import grant, offer

KINDS = sorted(registered_kinds().values(), key=lambda cls: cls.KIND)
TICKETS = [cls for cls in KINDS if cls.TICKET]
every_kind = pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.KIND)
every_ticket = pytest.mark.parametrize("cls", TICKETS, ids=lambda cls: cls.KIND)
every_other_kind = pytest.mark.parametrize(
    "cls", [cls for cls in KINDS if not cls.TICKET], ids=lambda cls: cls.KIND
)


@every_other_kind
def test_the_example_of_a_kind_can_be_published(cls: type[Benefit]) -> None:
    example = cls.example()

    assert checked_benefit(cls.KIND, msgspec.to_builtins(example)) == example


def test_two_kinds_are_tickets() -> None:
    assert [cls.KIND for cls in TICKETS] == ["admission", "goods"]


@every_ticket
def test_a_ticket_is_neither_published_nor_granted_by_hand(cls: type[Benefit]) -> None:
    terms: Any = msgspec.to_builtins(cls.example())
    named: Any = {"title": "", "kind": cls.KIND, "terms": terms, "rules": Rules()}

    for ask in (
        lambda: offer.publish(offer.INITIAL, offer_id="rose-garden", **named),
        lambda: grant.make(grant.INITIAL, member_id="m1", card_id="c1", grant_id="g1", **named),
    ):
        with pytest.raises(TermsInvalid) as refused:
            ask()
        assert refused.value.particulars == {"field": "kind", "kind": cls.KIND}


@every_ticket
def test_a_ticket_takes_nothing_off_a_price(cls: type[Benefit]) -> None:
    example = cls.example()
    example.check()

    with pytest.raises(ShowAsTicket):
        example.cover(
            price_minor=45_00, left_minor=45_00, used=NOTHING_USED, today=date(2019, 5, 1)
        )


BAD_VALUES: dict[Any, list[Any]] = {
    int: [-1, AMOUNT_MAX + 1, 10**30],
    Words: [Words("", "x"), Words("x", " "), Words("x" * 1_000, "x"), Words("x\x00", "x")],
    Period: [],  # its shape leaves no room
    types.NoneType: [],
}


def types_of(cls: type[Benefit], field: str) -> tuple[Any, ...]:
    hint = get_type_hints(cls)[field]
    return get_args(hint) or (hint,)


@every_kind
def test_each_field_out_of_range_is_refused_by_name(cls: type[Benefit]) -> None:
    bad = [
        (field, value)
        for field in cls.__struct_fields__
        for each in types_of(cls, field)
        for value in BAD_VALUES[each]
    ]

    for field, value in bad:
        with pytest.raises(TermsInvalid) as refused:
            msgspec.structs.replace(cls.example(), **{field: value}).check()
        assert refused.value.particulars["field"] == field


@every_other_kind
def test_a_misspelt_field_cannot_be_published(cls: type[Benefit]) -> None:
    terms = msgspec.to_builtins(cls.example()) | {"worth_max": 50_00}

    with pytest.raises(TermsInvalid) as refused:
        checked_benefit(cls.KIND, terms)

    assert refused.value.particulars == {"field": "worth_max"}


def test_terms_out_of_range_cannot_be_published() -> None:
    with pytest.raises(TermsInvalid) as refused:
        checked_benefit("stamp_card", {"every": 1})

    assert refused.value.particulars == {"field": "every", "least": 2, "most": 10_000}


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
    with pytest.raises(TermsInvalid) as refused:
        benefit("lottery", {})

    assert refused.value.particulars == {"field": "kind", "kind": "lottery"}
