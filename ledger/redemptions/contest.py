"""Contests: an officer decides whether the union bears a contested redemption that waits.

Until then its union shares are held in their funds without reservation numbers, so that no
statement lists them; accepted ones get the next numbers.
"""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from ledger import errors
from ledger import funds as fund
from ledger.event import Event
from ledger.offers import offer
from ledger.redemptions.events import ContestDecided
from ledger.redemptions.pricing import draw
from ledger.redemptions.redemption import Redemptions, end_hold

_replace = msgspec.structs.replace


def decide(
    state: Redemptions,
    *,
    redemption_id: str,
    accept: bool,
    officer_id: str,
    at: datetime,
    day: date,
    funds: Mapping[str, fund.Fund],
    offers: Mapping[str, offer.Offer],
) -> list[Event]:
    """Accept a waiting contest, so that funds owe the union's shares; or decline it.

    Declined, the merchant bears the whole discount. A repeat returns no events. `funds` and
    `offers` are the states that the redemption drew on, by id. NothingToDecide if it never waited,
    was decided otherwise, or was reversed.
    """
    was = state.contested.get(redemption_id)
    if was is None or redemption_id in state.undone:
        raise errors.NothingToDecide
    freed = [end_hold(was, line) for line in was.lines if line.is_held]
    if not freed:
        if accept is (was.union_share_minor > 0):
            return []
        raise errors.NothingToDecide
    left = dict(funds)
    for event in freed:
        left[event.fund_id] = fund.evolve(left[event.fund_id], event)
    lines, drawn = [], list[Event]()
    for line in was.lines:
        minor, made_line = line.union_share_minor, line
        if line.fund_id is not None and accept:
            made_line = _replace(line, reservation=left[line.fund_id].reservations + 1)
            drawn += draw(made_line, redemption_id, was.merchant_id, left, None)
        elif line.fund_id is not None:
            shares = {"merchant_share_minor": line.covered_minor, "union_share_minor": 0}
            made_line = _replace(line, fund_id=None, programme="", **shares)
            if line.counted:
                of, taken = offers[line.choice_id], {"covered_minor": 0, "union_share_minor": minor}
                drawn += offer.take_back(of, redemption_id=redemption_id, **taken)
        lines.append(made_line)
    made = _replace(
        was,
        lines=tuple(lines),
        merchant_share_minor=sum(line.merchant_share_minor for line in lines),
        union_share_minor=sum(line.union_share_minor for line in lines),
    )
    decided = ContestDecided(was=was, made=made, officer_id=officer_id, at=at, day=day)
    return [decided, *freed, *drawn]
