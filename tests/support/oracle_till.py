"""An independent model of a till, as a careful clerk with a notebook would keep it."""

from datetime import date
from typing import Any

from tests.support.ledger_fixture import PER_DAY, PER_OFFER_MINOR


class Refused(Exception):
    """A refusal with its reason."""


class TillOracle:
    """A model of plain lists and dicts: cards, usage, and the money of the fund."""

    def __init__(self) -> None:
        self.cards = {"c1": ("m1", "live"), "c2": ("m2", "live")}
        self.answers: dict[str, tuple[Any, Any]] = {}
        self.used: list[dict[str, Any]] = []
        self.fund_minor = 60_00
        self.owed_minor = 0

    def redeem(
        self, redemption_id: str, card_id: str, choices: frozenset[str], price_minor: int, day: date
    ) -> tuple[int, int, int]:
        """Return the shares of merchant, union and member."""
        asked = (card_id, choices, price_minor)
        if redemption_id not in self.answers:
            try:
                found: Any = self._decide(redemption_id, card_id, choices, price_minor, day)
            except Refused as no:
                found = no
            self.answers[redemption_id] = (asked, found)
        before, answer = self.answers[redemption_id]
        if before != asked:
            raise Refused("request_reused")
        if isinstance(answer, Refused):
            raise answer
        shares: tuple[int, int, int] = answer
        return shares

    def reverse(self, redemption_id: str) -> None:
        """Reverse a redemption."""
        found = [one for one in self.used if one["id"] == redemption_id]
        if not found:
            raise Refused("redemption_unknown")
        (use,) = found
        if use["undone"]:
            return
        if use["union"] and use["paid"]:
            raise Refused("already_paid")
        use["undone"] = True
        self.fund_minor += use["union"]
        self.owed_minor -= use["union"]

    def pay(self) -> int:
        """Pay the hairdresser the whole debt."""
        if not self.owed_minor:
            raise Refused("nothing_owed")
        paid_minor, self.owed_minor = self.owed_minor, 0
        for use in self.used:
            use["paid"] = True
        return paid_minor

    def turn(self, card_id: str, status: str) -> None:
        """Block or unblock a card."""
        member_id, before = self.cards[card_id]
        if before == "replaced":
            raise Refused("card_replaced")
        self.cards[card_id] = (member_id, status)

    def replace(self, card_id: str, new_card_id: str) -> None:
        """Replace a card."""
        member_id, before = self.cards[card_id]
        if before == "replaced":
            raise Refused("card_replaced")
        self.cards[card_id] = (member_id, "replaced")
        self.cards[new_card_id] = (member_id, "live")

    def _decide(
        self, redemption_id: str, card_id: str, choices: frozenset[str], price_minor: int, day: date
    ) -> tuple[int, int, int]:
        member_id, status = self.cards[card_id]
        if status != "live":
            raise Refused(f"card_{status}")
        union_minor = self._care(price_minor) if "care" in choices else 0
        merchant_minor = 0
        if "hair" in choices:
            merchant_minor = self._hair(member_id, price_minor - union_minor, day)
        self.fund_minor -= union_minor
        self.owed_minor += union_minor
        use = {"id": redemption_id, "member": member_id, "day": day, "union": union_minor}
        hair_minor = merchant_minor if "hair" in choices else None
        self.used.append({**use, "hair": hair_minor, "undone": False, "paid": False})
        return merchant_minor, union_minor, price_minor - merchant_minor - union_minor

    def _care(self, price_minor: int) -> int:
        if not self.fund_minor:
            raise Refused("fund_exhausted")
        return min(7_00, price_minor, self.fund_minor)

    def _hair(self, member_id: str, left_minor: int, day: date) -> int:
        given = [one for one in self.used if one["hair"] is not None and not one["undone"]]
        if sum((one["member"], one["day"]) == (member_id, day) for one in given) >= PER_DAY:
            raise Refused("limit_reached")
        if left_minor < 5:
            raise Refused("nothing_to_take_off")
        room_minor: int = PER_OFFER_MINOR - sum(one["hair"] for one in given)
        if not room_minor:
            raise Refused("ceiling_reached")
        return min(left_minor * 20 // 100, room_minor)
