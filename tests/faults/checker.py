"""The oracle: no acknowledged event is lost, nothing is spent twice, the books always balance.

It reads the whole log and every answer to clients, and returns the faults.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice, pairwise
from math import inf

from ledger.event import decode
from ledger.postings import postings
from ledger.store import Draft, leaf
from tests.faults.clients import AWAY, Operation, Try
from tests.faults.model import Model, Said
from tests.faults.rows import Row, Written

SAID_MAX = 1_000
"""The most complaints returned; more would add nothing."""

ANSWERED = (200, 201, 409)


def complaints(log: Written, operations: Sequence[Operation], *, calm: bool = False) -> list[str]:
    """Return the faults of a log and of the answers given from it.

    `calm` says that nothing was broken meanwhile: then every request is answered, and none is sent
    away.
    """
    return list(islice(_complaints(log, operations, calm=calm), SAID_MAX))


def tally(operations: Iterable[Operation]) -> Counter[str]:
    """Return how often each answer was given, by reason; `made`, `away` and `tries` among them."""
    counted: Counter[str] = Counter()
    for operation in operations:
        counted["tries"] += len(operation.tries)
        counted["away"] += sum(one.status in AWAY for one in operation.tries)
        counted["replayed"] += sum(one.replayed for one in operation.tries)
        for one in _acknowledged(operation)[:1]:
            counted[one.body.get("reason", "made")] += 1
    return counted


def _complaints(log: Written, operations: Sequence[Operation], *, calm: bool) -> Said:
    yield from _sequence(log)
    yield from _books(log.rows)
    model = Model({one.call.redemption_id: one.call for one in operations})
    for row in log.rows:
        for complaint in model.read(row):
            yield f"at {row.position}: {complaint}"
    yield from model.end()
    for operation in operations:
        if calm and any(one.status in AWAY for one in operation.tries):
            yield f"{operation.call.redemption_id}: sent away though nothing was broken"
        for complaint in _answers(operation, model):
            yield f"{operation.call.redemption_id}: {complaint}"
    yield from _real_time(operations, model.outcomes)


def _sequence(log: Written) -> Said:
    """Check gapless positions and versions, times that never decrease, unique ids, and hashes."""
    versions: Counter[str] = Counter()
    requests: set[str] = set()
    for expected, row in enumerate(log.rows, 1):
        if row.position != expected:
            yield f"position {row.position} stands where {expected} should"
            break
    for earlier, later in pairwise(log.rows):
        if later.at < earlier.at:
            yield f"time falls at {later.position}"
    for row in log.rows:
        versions[row.stream] += 1
        if row.version != versions[row.stream]:
            yield f"{row.stream} has version {row.version} where {versions[row.stream]} should be"
        if row.request_id is not None and row.request_id in requests:
            yield f"the request {row.request_id} stands twice"
        requests.add(row.request_id or "")
        if bytes(row.leaf) != leaf(row.position, Draft(*row[1:8])):
            yield f"the hash of {row.position} is not its own"
    last = log.rows[-1]
    if (log.head[0], log.head[1], bytes(log.head[2])) != (last.position, last.at, bytes(last.leaf)):
        yield f"the head is {log.head[:2]}, the last fact {last.position}"


def _books(rows: Iterable[Row]) -> Said:
    """Check every position: no fund is below zero, and the bank holds the funds and the debts.

    Only the first fault is returned, because the others follow from it.
    """
    credit: dict[str, int] = defaultdict(int)
    banks = owned = 0
    for row in rows:
        for posting in postings(decode(row.topic, row.payload)):
            for account, amount in (
                (posting.source, -posting.amount_minor),
                (posting.destination, posting.amount_minor),
            ):
                credit[account] += amount
                banks -= amount if account.startswith("bank:") else 0
                owned += amount if account.startswith("fund:") else 0
                owned += amount if account.endswith(":payable") else 0
                if account.startswith("fund:") and credit[account] < 0 and amount < 0:
                    yield f"at {row.position}: {account} stands at {credit[account]}"
                    return
        if banks != owned:
            yield f"at {row.position}: banks hold {banks}, funds and payables are {owned}"
            return


def _acknowledged(operation: Operation) -> list[Try]:
    """Return the answers to the very request, without 503."""
    asked = [one for one in operation.tries if one.what in {"redeem", "again"}]
    return [one for one in asked if one.status in ANSWERED]


def _answers(operation: Operation, model: Model) -> Said:
    outcome = model.outcomes.get(operation.call.redemption_id)
    for one in operation.tries:
        if not one.polite:
            yield f"a {one.status} was no proper problem"
        if one.status not in AWAY:
            yield from _as_expected(one, outcome, model)
    acknowledged = _acknowledged(operation)
    if not acknowledged:
        return
    first = acknowledged[0]
    if outcome is None:
        yield "acknowledged, and lost"
    else:
        yield from _as_recorded(first, outcome)
    if first is operation.tries[0] and (first.replayed or first.status == 200):
        yield "answered again before it was answered"
    yield from _again(first, acknowledged[1:])


def _again(first: Try, later: Iterable[Try]) -> Said:
    """Check that a repeated request gets the first answer."""
    for one in later:
        if one.body != first.body:
            yield f"answered {one.body} after {first.body}"
        if not one.replayed or one.status == 201:
            yield "made twice"


def _as_recorded(answer: Try, outcome: Row) -> Said:
    """Check that an answer equals the log."""
    event, body = outcome.event, answer.body
    if answer.status == 409:
        told = (body["reason"], body.get("particulars", {}))
        kept = (event.get("reason"), event.get("particulars"))
    else:
        shares = ("merchant_share_minor", "union_share_minor", "member_share_minor")
        told = (datetime.fromisoformat(body["at"]), [body[share] for share in shares])
        kept = (datetime.fromisoformat(event["at"]), [event.get(share) for share in shares])
    if told != kept:
        yield f"answered {told}, recorded {kept}"


def _as_expected(one: Try, outcome: Row | None, model: Model) -> Said:
    """Check that each status fits its request."""
    reason = one.body.get("reason")
    match one.what:
        case "redeem" | "again" if one.status in ANSWERED:
            return
        case "other" if (one.status, reason) == (422, "request_reused"):
            return
        case "undo" if one.status == 200 and outcome is not None:
            undone = model.undone.get(outcome.event["redemption_id"])
            if undone is None:
                yield "undone, and that is lost"
            elif undone.event["at"] != (one.body["reversed"] or {}).get("at"):
                yield "undone at another time than recorded"
        case "undo" if reason == "already_paid" and outcome is not None:
            made = outcome.event
            paid = [
                line["reservation"] and line["reservation"] <= model.paid_through(made, line)
                for line in made["lines"]
            ]
            if not any(paid):
                yield "not undone, as if it were paid for"
        case _:
            yield f"{one.what} was answered {one.status} {reason}"


def _real_time(operations: Iterable[Operation], outcomes: Mapping[str, Row]) -> Said:
    """Check that a request answered before another was sent has the lower position."""
    spans = []
    for operation in operations:
        outcome = outcomes.get(operation.call.redemption_id)
        acknowledged = _acknowledged(operation)
        if outcome is not None:
            answered = acknowledged[0].answered if acknowledged else inf
            spans.append((outcome.position, operation.tries[0].asked, answered))
    answered_first = inf  # the earliest of all later positions
    for position, asked, answered in sorted(spans, reverse=True):
        if answered_first < asked:
            yield f"at {position}: asked after something behind it was answered"
        answered_first = min(answered_first, answered)
