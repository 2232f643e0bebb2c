"""A card shown at the gate, where no ticket is named."""

from __future__ import annotations

from tests.support.app_with_drop import DAY, PILLOW, WANG, Hall, told


def test_the_one_ticket_that_is_good_here_and_now_is_meant(hall: Hall) -> None:
    ticket = hall.ticket(WANG, **PILLOW)

    answer = hall.use("u1", code=hall.printed)

    assert (answer.status_code, answer.get_json()["ticket"]) == (201, ticket)


def test_a_card_without_a_ticket_for_here_and_now_admits_nobody(hall: Hall) -> None:
    hall.ticket(WANG, party=3)

    too_early = hall.use("u1", code=hall.printed)
    elsewhere = hall.use("u2", code=hall.printed, key=hall.key)

    assert told(too_early) == (404, "ticket_unknown")
    assert told(elsewhere) == (404, "ticket_unknown")


def test_of_several_tickets_one_has_to_be_named(hall: Hall) -> None:
    hall.announce("more", opens_at=hall.opens_at)
    hall.pass_until(hall.opens_at)
    pillow = hall.ticket(WANG, **PILLOW)
    visit = hall.ticket(WANG, "k2", drop="more", party=2)
    hall.pass_until(hall.opens_at + 3 * DAY)

    asked = hall.use("u1", code=hall.printed)
    named = hall.use("u1", code=hall.printed, ticket=visit)
    rest = hall.use("u2", code=hall.printed)

    assert told(asked) == (409, "ticket_not_chosen")
    listed = {one["ticket"]: one["left"] for one in asked.get_json()["particulars"]["tickets"]}
    assert listed == {pillow: 1, visit: 2}
    assert (named.status_code, rest.get_json()["ticket"]) == (201, pillow)
