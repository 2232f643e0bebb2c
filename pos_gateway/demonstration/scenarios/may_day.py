"""May Day 2019: a thousand cardholders visit the Rose Garden, each with a ticket for three."""

from datetime import timedelta
from itertools import islice

import msgspec

from ledger.members.authorization import Principal
from ledger.services.ticket_use import TicketUse
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import OFFICER, Stage, beijing, recorded, ticket_of

DROP = "may-day-2019"
BEGINS = beijing("2019-04-22 09:00")
TICKETS, PARTY = 1_000, 3
CARDHOLDERS = 1_240
"""The number of members who claim: 240 more than there are tickets."""

TOO_EARLY, TWICE, WAIT = 60, 30, 120
"""Members who try a minute early, who claim again with a ticket, and who wait."""

WHOLE, IN_TWO_PARTS, TWO_OF_THREE, ALONE = 700, 150, 40, 50
"""Parties on the day: all three, one and then two, two, one; 60 tickets are never used."""

_RECORDED = recorded(DROP)
PLAN, (GATE,) = _RECORDED.plan, _RECORDED.places
_ASKED = _RECORDED.asked(DROP, "may-day", party=PARTY)


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures; members are m0001 to m1240."""
    stage.announce(DROP, _RECORDED)
    members = stage.enrol(CARDHOLDERS)
    claimed, turned_away = members[:TICKETS], members[TICKETS:]
    _rush(stage, members)
    _wait(stage, turned_away[:WAIT])
    _give_back(stage, claimed, turned_away)
    _visit(stage, [one for one in members if _holds(stage, one)], claimed[0])
    return figures(stage.facts(), DROP)


def _rush(stage: Stage, members: list[str]) -> None:
    """Claim first come, first served; claims after the thousandth get "sold out"."""
    stage.go_to(PLAN.opens_at - timedelta(minutes=1))
    stage.claim(_ASKED, members[:TOO_EARLY])
    stage.go_to(PLAN.opens_at)
    stage.claim(_ASKED, members)
    again = msgspec.structs.replace(_ASKED, claim_id="once-more")
    stage.claim(again, members[:TWICE])


def _wait(stage: Stage, members: list[str]) -> None:
    stage.go_to(PLAN.opens_at + timedelta(minutes=5))
    for member_id in members:
        stage.ledger.members.claims.join(_ASKED, Principal(member_id=member_id))


def _give_back(stage: Stage, claimed: list[str], waits: list[str]) -> None:
    """Give tickets back to the waiting list; an offer not taken within two hours passes on."""
    stage.go_to(beijing("2019-04-29 09:00"))
    _release(stage, claimed[:25])  # offered to the first 25
    stage.go_to(beijing("2019-04-29 10:00"))
    stage.claim(_ASKED, waits[:21])
    stage.go_to(beijing("2019-04-29 12:00"))  # the offers of four lapsed at 11
    stage.claim(_ASKED, waits[21:29])
    stage.go_to(beijing("2019-04-30 17:30"))
    _release(stage, claimed[25:37])  # offered to the 30th to the 41st
    stage.go_to(beijing("2019-04-30 18:00"))
    _release(stage, claimed[37:38])
    stage.claim(_ASKED, waits[29:38])
    # Three lapsed at 19:30; the drop has closed, offers still hold.
    stage.go_to(beijing("2019-04-30 20:30"))
    stage.claim(_ASKED, waits[41:43])
    stage.go_to(beijing("2019-04-30 22:00"))  # one lapsed at 21:30
    stage.claim(_ASKED, waits[44:45])


def _visit(stage: Stage, visitors: list[str], released: str) -> None:
    """Admit families, some in two parts; tell no to who comes too early, too late, or too many."""
    coming = iter(visitors)
    whole = list(islice(coming, WHOLE))
    in_two_parts = list(islice(coming, IN_TWO_PARTS))
    others = [(one, 2) for one in islice(coming, TWO_OF_THREE)]
    others += [(one, 1) for one in islice(coming, ALONE)]
    no_shows = list(coming)

    stage.ledger.officers.cards.replace_card(
        stage.ledger.member(whole[-1]).card_id, new_card_id="card-found-again", by=OFFICER
    )
    stage.go_to(beijing("2019-05-01 07:50"))
    _admit(stage, "early", [(whole[0], PARTY)])
    stage.go_to(beijing("2019-05-01 09:00"))
    _admit(stage, "morning", [(one, PARTY) for one in whole])
    stage.each(lambda one: _show(stage, "new-card", one, card_id="card-found-again"), whole[-1:])
    _admit(stage, "first", [(one, 1) for one in in_two_parts])
    _admit(stage, "exhausted", [(in_two_parts[0], PARTY)])
    _admit(stage, "used", [(whole[0], 1)])
    _admit(stage, "released", [(released, PARTY)])
    stage.go_to(beijing("2019-05-01 11:00"))
    _admit(stage, "second", [(one, 2) for one in in_two_parts])
    _admit(stage, "noon", [*others, (no_shows[0], PARTY)])
    # One ticket was scanned for another family: that use is undone.
    stage.ledger.tills.ticket_use.undo_use(
        f"noon-{no_shows[0]}",
        merchant_id=GATE.merchant_id,
        outlet_id=GATE.outlet_id,
        till_id=GATE.till_id,
    )
    stage.go_to(beijing("2019-05-01 17:00"))
    _admit(stage, "late", [(no_shows[0], PARTY)])


def _admit(stage: Stage, scene: str, parties: list[tuple[str, int]]) -> None:
    stage.each(lambda one: _show(stage, scene, one[0], people=one[1]), parties)


def _show(
    stage: Stage, scene: str, member_id: str, *, people: int | None = None, card_id: str = ""
) -> TicketUse:
    ticket = ticket_of(_ASKED, member_id)
    use_id = f"{scene}-{member_id}"
    return stage.use(use_id, member_id, ticket, GATE, people=people, card_id=card_id)


def _release(stage: Stage, members: list[str]) -> None:
    stage.one_by_one(
        lambda one: stage.ledger.members.claims.release(
            ticket_of(_ASKED, one), Principal(member_id=one)
        ),
        members,
    )


def _holds(stage: Stage, member_id: str) -> bool:
    held = stage.ledger.grants(member_id).held.get(ticket_of(_ASKED, member_id))
    return held is not None and not held.withdrawn
