"""Spring Festival 2020: gift packs by lot, where a no-show on May Day halves the lots.

The scenario continues May Day 2019. The lottery numbers are made up.
"""

from collections.abc import Callable

from ledger.drops.eligibility import Asked
from ledger.members.authorization import Principal
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.may_day import CARDHOLDERS
from pos_gateway.demonstration.scenarios.stage import OFFICER, Stage, beijing, recorded, ticket_of

DROP = "spring-festival-2020"
WITHDRAWN = 20
NOT_COLLECTED = 9
NUMBERS = [[3, 9, 14, 20, 27, 31], [8]]
"""Six red balls and a blue one, as in that evening's lottery."""

_RECORDED = recorded(DROP)
PLAN, (STATION,) = _RECORDED.plan, _RECORDED.places


def _asked(place: int) -> Asked:
    """Return the request of the member at this index, with an entry id of its own."""
    return _RECORDED.asked(DROP, f"entry-{place:04}")


def play(stage: Stage) -> Figures:
    """Play the scenario on the stage that `may_day.play` left, and return its figures."""
    stage.go_to(beijing("2020-01-08 09:00"))
    stage.announce(DROP, _RECORDED)
    members = [f"m{number:04}" for number in range(1, CARDHOLDERS + 1)]
    _enter(stage, members)
    _draw(stage)
    _collect(stage, members)
    return figures(stage.facts(), DROP)


def _enter(stage: Stage, members: list[str]) -> None:
    """Enter all members; some enter twice in vain, some withdraw, and one is too late."""
    stage.go_to(PLAN.opens_at)
    asking = [Principal(member_id=member_id) for member_id in members]
    stage.rush((_asked(place), one) for place, one in enumerate(asking))
    stage.rush([(_asked(len(members)), asking[0])])
    stage.each(
        lambda one: stage.ledger.members.claims.withdraw_entry(DROP, one),
        asking[500 : 500 + WITHDRAWN],
    )
    stage.go_to(PLAN.closes_at)
    stage.rush([(_asked(len(members) + 1), asking[500])])


def _draw(stage: Stage) -> None:
    """Freeze the list, fix the seed on its day (too early and other numbers: refused), award."""
    stage.go_to(beijing("2020-01-18 10:00"))
    stage.ledger.officers.draws.freeze_entries(DROP, by=OFFICER)
    stage.each(_fix_seed(stage), [NUMBERS])
    stage.go_to(beijing("2020-01-19 21:30"))
    stage.each(_fix_seed(stage), [NUMBERS, NUMBERS])
    stage.each(_fix_seed(stage), [[[1, 2, 3, 4, 5, 6], [7]]])
    for _ in stage.ledger.officers.draws.award(DROP, by=OFFICER):
        pass


def _fix_seed(stage: Stage) -> Callable[[list[list[int]]], object]:
    return lambda numbers: stage.ledger.officers.draws.fix_seed(DROP, numbers=numbers, by=OFFICER)


def _collect(stage: Stage, members: list[str]) -> None:
    stage.go_to(beijing("2020-01-21 10:00"))
    tickets = [(one, ticket_of(_asked(place), one)) for place, one in enumerate(members)]
    won = [one for one in tickets if one[1] in stage.ledger.grants(one[0]).held]
    stage.each(lambda one: _hand_over(stage, *one), won[:-NOT_COLLECTED])


def _hand_over(stage: Stage, member_id: str, ticket: str) -> None:
    card_id = stage.ledger.member(member_id).card_id  # one was replaced on May Day
    stage.use(f"pack-{member_id}", member_id, ticket, STATION, card_id=card_id)
