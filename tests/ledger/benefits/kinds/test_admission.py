"""Admission (入场券)."""

import pytest

from ledger.benefits import USES_MAX
from ledger.benefits.kinds.admission import Admission
from ledger.benefits.tickets import is_handed_over, ticket_terms
from ledger.errors import TermsInvalid
from tests.support.benefit_terms import assert_stored_terms_load


@pytest.mark.parametrize("party", [0, USES_MAX + 1])
def test_a_party_out_of_range_is_refused(party: int) -> None:
    with pytest.raises(TermsInvalid) as refused:
        Admission(party=party).check()

    assert refused.value.particulars["field"] == "party"


def test_a_ticket_admits_the_party_it_is_claimed_for() -> None:
    assert Admission.TICKET
    assert ticket_terms("admission", 2) == {"party": 2}
    assert not is_handed_over("admission")


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(Admission, '{"party":3}', party=3)
