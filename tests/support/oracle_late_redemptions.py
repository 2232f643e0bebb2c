"""An independent check of live and offline redemptions in one log."""

from __future__ import annotations

from collections import Counter

from ledger import funds
from ledger.event import Fact
from ledger.postings import postings
from ledger.redemptions.events import Contested, Redeemed, Reversed
from tests.support.ledger_fixture import PER_DAY


def faults(facts: list[Fact]) -> list[str]:
    """Yield every breach of a rule, using only the names of events from our code."""
    judge = _Judge()
    return [f"{fact.position}: {fault}" for fact in facts for fault in judge.hear(fact)]


class _Judge:
    def __init__(self) -> None:
        self.free_minor = 0
        self.standing: dict[str, Redeemed] = {}
        self.accounts: Counter[str] = Counter()

    def hear(self, fact: Fact) -> list[str]:
        wrong: list[str] = []
        for one in postings(fact.event):
            self.accounts[one.source] -= one.amount_minor
            self.accounts[one.destination] += one.amount_minor
        match fact.event:
            case funds.Contributed(amount_minor=amount_minor):
                self.free_minor += amount_minor
            case Redeemed() as made:
                wrong += self._made(made)
                wrong += self._limits(made)
            case Contested(made=made) as contested:
                wrong += self._made(made)
                wrong += _bearer(contested)
            case Reversed(undone=undone):
                if self.standing.pop(undone.redemption_id, None) != undone:
                    wrong.append("undone without being made, or twice")
                self.free_minor += undone.union_share_minor
        if self.free_minor < 0 or sum(self.accounts.values()):
            wrong.append("a fund is below zero, or the books do not balance")
        if self.accounts["fund:care"] != self.free_minor:
            wrong.append("the books have another fund")
        return wrong

    def _made(self, made: Redeemed) -> list[str]:
        parts = [made.merchant_share_minor, made.union_share_minor, made.member_share_minor]
        wrong = [] if sum(parts) == made.price_minor and min(parts) >= 0 else ["not the price"]
        if made.redemption_id in self.standing:
            wrong.append("an id was used twice")
        self.standing[made.redemption_id] = made
        self.free_minor -= made.union_share_minor
        return wrong

    def _limits(self, made: Redeemed) -> list[str]:
        if "hair" not in {one.choice_id for one in made.lines}:
            return []
        day = [
            one
            for one in self.standing.values()
            if (one.member_id, one.day) == (made.member_id, made.day)
            and "hair" in {line.choice_id for line in one.lines}
            and (one.late is None or one.late.counts)
        ]
        return ["more than a member may have in a day"] if len(day) > PER_DAY else []


def _bearer(contested: Contested) -> list[str]:
    given_minor = sum(one.covered_minor for one in contested.given)
    promised_minor = sum(one.union_share_minor for one in contested.given)
    made = contested.made
    wrong = []
    if made.price_minor - made.member_share_minor != given_minor:
        wrong.append("the member pays afterwards")
    if contested.borne_by == "union" and made.union_share_minor != promised_minor:
        wrong.append("the union does not pay what was promised")
    if made.union_share_minor > promised_minor:
        wrong.append("the union pays more than was promised")
    if contested.borne_by == "merchant" and contested.reason != "amounts_differ":
        wrong += ["the union pays what the merchant bears"] * bool(made.union_share_minor)
    return wrong
