"""Goods (实物)."""

import pytest

from ledger.benefits.kinds.goods import Goods
from ledger.benefits.tickets import is_handed_over, ticket_kinds, ticket_terms
from ledger.errors import TermsInvalid
from tests.support.benefit_terms import assert_stored_terms_load


def test_a_parcel_is_handed_over_whatever_the_party() -> None:
    assert Goods.TICKET
    assert ticket_terms("goods", 1) == {}
    assert is_handed_over("goods")


def test_tickets_of_an_unknown_kind_are_neither_made_nor_handed_over() -> None:
    with pytest.raises(TermsInvalid):
        ticket_terms("moonlight", 1)

    assert not is_handed_over("moonlight")
    assert all(cls.TICKET for cls in ticket_kinds().values())


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(Goods, "{}")
