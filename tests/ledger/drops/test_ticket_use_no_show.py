"""No-shows, and the uses that the events of a ticket add up to."""

from collections import Counter as Count
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import errors
from ledger.drops import INITIAL, Drop
from ledger.drops.events import Cancelled
from ledger.drops.ticket_use import left_on, no_shows
from ledger.event import Event
from ledger.offers.grant import Grants, Used, UseUndone, Withdrawn
from tests.ledger.drops.test_ticket_use import ENDS, GIVEN, MOMENT, TICKET, had, undo, use, used
from tests.support.example_draw import MAY_DAY, announced, drop_after


def test_a_ticket_never_used_is_a_no_show_for_a_year() -> None:
    drops, year = {"may-day": announced()}, timedelta(days=365)

    for at, missed in ((ENDS - MOMENT, 0), (ENDS, 1), (ENDS + year - MOMENT, 1), (ENDS + year, 0)):
        assert no_shows(had(), drops, at) == missed


def test_a_use_that_was_undone_is_none() -> None:
    undone = UseUndone(member_id="m1", grant_id="g1", undone=used(), at=MAY_DAY)

    assert no_shows(had(used(), undone), {"may-day": announced()}, ENDS) == 1


@pytest.mark.parametrize(
    ("grants", "drop"),
    [
        (had(used(people=1)), announced()),
        (had(Withdrawn(member_id="m1", grant_id="g1", ticket=TICKET)), announced()),
        (had(), drop_after(announced(), Cancelled(drop_id="may-day", reason="暴雨"))),
        (had(), INITIAL),
        (had(made=msgspec.structs.replace(GIVEN, ticket=None)), announced()),
    ],
    ids=["used in part", "given back", "called off", "drop unknown", "no ticket"],
)
def test_no_show_is_not_said_of(grants: Grants, drop: Drop) -> None:
    assert no_shows(grants, {"may-day": drop}, ENDS) == 0


steps = st.lists(
    st.one_of(st.none(), st.integers(-1, 4), st.tuples(st.integers(0, 9), st.integers(0, 90))),
    max_size=20,
)


@given(steps)
def test_whatever_is_used_and_undone_a_ticket_admits_its_party_and_facts_recount_it(
    asked: list[Any],
) -> None:
    state, facts = had(), list[Event]()
    for number, one in enumerate(asked):
        held, at = state.held["g1"], MAY_DAY + number * timedelta(minutes=20)
        uses = [fact for fact in facts if isinstance(fact, Used)]
        try:
            if isinstance(one, tuple):
                found = undo(held, uses[one[0] % len(uses)], at=at) if uses else []
            else:
                found = use(held=held, use_id=f"u{number}", people=one, at=at)
        except (errors.Refusal, errors.InputInvalid):
            found = []
        facts += found
        state = had(*facts)

        inside: Count[str] = Count()
        for fact in facts:
            if isinstance(fact, Used):
                inside[fact.use_id] += fact.people
            elif isinstance(fact, UseUndone):
                inside[fact.undone.use_id] -= fact.undone.people
        assert min(inside.values(), default=0) >= 0
        assert left_on(state.held["g1"]) == 3 - inside.total() >= 0
