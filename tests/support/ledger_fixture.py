"""A ledger on a real database with a hairdresser, two members, a fund and two offers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.benefits.terms import Ceilings, Funding, Limits, Rules
from ledger.errors import HongkaError
from ledger.members import card, member
from ledger.services.scan import Scan
from ledger.write.request import Request

PER_DAY, PER_OFFER_MINOR = 2, 100_00
HAIR = Rules(limits=Limits(per_day=PER_DAY), ceilings=Ceilings(per_offer_minor=PER_OFFER_MINOR))
CARE = Rules(funding=Funding(union_basis_points=10_000, fund_id="care"))
OFFICES = {"wu": ["clerk"], "li": ["reviewer"], "zhao": ["treasurer"]}
ROSE: dict[str, Any] = {"merchant_id": "rose", "outlet_id": "gulou", "till_id": "t1"}


def ledger_of_any_time(url: str) -> Ledger:
    """Open a ledger whose facts may be of any time, since nothing judges the clock."""
    ledger = Ledger(url)
    ledger.store._database.clock = None
    return ledger


def populate(ledger: Ledger, *, available_minor: int = 60_00) -> None:
    """Sign the hairdresser, register two members, open the fund, publish offers, appoint staff."""
    for number in ("1", "2"):
        ledger.officers.cards.register_member(f"m{number}", branch="branch-miyun")
        ledger.officers.cards.issue_card(f"c{number}", member_id=f"m{number}")
    ledger.officers.merchants.sign_merchant("rose", name="Rose Hair")
    ledger.officers.merchants.open_outlet("rose", outlet_id="gulou", name="Gulou Street")
    ledger.officers.merchants.pair_till("rose", till_id="t1", outlet_id="gulou", key_hash="k")
    ledger.officers.offers.open_fund("care", programme="relief", name="Care")
    ledger.officers.offers.contribute("care", source="district", amount_minor=available_minor)
    ledger.officers.offers.publish_offer(
        "hair", title="八折", kind="percent_off", terms={"basis_points": 2_000}, rules=HAIR
    )
    ledger.officers.offers.publish_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 7_00}, rules=CARE
    )
    ledger.officers.staff.appoint_first(OFFICES)


def scan(card_id: str = "c1", *choices: str, amount_minor: int = 50_00, **other: Any) -> Scan:
    """Return a scan of a card at the hairdresser's till."""
    return Scan(card_id=card_id, choices=choices, amount_minor=amount_minor, **ROSE | other)


def replaced_past_its_day(ledger: Ledger, card_id: str, old: str = "c1") -> None:
    """Replace a card by one whose last day is past, as release 2026.11.2 let officers do."""
    state, past = ledger.card(old), date(2020, 1, 1)
    facts = [
        *card.replace(state, replaced_by=card_id, today=past),
        *card.issue(card.INITIAL, card_id=card_id, member_id=state.member_id, last_day=past),
        *member.receive_card(ledger.member(state.member_id), card_id=card_id),
    ]
    ledger.writer.ask(Request(lambda *_: facts, by="system"))


@pytest.fixture
def sqlite_url(tmp_path: Any) -> str:
    """Return the URL of an empty SQLite file."""
    return f"sqlite:///{tmp_path}/log.db"


@contextmanager
def writer_held(ledger: Ledger) -> Iterator[None]:
    """Keep the writer busy with a query, so that requests made meanwhile share the next batch."""
    started, gate = threading.Event(), threading.Event()

    def wait(_states: Any, _now: Any) -> None:
        started.set()
        gate.wait(30)

    waiting = Request(wait, by=None)
    ledger.writer.submit(waiting)
    assert started.wait(10)
    try:
        yield
    finally:
        gate.set()
        with suppress(HongkaError):
            ledger.writer.answer(waiting)


def answers(ledger: Ledger, requests: list[Request]) -> list[Any]:
    """Submit all requests in one batch. Return each answer or error."""
    with writer_held(ledger):
        for request in requests:
            ledger.writer.submit(request)
    return [answer(ledger, request) for request in requests]


def answer(ledger: Ledger, request: Request) -> Any:
    """Return the answer to a submitted request, or its error."""
    try:
        return ledger.writer.answer(request)
    except Exception as error:  # noqa: BLE001 - the error is the answer
        return error


def event_count(ledger: Ledger) -> int:
    """Return the number of events in the log."""
    return ledger.head()
