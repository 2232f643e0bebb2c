"""The rules of redemption implemented again on plain dicts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.faults.clients import Call

WHOLE = 10_000

LINE = ("choice_id", "merchant_share_minor", "union_share_minor", "fund_id", "reservation")
"""The fields of a line: the amount taken off, and its payers."""


class Verdict(NamedTuple):
    """The answer of the rules to a call: a reason to refuse, or the line of each choice."""

    reason: str | None
    lines: list[dict[str, Any]]


def _no(reason: str) -> Verdict:
    return Verdict(reason, [])


class Rules:
    """Cards, offers and funds as of one position of the log."""

    def __init__(self) -> None:
        self.cards: dict[str, dict[str, Any]] = {}
        self.offers: dict[str, dict[str, Any]] = {}
        self.given: dict[str, int] = defaultdict(int)
        self.funds: dict[str, dict[str, Any]] = {}
        self.used: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.codes: set[str] = set()

    def verdict(self, call: Call) -> Verdict:
        """Return the answer that a call must get now."""
        card = self.cards.get(call.card_id)
        if card is None:
            return _no("card_unknown")
        if card["blocked"]:
            return _no("card_blocked")
        if call.code_id in self.codes:
            return _no("code_already_used")
        left = {fund: one["left"] for fund, one in self.funds.items()}
        price = call.amount_minor
        lines: list[dict[str, Any]] = []
        for choice in sorted(call.choices):
            line = self._line(choice, card["member"], call.amount_minor, price, left, lines)
            if isinstance(line, str):
                return _no(line)
            price -= covered_by(line)
            if line["fund_id"]:
                left[line["fund_id"]] -= line["union_share_minor"]
            lines.append(line)
        return Verdict(None, lines)

    def _line(
        self,
        choice: str,
        member: str,
        price: int,
        unpaid: int,
        left: Mapping[str, int],
        before: Sequence[dict[str, Any]],
    ) -> dict[str, Any] | str:
        """Return the line of a choice, or the reason of its refusal."""
        used = self.used[member, choice]
        limit = self.rule(choice, "limits", "per_term")
        if limit is not None and len(used) >= limit:
            return "limit_reached"
        if unpaid <= 0:
            return "nothing_to_take_off"
        covered = _off(self.offers[choice], price, unpaid)
        if isinstance(covered, str):
            return covered
        room = self._room(choice, used)
        if room is not None and room <= 0:
            return "ceiling_reached"
        covered = covered if room is None else min(covered, room)
        union = covered * self.rule(choice, "funding", "union_basis_points", 0) // WHOLE
        line = dict.fromkeys(LINE) | {"choice_id": choice, "union_share_minor": 0}
        line["merchant_share_minor"] = covered - union
        if union:
            fund = self.rule(choice, "funding", "fund_id")
            if left[fund] <= 0:
                return "fund_exhausted"
            line["fund_id"] = fund
            line["union_share_minor"] = min(union, left[fund])
            earlier = sum(one["fund_id"] == fund for one in before)
            line["reservation"] = self.funds[fund]["reserved"] + earlier + 1
        return line

    def _room(self, choice: str, used: Sequence[int]) -> int | None:
        """Return the rest of the ceilings, or None without ceilings."""
        rooms = [
            most - spent
            for most, spent in (
                (self.rule(choice, "ceilings", "per_member_minor"), sum(used)),
                (self.rule(choice, "ceilings", "per_offer_minor"), self.given[choice]),
            )
            if most is not None
        ]
        return min(rooms, default=None)

    def rule(self, offer: str, part: str, name: str, default: Any = None) -> Any:
        """Return one setting of an offer."""
        return self.offers[offer]["rules"].get(part, {}).get(name, default)


def covered_by(line: Mapping[str, Any]) -> int:
    """Return the whole amount that a line took off."""
    covered: int = line["merchant_share_minor"] + line["union_share_minor"]
    return covered


def _off(offer: Mapping[str, Any], price: int, unpaid: int) -> int | str:
    """Return the amount that an offer takes off by itself, or the reason of its refusal."""
    terms = offer["terms"]
    if offer["kind"] == "percent_off":
        return unpaid * int(terms["basis_points"]) // WHOLE or "nothing_to_take_off"
    if price < terms["threshold_minor"]:
        return "below_threshold"
    return min(int(terms["amount_minor"]), unpaid)
