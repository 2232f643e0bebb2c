"""Seasonal care, summer 2019: cooling goods for every delivery rider, by allotment.

Each set brings 250 yuan: 2,000 of them are the 500,000 yuan on record.
"""

from itertools import cycle

from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import OFFICER, Stage, beijing, recorded, ticket_of

DROP = "cooling-2019"
BEGINS = beijing("2019-06-24 09:00")
GROUP = "新就业形态"
RIDERS, OTHERS = 2_000, 40
NOT_COLLECTED = 75
_RECORDED = recorded(DROP)
PLAN, STATIONS = _RECORDED.plan, _RECORDED.places
_ASKED = _RECORDED.asked(DROP, "cooling")


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures."""
    stage.announce(DROP, _RECORDED)
    riders = stage.enrol(RIDERS, group=GROUP, prefix="rider-")
    others = stage.enrol(OTHERS)
    stage.go_to(PLAN.opens_at)
    _allot(stage, [*riders, *others])
    _allot(stage, riders[:100])  # a list that is sent twice allots nothing twice
    _hand_over(stage, riders[: RIDERS - NOT_COLLECTED])
    return figures(stage.facts(), DROP)


def _allot(stage: Stage, members: list[str]) -> None:
    stage.each(
        lambda member_id: stage.ledger.officers.drops.allot(
            _ASKED, member_id=member_id, by=OFFICER
        ),
        members,
    )


def _hand_over(stage: Stage, riders: list[str]) -> None:
    """Hand each rider's goods over, at the stations in turn."""
    stage.go_to(beijing("2019-07-05 10:00"))
    stage.each(
        lambda visit: stage.use(visit[0], visit[0], ticket_of(_ASKED, visit[0]), visit[1]),
        zip(riders, cycle(STATIONS)),
    )
