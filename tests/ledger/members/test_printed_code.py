"""A printed code leads to one card for ever."""

from ledger import errors
from ledger.members import printed_code
from tests.support.given_when_then import Given

ASSIGNED = printed_code.Assigned(code_hash="4f2a", card_id="c1")


def test_a_number_is_assigned_to_a_card() -> None:
    Given("code").when(printed_code.assign, code_hash="4f2a", card_id="c1").then(ASSIGNED)


def test_a_number_never_leads_to_another_card() -> None:
    Given("code", ASSIGNED).when(printed_code.assign, code_hash="4f2a", card_id="c2").then_refused(
        errors.CodeSuperseded
    )


def test_a_number_has_a_stream_of_its_own() -> None:
    assert ASSIGNED.stream == "code-4f2a"
