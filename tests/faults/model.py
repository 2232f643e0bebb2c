"""Replay a log by the rules: each event must follow from those before it."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.clients import Call
from tests.faults.rows import Row
from tests.faults.rules import LINE, Rules, covered_by

Said = Iterator[str]
"""Faults in words."""


class Model(Rules):
    """A log replayed by the rules, one position after the other."""

    def __init__(self, calls: Mapping[str, Call]) -> None:
        super().__init__()
        self._calls = calls
        self._due: deque[tuple[str, dict[str, Any]]] = deque()
        self.paid: dict[tuple[str, str], int] = defaultdict(int)
        self.outcomes: dict[str, Row] = {}
        self.undone: dict[str, Row] = {}

    def read(self, row: Row) -> Said:
        """Read one position. Return its faults."""
        event = row.event
        if self._due:
            yield from self._follows(row.topic, event)
        elif row.topic in {"fund.reserved", "fund.released", "offer.given", "till.told"}:
            yield f"{row.topic} belongs to no redemption"
        rule = getattr(self, "_" + row.topic.replace(".", "_"), None)
        if rule is None:
            yield f"{row.topic} is not known here"
        else:
            yield from rule(event, row) or ()

    def end(self) -> Said:
        """Return the faults at the end of the log."""
        if self._due:
            yield f"the log ends where {self._due[0][0]} was due"

    def _follows(self, topic: str, event: dict[str, Any]) -> Said:
        due, particulars = self._due.popleft()
        found = {name: event.get(name) for name in particulars}
        if (topic, found) != (due, particulars):
            yield f"{topic} {found} where {due} {particulars} was due"

    def _member_registered(self, _event: dict[str, Any], _row: Row) -> None:
        """A member alone decides nothing here."""

    _member_card_received = _merchant_signed = _merchant_outlet_opened = _member_registered
    _merchant_till_paired = _till_told = _member_registered

    def _card_issued(self, event: dict[str, Any], _row: Row) -> None:
        self.cards[event["card_id"]] = {"member": event["member_id"], "blocked": False}

    def _card_blocked(self, event: dict[str, Any], _row: Row) -> None:
        self.cards[event["card_id"]]["blocked"] = True

    def _card_unblocked(self, event: dict[str, Any], _row: Row) -> None:
        self.cards[event["card_id"]]["blocked"] = False

    def _offer_published(self, event: dict[str, Any], _row: Row) -> None:
        self.offers[event["offer_id"]] = event

    def _offer_given(self, event: dict[str, Any], _row: Row) -> Said:
        offer = event["offer_id"]
        self.given[offer] += event["covered_minor"]
        most = self.rule(offer, "ceilings", "per_offer_minor")
        if most is not None and not 0 <= self.given[offer] <= most:
            yield f"{offer} gave {self.given[offer]} of {most}"

    def _fund_opened(self, event: dict[str, Any], _row: Row) -> None:
        opened = {"programme": event["programme"], "left": 0, "reserved": 0}
        self.funds[event["fund_id"]] = opened

    def _fund_contributed(self, event: dict[str, Any], _row: Row) -> None:
        self.funds[event["fund_id"]]["left"] += event["amount_minor"]

    def _fund_reserved(self, event: dict[str, Any], _row: Row) -> Said:
        fund = self.funds[event["fund_id"]]
        fund["left"] -= event["amount_minor"]
        fund["reserved"] += 1
        if fund["left"] < 0:
            yield f"fund {event['fund_id']} is below zero"

    def _fund_released(self, event: dict[str, Any], _row: Row) -> None:
        self.funds[event["fund_id"]]["left"] += event["amount_minor"]

    def _fund_paid_out(self, event: dict[str, Any], _row: Row) -> None:
        self.paid[event["fund_id"], event["merchant_id"]] = event["through"]

    def _redemption_made(self, event: dict[str, Any], row: Row) -> Said:
        name = event["redemption_id"]
        yield from self._outcome(name, row)
        call = self._calls.get(name)
        if call is None:
            return
        yield from _as_asked(event, call)
        verdict = self.verdict(call)
        if verdict.reason is not None:
            yield f"{name} was made, {verdict.reason}"
        found = [{key: line.get(key) for key in LINE} for line in event["lines"]]
        if verdict.reason is None and found != verdict.lines:
            yield f"{name} is split as {found}, not {verdict.lines}"
        yield from _shares(event, row)
        self.codes.add(event["code_id"])
        for line in event["lines"]:
            self.used[event["member_id"], line["choice_id"]].append(covered_by(line))
        self._due += self._drawn(event, 1)

    def _redemption_refused(self, event: dict[str, Any], row: Row) -> Said:
        name = event["redemption_id"]
        yield from self._outcome(name, row)
        call = self._calls.get(name)
        if call is None:
            return
        yield from _as_asked(event, call)
        verdict = self.verdict(call)
        if verdict.reason != event["reason"]:
            yield f"{name} was refused, {event['reason']}; by the rules: {verdict}"
        if event["reason"] == "card_blocked":
            place = {one: event[one] for one in ("merchant_id", "till_id")}
            self._due.append(("till.told", place | {"cards": [event["card_id"]]}))

    def _redemption_reversed(self, event: dict[str, Any], row: Row) -> Said:
        made = event["undone"]
        name = made["redemption_id"]
        if name in self.undone:
            yield f"{name} is undone twice"
        self.undone[name] = row
        if name not in self.outcomes or self.outcomes[name].event != made:
            yield f"{name} is undone as it never was"
            return
        for line in made["lines"]:
            self.used[made["member_id"], line["choice_id"]].remove(covered_by(line))
            if line["reservation"] and line["reservation"] <= self.paid_through(made, line):
                yield f"{name} is undone after it was paid for"
        self._due += self._drawn(made, -1)

    def paid_through(self, made: dict[str, Any], line: dict[str, Any]) -> int:
        """Return the last reservation of the line's fund that the merchant was paid for."""
        return self.paid[line["fund_id"], made["merchant_id"]]

    def _outcome(self, name: str, row: Row) -> Said:
        if name in self.outcomes:
            yield f"{name} is answered twice, at {self.outcomes[name].position} and again"
        elif name not in self._calls:
            yield f"{name} was never asked"
        if row.request_id != f"redeem/{name}":
            yield f"{name} stands under the request {row.request_id}"
        self.outcomes.setdefault(name, row)

    def _drawn(self, made: dict[str, Any], sign: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the events that must follow a redemption or its reversal."""
        name = {"redemption_id": made["redemption_id"]}
        for line in made["lines"]:
            union = line["union_share_minor"]
            if union:
                fund = {"fund_id": line["fund_id"], "merchant_id": made["merchant_id"]}
                topic = "fund.reserved" if sign > 0 else "fund.released"
                yield topic, name | fund | {"amount_minor": union}
            if self.rule(line["choice_id"], "ceilings", "per_offer_minor") is not None:
                given = {
                    "covered_minor": sign * covered_by(line),
                    "union_share_minor": sign * union,
                }
                yield "offer.given", name | {"offer_id": line["choice_id"]} | given


def _as_asked(event: Mapping[str, Any], call: Call) -> Said:
    asked = {
        "merchant_id": call.merchant_id,
        "card_id": call.card_id,
        "price_minor": call.amount_minor,
    }
    if "choices" in event:
        asked["choices"] = call.choices
    else:
        asked["code_id"] = call.code_id
    recorded = {name: event[name] for name in asked}
    if recorded != asked:
        yield f"{call.redemption_id} is recorded as {recorded}, was asked as {asked}"


def _shares(event: Mapping[str, Any], row: Row) -> Said:
    name = event["redemption_id"]
    merchant = sum(line["merchant_share_minor"] for line in event["lines"])
    union = sum(line["union_share_minor"] for line in event["lines"])
    shares = (merchant, union, event["price_minor"] - merchant - union)
    parts = ("merchant_share_minor", "union_share_minor", "member_share_minor")
    if shares != tuple(event[part] for part in parts) or min(shares) < 0:
        yield f"the shares of {name} do not add up"
    if event["at"].rstrip("Z") != row.at.rstrip("Z"):
        yield f"{name} was made at {event['at']}, recorded at {row.at}"
