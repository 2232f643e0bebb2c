"""An independent audit of payments, using only the events from our code."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from ledger.event import Event, topic_of

Of = tuple[str, str]
"""A fund and a merchant."""


def wrong_payments(events: Iterable[Event]) -> list[str]:
    """Return every breach of a rule of settlement, in order."""
    auditor = Auditor()
    return [fault for event in events for fault in auditor.hear(event)]


class Auditor:
    """Follows each reservation from set aside to paid, which may happen once."""

    def __init__(self) -> None:
        self.reservations: Counter[str] = Counter()
        self.owed: dict[Of, dict[int, int]] = {}
        self.shares: Counter[tuple[str, str]] = Counter()
        self.paid: set[tuple[str, str]] = set()
        self.of_number: dict[tuple[str, int], str] = {}
        self.statements: dict[str, dict[str, Any]] = {}
        self.approvers: dict[str, list[str]] = {}
        self.open: dict[Of, str] = {}
        self.overpaid_minor: Counter[Of] = Counter()
        self.incidents: set[tuple[str, str]] = set()
        self.bank_minor: Counter[str] = Counter()
        self.thresholds: dict[str, int] = {}
        self.started: list[tuple[Of, str, date, int, str]] = []

    def hear(self, event: Event) -> Iterator[str]:
        """Yield the faults of the next event."""
        told: dict[str, Any] = msgspec.to_builtins(event)
        hears = getattr(self, "_" + topic_of(event).replace(".", "_"), None)
        if hears is not None:
            yield from hears(told)
        if any(minor < 0 for minor in self.bank_minor.values()):
            yield "a bank account is overdrawn"

    def _fund_contributed(self, told: dict[str, Any]) -> Iterator[str]:
        self.bank_minor[told["fund_id"]] += told["amount_minor"]
        yield from ()

    def _fund_threshold_set(self, told: dict[str, Any]) -> Iterator[str]:
        self.thresholds[told["fund_id"]] = told["amount_minor"]
        yield from ()

    def _fund_reserved(self, told: dict[str, Any]) -> Iterator[str]:
        fund_id, redemption_id = told["fund_id"], told["redemption_id"]
        self.reservations[fund_id] += 1
        number = self.reservations[fund_id]
        self.owed.setdefault((fund_id, told["merchant_id"]), {})[number] = told["amount_minor"]
        self.shares[fund_id, redemption_id] += told["amount_minor"]
        self.of_number[fund_id, number] = redemption_id
        yield from ()

    def _redemption_reversed(self, told: dict[str, Any]) -> Iterator[str]:
        undone = told["undone"]
        for line in undone["lines"]:
            if line["reservation"] is None:
                continue
            of = (line["fund_id"], undone["merchant_id"])
            if self.owed[of].pop(line["reservation"], None) is None:
                yield "what is undone was paid, or undone before"
            if of in self.open:
                through = self.statements[self.open[of]]["through"]
                if line["reservation"] <= through:
                    yield "what is undone is on an open statement"

    def _statement_drawn_up(self, told: dict[str, Any]) -> Iterator[str]:
        of = (told["fund_id"], told["merchant_id"])
        if of in self.open:
            yield "two statements of one merchant and fund are open"
        self.open[of] = told["statement_id"]
        self.statements[told["statement_id"]] = told
        self.approvers[told["statement_id"]] = []
        if told["amount_minor"] != self._owed_through(of, told["through"]):
            yield "a statement is not what is owed"
        if not 0 <= told["recovered_minor"] <= self.overpaid_minor[of]:
            yield "more is kept than was overpaid"
        if told["due_minor"] != told["amount_minor"] - told["recovered_minor"]:
            yield "due is not what is owed less what is kept"
        if told["recovered_minor"] < min(self.overpaid_minor[of], told["amount_minor"]):
            yield "less is kept than could be"
        if self._started(of, told) > self.thresholds.get(told["fund_id"], 5_000_00):
            if told["approvals"] < 2:
                yield "one officer for a large amount"
        elif told["approvals"] != 1:
            yield "too many officers for a small amount"

    def _statement_approved(self, told: dict[str, Any]) -> Iterator[str]:
        self.approvers[told["statement_id"]].append(told["officer_id"])
        if told["officer_id"] == self.statements[told["statement_id"]]["officer_id"]:
            yield "approved by who drew it up"

    def _statement_returned(self, told: dict[str, Any]) -> Iterator[str]:
        drawn_up = self.statements[told["statement_id"]]
        of = (drawn_up["fund_id"], drawn_up["merchant_id"])
        if self.open.pop(of, None) != told["statement_id"]:
            yield "returned though it is not open"
        self.started = [one for one in self.started if one[4] != told["statement_id"]]

    def _statement_paid(self, told: dict[str, Any]) -> Iterator[str]:
        drawn_up = self.statements[told["statement_id"]]
        approvers = self.approvers[told["statement_id"]]
        if told["officer_id"] == drawn_up["officer_id"]:
            yield "paid by who drew it up"
        if len(set(approvers)) != len(approvers) or len(approvers) != drawn_up["approvals"]:
            yield "paid without the approvals"
        if self.open.get((drawn_up["fund_id"], drawn_up["merchant_id"])) != told["statement_id"]:
            yield "paid though it is not open"
        if told["due_minor"] != drawn_up["due_minor"]:
            yield "paid otherwise than approved"

    def _fund_paid_out(self, told: dict[str, Any]) -> Iterator[str]:
        of = (told["fund_id"], told["merchant_id"])
        stated = self.statements.get(self.open.pop(of, ""), {"statement_id": ""})
        for name in stated.keys() & {"statement_id", "amount_minor", "recovered_minor", "through"}:
            if told[name] != stated[name]:
                yield f"paid out otherwise than on the statement: {name}"
        due_minor = told["amount_minor"] - told["recovered_minor"]
        threshold_minor = self.thresholds.get(of[0], 5_000_00)
        if not stated["statement_id"] and self._started(of, told) > threshold_minor:
            yield "a large amount was paid without a statement"
        if told["amount_minor"] != self._owed_through(of, told["through"]):
            yield "paid is not what was owed"
        self.overpaid_minor[of] -= told["recovered_minor"]
        if self.overpaid_minor[of] < 0:
            yield "more came back than was overpaid"
        for number in [one for one in self.owed.get(of, {}) if one <= told["through"]]:
            del self.owed[of][number]
            self.paid.add((of[0], self.of_number[of[0], number]))
        self.bank_minor[of[0]] -= due_minor

    def _incident_reported(self, told: dict[str, Any]) -> Iterator[str]:
        what = (told["fund_id"], told["redemption_id"])
        if what not in self.paid:
            yield "an incident of what was not paid"
        if what in self.incidents:
            yield "two incidents of one redemption and fund"
        if not 1 <= told["amount_minor"] <= self.shares[what]:
            yield "an incident above the union's share"
        self.incidents.add(what)

    def _fund_overpaid(self, told: dict[str, Any]) -> Iterator[str]:
        self.overpaid_minor[told["fund_id"], told["merchant_id"]] += told["amount_minor"]
        yield from ()

    def _started(self, of: Of, told: dict[str, Any]) -> int:
        """Note a payment. Return what its officer started for the merchant in 30 days, with it."""
        officer, day = told["officer_id"], date.fromisoformat(told["day"])
        due_minor = told["amount_minor"] - told["recovered_minor"]
        self.started.append((of, officer, day, due_minor, told["statement_id"]))
        return sum(
            due_minor
            for other, by, on, due_minor, _ in self.started
            if (other, by) == (of, officer) and (day - on).days < 30
        )

    def _owed_through(self, of: Of, through: int) -> int:
        return sum(minor for number, minor in self.owed.get(of, {}).items() if number <= through)
