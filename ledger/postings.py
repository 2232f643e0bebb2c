"""Every event as balanced double entry over one chart of accounts.

A posting debits its source and credits its destination with one positive amount, so each balances.

chart of accounts
    bank:<fund>                  asset      money of a fund that is really there
    fund:<fund>                  liability  what the fund may still give
    recovery:<fund>              liability  what comes back to the fund once a merchant settles it
    merchant:<id>:payable        liability  what we owe the merchant: the union's shares
    merchant:<id>:held           liability  union's shares of contests that wait for an officer
    merchant:<id>:receivable     asset      what the merchant was paid too much
    programme:<name>:benefit     expense    what the union gave members, by programme of the fund
    merchant:<id>:discount       memo       what the merchant gave members
    merchant:<id>:sales          memo       what members paid the merchant themselves
    member:<id>:spending         memo       what the member paid
    member:<id>:saving           memo       what the member saved
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger import funds
from ledger.event import Event
from ledger.redemptions.events import ContestDecided, Contested, Redeemed, Reversed

ACCOUNTS = ("bank", "fund", "recovery", "merchant", "programme", "member")
"""The kinds of accounts: the text before the first colon of an account's name."""


class Posting(msgspec.Struct, frozen=True):
    """A posting of `amount_minor` (at least 1): debits account `source`, credits `destination`."""

    source: str
    destination: str
    amount_minor: int

    def reversed(self) -> Posting:
        """Return a posting of the same amount from destination to source."""
        return Posting(self.destination, self.source, self.amount_minor)


Booked = Redeemed | Contested | ContestDecided | Reversed
MoneyEvent = Booked | funds.Contributed | funds.PaidOut | funds.Overpaid
"""Every event that has postings."""


def postings(event: Event) -> tuple[Posting, ...]:
    """Return the postings of an event; empty for an event that moves no money."""
    match event:
        case (Redeemed() as made) | Contested(booked=Redeemed() as made):
            return tuple(_redeemed(made))
        case ContestDecided():
            was, now = list(_redeemed(event.was)), list(_redeemed(event.made))
            undone = (posting.reversed() for posting in was if posting not in now)
            return (*undone, *(posting for posting in now if posting not in was))
        case Reversed():
            return tuple(posting.reversed() for posting in _redeemed(event.undone))
        case funds.Contributed():
            return _one(f"bank:{event.fund_id}", f"fund:{event.fund_id}", event.amount_minor)
        case funds.PaidOut():
            return tuple(_paid_out(event))
        case funds.Overpaid():
            receivable = f"merchant:{event.merchant_id}:receivable"
            return _one(receivable, f"recovery:{event.fund_id}", event.amount_minor)
        case _:
            return ()


def _redeemed(event: Redeemed) -> Iterator[Posting]:
    merchant, member = f"merchant:{event.merchant_id}", f"member:{event.member_id}"
    if event.member_share_minor:
        yield Posting(f"{member}:spending", f"{merchant}:sales", event.member_share_minor)
    if event.merchant_share_minor:
        yield Posting(f"{merchant}:discount", f"{member}:saving", event.merchant_share_minor)
    for line in event.lines:
        if line.union_share_minor:
            owed = "held" if line.is_held else "payable"
            yield Posting(f"fund:{line.fund_id}", f"{merchant}:{owed}", line.union_share_minor)
            benefit = f"programme:{line.programme}:benefit"
            yield Posting(benefit, f"{member}:saving", line.union_share_minor)


def _paid_out(event: funds.PaidOut) -> Iterator[Posting]:
    """Yield the amount that leaves the bank, and the part withheld for earlier overpayments."""
    merchant, recovered_minor = f"merchant:{event.merchant_id}", event.recovered_minor
    if event.amount_minor > recovered_minor:
        due_minor = event.amount_minor - recovered_minor
        yield Posting(f"{merchant}:payable", f"bank:{event.fund_id}", due_minor)
    if recovered_minor:
        yield Posting(f"{merchant}:payable", f"{merchant}:receivable", recovered_minor)
        yield Posting(f"recovery:{event.fund_id}", f"fund:{event.fund_id}", recovered_minor)


def _one(source: str, destination: str, amount_minor: int) -> tuple[Posting, ...]:
    return (Posting(source, destination, amount_minor),)
