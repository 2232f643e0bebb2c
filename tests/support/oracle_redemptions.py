"""An independent check of logs, using only the names of events from our code."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ledger.event import Fact
from tests.support.ledger_fixture import PER_DAY, PER_OFFER_MINOR

DEAD = {"card.blocked", "card.replaced", "card.expired", "card.closed"}


def faults(facts: Iterable[Fact]) -> list[str]:
    """Yield every breach of a rule, with its position."""
    judge = _Judge()
    return [f"{fact.position}: {fault}" for fact in facts for fault in judge.hear(fact)]


class _Judge:
    def __init__(self) -> None:
        self.last: Fact | None = None
        self.holders: dict[str, str] = {}
        self.dead: set[str] = set()
        self.answered: set[str] = set()
        self.standing: dict[str, dict[str, Any]] = {}
        self.bank_minor: Counter[str] = Counter()
        self.free_minor: Counter[str] = Counter()

    def hear(self, fact: Fact) -> Iterator[str]:
        if self.last is not None and (
            fact.position != self.last.position + 1 or fact.at < self.last.at
        ):
            yield "out of order"
        self.last = fact
        event = msgspec.to_builtins(fact.event)
        match fact.topic.partition(".")[0]:
            case "card":
                self._turn(fact.topic, event)
            case "fund":
                self._move(fact.topic, event)
            case "redemption":
                yield from self._use(fact.topic, event)
        if min([0, *self.bank_minor.values(), *self.free_minor.values()]) < 0:
            yield "a fund is below zero"

    def _turn(self, topic: str, event: dict[str, Any]) -> None:
        if topic == "card.issued":
            self.holders[event["card_id"]] = event["member_id"]
        elif topic == "card.unblocked":
            self.dead.discard(event["card_id"])
        elif topic in DEAD:
            self.dead.add(event["card_id"])

    def _move(self, topic: str, event: dict[str, Any]) -> None:
        if topic == "fund.contributed":
            self.bank_minor[event["fund_id"]] += event["amount_minor"]
            self.free_minor[event["fund_id"]] += event["amount_minor"]
        elif topic == "fund.paid_out":
            self.bank_minor[event["fund_id"]] -= event["amount_minor"] - event["recovered_minor"]
            self.free_minor[event["fund_id"]] += event["recovered_minor"]

    def _use(self, topic: str, event: dict[str, Any]) -> Iterator[str]:
        if topic == "redemption.made":
            yield from self._made(event)
        elif topic == "redemption.reversed":
            yield from self._undone(event["undone"])
        else:
            yield from self._answer(event)
            if not event["reason"]:
                yield "a bare no"

    def _answer(self, event: dict[str, Any]) -> Iterator[str]:
        if event["redemption_id"] in self.answered:
            yield "one id answered twice"
        self.answered.add(event["redemption_id"])

    def _made(self, event: dict[str, Any]) -> Iterator[str]:
        yield from self._answer(event)
        if event["card_id"] in self.dead:
            yield "a dead card was taken"
        if self.holders.get(event["card_id"]) != event["member_id"]:
            yield "the card is another member's"
        parts = [event[f"{part}_share_minor"] for part in ("merchant", "union", "member")]
        if sum(parts) != event["price_minor"] or min(parts) < 0:
            yield "the shares are not the price"
        self.standing[event["redemption_id"]] = event
        self._draw(event, 1)
        yield from self._limits(event)

    def _undone(self, event: dict[str, Any]) -> Iterator[str]:
        if self.standing.pop(event["redemption_id"], None) != event:
            yield "undone without being made, or twice"
        self._draw(event, -1)

    def _draw(self, event: dict[str, Any], sign: int) -> None:
        for line in event["lines"]:
            if line["union_share_minor"]:
                self.free_minor[line["fund_id"]] -= sign * line["union_share_minor"]

    def _limits(self, event: dict[str, Any]) -> Iterator[str]:
        hair = [
            (made["member_id"], made["day"], line["merchant_share_minor"])
            for made in self.standing.values()
            for line in made["lines"]
            if line["choice_id"] == "hair"
        ]
        today = [one for one in hair if one[:2] == (event["member_id"], event["day"])]
        if len(today) > PER_DAY:
            yield "more than a member may have in a day"
        if sum(covered_minor for _, _, covered_minor in hair) > PER_OFFER_MINOR:
            yield "more than the offer may give"
