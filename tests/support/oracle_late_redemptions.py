"""An independent check of live and offline redemptions in one log."""

from collections import Counter
from datetime import timedelta

from ledger import funds
from ledger.event import Fact
from ledger.postings import postings
from ledger.redemptions.events import ContestDecided, Contested, Redeemed, Reversed
from tests.support.ledger_fixture import PER_DAY

CARD_MINOR = 20_00
"""The most that the union bears of one card's contests in a day, as these tests limit tills."""


def faults(facts: list[Fact]) -> list[str]:
    """Yield every breach of a rule, using only the names of events from our code."""
    judge = _Judge()
    return [f"{fact.position}: {fault}" for fact in facts for fault in judge.hear(fact)]


class _Judge:
    def __init__(self) -> None:
        self.free_minor = 0
        self.waiting_minor = 0
        self.standing: dict[str, Redeemed] = {}
        self.borne: set[str] = set()
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
                wrong += self._budget(contested)
            case ContestDecided() as decided:
                wrong += self._decided(decided)
            case Reversed(undone=undone):
                held = [one.union_share_minor for one in undone.lines if one.reservation is None]
                self.waiting_minor -= sum(held)
                if self.standing.pop(undone.redemption_id, None) != undone:
                    wrong.append("undone without being made, or twice")
                self.free_minor += undone.union_share_minor
        return wrong + self._books()

    def _books(self) -> list[str]:
        wrong = []
        if self.free_minor < 0 or sum(self.accounts.values()):
            wrong.append("a fund is below zero, or the books do not balance")
        if self.accounts["merchant:rose:held"] != self.waiting_minor:
            wrong.append("the books hold another sum")
        if self.accounts["fund:care"] != self.free_minor:
            wrong.append("the books have another fund")
        return wrong

    def _decided(self, decided: ContestDecided) -> list[str]:
        was, made = decided.was, decided.made
        wrong = []
        if self.standing.get(was.redemption_id) != was:
            wrong.append("decided otherwise than it stands")
        if made.price_minor != was.price_minor or _off(made) != _off(was):
            wrong.append("a decision changes what the member paid")
        self.standing[was.redemption_id] = made
        self.free_minor += was.union_share_minor - made.union_share_minor
        self.waiting_minor -= was.union_share_minor
        return wrong

    def _made(self, made: Redeemed) -> list[str]:
        parts = [made.merchant_share_minor, made.union_share_minor, made.member_share_minor]
        wrong = [] if sum(parts) == made.price_minor and min(parts) >= 0 else ["not the price"]
        if made.redemption_id in self.standing:
            wrong.append("an id was used twice")
        self.standing[made.redemption_id] = made
        self.free_minor -= made.union_share_minor
        return wrong

    def _budget(self, contested: Contested) -> list[str]:
        made = contested.made
        if contested.borne_by != "union" or made.late is None:
            return []
        self.waiting_minor += made.union_share_minor
        day = made.late.arrived_at - timedelta(days=1)
        borne_minor = sum(
            one.union_share_minor
            for one in self.standing.values()
            if one.member_id == made.member_id and one.redemption_id in self.borne
            if one.late is not None and one.late.arrived_at > day
        )
        self.borne.add(made.redemption_id)
        is_over = borne_minor + made.union_share_minor > CARD_MINOR
        return ["the union bears more of a card than its budget"] if is_over else []

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


def _off(made: Redeemed) -> int:
    return made.price_minor - made.member_share_minor


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
