"""New Year 2019: online reservation over three days, one of four goods of farm-aid projects."""

from ledger.drops.eligibility import Asked
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import OFFICER, Stage, beijing, recorded, ticket_of

DROP = "new-year-2019"
BEGINS = beijing("2018-12-26 09:00")
MEMBERS = 560
WISHED = {"honey": 200, "wood-ear": 90, "peanut-oil": 150, "hawthorn": 120}
"""The number of members by first wish."""

FAMILY = 40
"""The number of members who send a family member to the station."""

NOT_COLLECTED = 12


_RECORDED = recorded(DROP)
PLAN, (STATION,) = _RECORDED.plan, _RECORDED.places


def _asked(item_id: str, claim_id: str = "new-year") -> Asked:
    return _RECORDED.asked(DROP, claim_id, item_id)


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures."""
    stage.announce(DROP, _RECORDED)
    members = stage.enrol(MEMBERS)
    _reserve(stage, members)
    _collect(stage, members)
    return figures(stage.facts(), DROP)


def _reserve(stage: Stage, members: list[str]) -> None:
    """Reserve goods; members whose wish is sold out choose another on the second day."""
    stage.go_to(PLAN.opens_at)
    remaining = iter(members)
    for item_id, wished in WISHED.items():
        stage.claim(_asked(item_id), [next(remaining) for _ in range(wished)])
    stage.go_to(beijing("2019-01-01 10:00"))
    for item_id in ("wood-ear", "hawthorn"):
        without = [one for one in members if not _reserved(stage, one)]
        stage.claim(_asked(item_id), without)
    stage.claim(_asked("honey", "one-more"), members[:1])  # one of four, not two
    stage.go_to(PLAN.closes_at)
    stage.claim(_asked("honey", "late"), members[199:200])


def _collect(stage: Stage, members: list[str]) -> None:
    """Hand goods over once, to the member or to their proxy; repeats and strangers are refused."""
    reserved = [(one, ticket) for one in members if (ticket := _reserved(stage, one))]
    stage.go_to(beijing("2019-01-05 10:00"))
    sent, alone = reserved[:FAMILY], reserved[FAMILY : len(reserved) - NOT_COLLECTED]
    family = {one: reserved[-1 - place][0] for place, (one, _) in enumerate(sent)}
    for member_id, proxy_id in family.items():
        stage.ledger.officers.families.name_proxy(member_id, proxy_id=proxy_id, by=OFFICER)
    stage.each(
        lambda one: stage.use(f"family-{one[0]}", *one, STATION, collector=family[one[0]]), sent
    )
    stage.each(lambda one: stage.use(f"own-{one[0]}", *one, STATION), alone)
    again, stranger = reserved[0], reserved[-1]
    stage.each(lambda one: stage.use(f"again-{one[0]}", *one, STATION), [again])
    stage.each(
        lambda one: stage.use(f"no-proxy-{one[0]}", *one, STATION, collector=again[0]), [stranger]
    )


def _reserved(stage: Stage, member_id: str) -> str:
    """Return the id of the member's ticket; "" if they have none."""
    ticket = ticket_of(_asked("honey"), member_id)
    return ticket if ticket in stage.ledger.grants(member_id).held else ""
