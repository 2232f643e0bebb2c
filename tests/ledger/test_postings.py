"""Double entry: every event balances, the books agree at every position, and hledger agrees."""

import csv
import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ledger import funds, postings
from ledger.event import Event
from ledger.postings import ACCOUNTS, Posting
from ledger.redemptions import redemption
from tests.support.event_history_settlement import FUNDS, MERCHANTS, STEPS, history_of
from tests.support.purchase_context import MAY_DAY, UNION_PAYS_HALF, offered, redeemed

Balances = Counter[str]
MADE = redeemed(offered("hair", **UNION_PAYS_HALF))
UNDONE = redemption.Reversed(undone=MADE, reason="", at=MAY_DAY, day=MADE.day)


def balances(events: Iterable[Event]) -> Balances:
    """Return credits less debits of every account."""
    found: Balances = Counter()
    for event in events:
        for posting in postings.postings(event):
            found[posting.source] -= posting.amount_minor
            found[posting.destination] += posting.amount_minor
    return found


def test_a_contribution_is_in_the_bank_and_may_be_given() -> None:
    event = funds.Contributed(fund_id="care", source="district", amount_minor=5)

    assert postings.postings(event) == (Posting("bank:care", "fund:care", 5),)


def test_a_payment_leaves_the_bank_and_is_owed_no_longer() -> None:
    event = funds.PaidOut(fund_id="care", merchant_id="rose", amount_minor=5, through=1)

    assert postings.postings(event) == (Posting("merchant:rose:payable", "bank:care", 5),)


def test_what_was_paid_too_much_comes_back_to_the_fund_with_the_next_payment() -> None:
    overpaid = funds.Overpaid(
        fund_id="care", merchant_id="rose", redemption_id="r1", amount_minor=2
    )
    kept = funds.PaidOut(
        fund_id="care", merchant_id="rose", amount_minor=5, through=2, recovered_minor=2
    )

    assert postings.postings(overpaid) == (Posting("merchant:rose:receivable", "recovery:care", 2),)
    assert postings.postings(kept) == (
        Posting("merchant:rose:payable", "bank:care", 3),
        Posting("merchant:rose:payable", "merchant:rose:receivable", 2),
        Posting("recovery:care", "fund:care", 2),
    )


def test_a_payment_that_is_kept_whole_leaves_the_bank_alone() -> None:
    kept = funds.PaidOut(
        fund_id="care", merchant_id="rose", amount_minor=5, through=2, recovered_minor=5
    )

    assert {posting.destination for posting in postings.postings(kept)} == {
        "merchant:rose:receivable",
        "fund:care",
    }


def test_a_redemption_shows_what_everybody_pays() -> None:
    assert postings.postings(MADE) == (
        Posting("member:m1:spending", "merchant:rose:sales", 80_00),
        Posting("merchant:rose:discount", "member:m1:saving", 10_00),
        Posting("fund:care", "merchant:rose:payable", 10_00),
        Posting("programme:special-relief:benefit", "member:m1:saving", 10_00),
    )


def test_what_nobody_pays_is_not_posted() -> None:
    free = redeemed(offered("free", terms={"basis_points": 10_000}))

    assert postings.postings(free) == (
        Posting("merchant:rose:discount", "member:m1:saving", 100_00),
    )


def test_a_reversal_undoes_its_redemption_to_zero() -> None:
    assert set(balances([MADE]).values()) != {0}
    assert set(balances([MADE, UNDONE]).values()) == {0}


def test_the_accounts_are_those_of_the_chart() -> None:
    chart = re.findall(r"^ {4}(\w+):", postings.__doc__ or "", re.MULTILINE)

    assert set(chart) == set(ACCOUNTS)


@given(steps=STEPS)
def test_the_books_agree_at_every_position(steps: list[tuple[Any, ...]]) -> None:
    events = history_of(steps).events
    for position in range(len(events) + 1):
        found = balances(events[:position])
        wrong = fault(found, list(bare(events[:position])))
        assert wrong is None, wrong


@given(steps=STEPS)
def test_the_states_of_the_funds_are_the_books(steps: list[tuple[Any, ...]]) -> None:
    history = history_of(steps)
    found = balances(history.events)

    for fund_id in FUNDS:
        state: funds.Fund = history.state(f"fund-{fund_id}")
        assert state.available_minor == found[f"fund:{fund_id}"]
        set_aside = [*state.owed_minor.values(), *state.held_minor.values()]
        assert -found[f"bank:{fund_id}"] == state.available_minor + sum(set_aside)
        assert found[f"recovery:{fund_id}"] == sum(state.recoverable_minor.values())
    for merchant_id in MERCHANTS:
        owed = [history.state(f"fund-{one}").owed_minor.get(merchant_id, 0) for one in FUNDS]
        assert found[f"merchant:{merchant_id}:payable"] == sum(owed)
        held = [history.state(f"fund-{one}").held_minor.get(merchant_id, 0) for one in FUNDS]
        assert found[f"merchant:{merchant_id}:held"] == sum(held)
        kept = [history.state(f"fund-{one}").recoverable_minor.get(merchant_id, 0) for one in FUNDS]
        assert -found[f"merchant:{merchant_id}:receivable"] == sum(kept)


def bare(events: Iterable[Event]) -> Iterable[redemption.Redeemed]:
    """Yield the redemptions that still stand."""
    booked = (e.made if isinstance(e, redemption.Contested) else e for e in events)
    made = {e.redemption_id: e for e in booked if isinstance(e, redemption.Redeemed)}
    undone = {e.undone.redemption_id for e in events if isinstance(e, redemption.Reversed)}
    return (event for redemption_id, event in made.items() if redemption_id not in undone)


def fault(found: Balances, standing: list[redemption.Redeemed]) -> str | None:
    """Return the fault of the books in words, or None.

    A balance is credits less debits: an asset is below zero, a liability above.
    """
    of = totals(found)
    if sum(found.values()) != 0:
        return "credits are not debits"
    if -of["bank"] != of["fund"] + of["payable"] + of["held"]:
        return "the bank is not what the funds hold and owe"
    if -of["receivable"] != of["recovery"]:
        return "what merchants owe is not what comes back to the funds"
    for account, balance in found.items():
        kind = account.partition(":")[0]
        if kind not in ACCOUNTS:
            return f"{account} is not in the chart"
        if balance < 0 and (
            kind in {"fund", "recovery"} or account.endswith((":payable", ":held"))
        ):
            return f"{account} is below zero"
        if balance > 0 and (kind == "bank" or account.endswith(":receivable")):
            return f"{account} is overdrawn"
    price = sum(one.price_minor for one in standing)
    if of["sales"] + of["saving"] != price:
        return "prices are not what was paid and saved"
    return None


def totals(found: Balances) -> Balances:
    """Return balances by the first word of an account, and by the last."""
    total: Balances = Counter()
    for account, balance in found.items():
        first, *_, last = account.split(":")
        total[first if first in {"bank", "fund", "recovery"} else last] += balance
    return total


@pytest.mark.control
@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.update({"bank:care": -1}),
        lambda found: found.update({"fund:care": -500, "merchant:rose:payable": 500}),
        lambda found: found.update({"attic:care": 5, "attic:lost": -5}),
        lambda found: found.update({"member:m1:saving": 5, "programme:p:benefit": -5}),
        lambda found: found.update({"bank:care": 500, "fund:care": -500}),
        lambda found: found.update({"merchant:rose:receivable": -5, "member:m1:spending": 5}),
    ],
)
def test_the_judge_of_the_books_finds_a_fault(spoil: Callable[[Balances], None]) -> None:
    contributed = funds.Contributed(fund_id="care", source="district", amount_minor=100)
    sound = balances([contributed, MADE, UNDONE])
    assert fault(sound, []) is None

    spoil(sound)

    assert fault(sound, []) is not None


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed: apt install")
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_hledger_comes_to_the_same_balances(steps: list[tuple[Any, ...]], tmp_path: Path) -> None:
    events = history_of([("contribute", "care", 500), *steps]).events
    (tmp_path / "log.journal").write_text(journal(events), encoding="utf-8")

    hledger(tmp_path, "check", "--strict", "ordereddates")

    answered = csv.reader(io.StringIO(hledger(tmp_path, "balance", "--no-total", "-O", "csv")))
    next(answered)
    found = {account: -int(balance.removesuffix(" fen")) for account, balance in answered}
    assert found == {account: sum_ for account, sum_ in balances(events).items() if sum_}


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed: apt install")
def test_hledger_refuses_what_does_not_balance(tmp_path: Path) -> None:
    contributed = funds.Contributed(fund_id="care", source="district", amount_minor=100)
    (tmp_path / "log.journal").write_text(journal([contributed]), encoding="utf-8")
    hledger(tmp_path, "check", "--strict", "ordereddates")

    spoilt = journal([contributed]).replace("-100 fen", "-99 fen")
    (tmp_path / "log.journal").write_text(spoilt, encoding="utf-8")

    with pytest.raises(subprocess.CalledProcessError):
        hledger(tmp_path, "check", "--strict", "ordereddates")


def journal(events: list[Event]) -> str:
    """Return the postings as a journal with positive debits."""
    posted = [(number, postings.postings(event)) for number, event in enumerate(events, 1)]
    names = {name for _, some in posted for p in some for name in (p.source, p.destination)}
    lines = ["commodity 1000. fen", *(f"account {name}" for name in sorted(names))]
    for number, some in posted:
        for posting in some:
            lines += [
                f"2026-05-01 * position {number}",
                f"    {posting.source}  {posting.amount_minor} fen",
                f"    {posting.destination}  -{posting.amount_minor} fen",
            ]
    return "\n".join(lines) + "\n"


def hledger(folder: Path, *asked: str) -> str:
    command = ["hledger", "-f", str(folder / "log.journal"), *asked]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60, env={"LANG": "C.UTF-8"}
    ).stdout
