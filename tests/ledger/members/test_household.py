"""A household: the tickets of its members by drop, counted up and down."""

from ledger.members import household
from ledger.members.household import Counted, Taken
from tests.support.given_when_then import Given

TOOK_ONE = Counted(household_id="h1", drop_id="may-day", tickets=1)
ENTERED = Counted(household_id="h1", drop_id="new-year", entries=1)
WON = Counted(household_id="h1", drop_id="new-year", tickets=1, entries=-1)
GAVE_BACK = Counted(household_id="h1", drop_id="may-day", tickets=-1)


def test_what_a_household_has_is_counted_by_drop() -> None:
    home = Given("household", TOOK_ONE, TOOK_ONE, ENTERED).state

    assert home.of("may-day") == Taken(tickets=2)
    assert home.of("new-year") == Taken(entries=1)
    assert home.of("double-ninth") == Taken() == household.INITIAL.of("may-day")


def test_an_entry_that_won_is_a_ticket_and_what_is_given_back_counts_no_more() -> None:
    home = Given("household", TOOK_ONE, ENTERED, WON, GAVE_BACK).state

    assert home.of("new-year") == Taken(tickets=1)
    assert home.of("may-day") == Taken()


def test_its_facts_are_of_its_stream() -> None:
    assert TOOK_ONE.stream == "household-h1"
