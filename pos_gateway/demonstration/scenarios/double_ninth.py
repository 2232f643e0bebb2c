"""Double Ninth 2019: a pillow for parents, one a household."""

from datetime import timedelta

from ledger.members.authorization import Principal
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import OFFICER, Stage, beijing, recorded, ticket_of

DROP = "double-ninth-2019"
BEGINS = beijing("2019-09-23 09:00")
PILLOWS = 200
MEMBERS, HOUSEHOLDS = 420, 120
"""The first 240 members are 120 households of two: a parent, then a child."""

NAMED = 30
"""The number of households whose child claims and collects for the parent."""

_RECORDED = recorded(DROP)
PLAN, (STATION,) = _RECORDED.plan, _RECORDED.places
_ASKED = _RECORDED.asked(DROP, "double-ninth")


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures."""
    stage.announce(DROP, _RECORDED)
    members = stage.enrol(MEMBERS)
    households = list(
        zip(members[: 2 * HOUSEHOLDS : 2], members[1 : 2 * HOUSEHOLDS : 2], strict=True)
    )
    families = stage.ledger.officers.families
    for number, (parent, child) in enumerate(households):
        for one in (parent, child):
            families.change_household(one, household_id=f"h{number:03}", by=OFFICER)
        if number < NAMED:
            families.name_proxy(parent, proxy_id=child, by=OFFICER)
    _claim(stage, households, members[2 * HOUSEHOLDS :])
    _collect(stage, households, members[2 * HOUSEHOLDS :])
    return figures(stage.facts(), DROP)


def _claim(stage: Stage, households: list[tuple[str, str]], singles: list[str]) -> None:
    """Claim for every household and every single member; the second of a household is refused."""
    stage.go_to(PLAN.opens_at)
    for number, (parent, child) in enumerate(households):
        acting = child if number < NAMED else ""
        stage.rush([(_ASKED, Principal(member_id=parent, acting=acting))])
        stage.claim(_ASKED, [child])
    stage.claim(_ASKED, singles)
    # Only a named proxy claims for a member.
    stage.rush([(_ASKED, Principal(member_id=singles[-1], acting=singles[0]))])
    # A child may claim the pillow that the parent gave back.
    parent, child = households[-1]
    stage.go_to(PLAN.opens_at + timedelta(days=1))
    stage.ledger.members.claims.release(ticket_of(_ASKED, parent), Principal(member_id=parent))
    stage.claim(_ASKED, [child])


def _collect(stage: Stage, households: list[tuple[str, str]], singles: list[str]) -> None:
    stage.go_to(beijing("2019-10-07 10:00"))
    stage.each(
        lambda pair: stage.use(
            pair[0], pair[0], ticket_of(_ASKED, pair[0]), STATION, collector=pair[1]
        ),
        households[:NAMED],
    )
    own = [parent for parent, _ in households[NAMED:-1]]
    own += [households[-1][1], *singles[: PILLOWS - HOUSEHOLDS]]
    stage.each(lambda one: stage.use(one, one, ticket_of(_ASKED, one), STATION), own)
