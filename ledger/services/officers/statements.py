"""Settlement: draw up, approve, return and pay statements; report overpayments."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from ledger import funds
from ledger.errors import InputInvalid
from ledger.event import Event
from ledger.merchants import merchant
from ledger.services.base import Asking, Service
from ledger.settlement import bank_account, incident, statement
from ledger.write.state_batch import StateBatch
from ledger.write.streams import category_of

_OFFICER = "officer-"


class StatementService(Service):
    """Verbs on statements, overpayments and bank accounts.

    `by` must be `officer-…`, else InputInvalid; `set_threshold` takes any caller.
    """

    def merchants_owed(self, fund_id: str) -> dict[str, int]:
        """Return a fund's debts above zero, by merchant id, in minor units; or raise FundUnknown.

        Merchants with an open statement of this fund are left out.
        """
        state: funds.Fund = self.state(funds.stream(fund_id))
        funds.check_known(state)
        return {
            merchant_id: owed_minor
            for merchant_id, owed_minor in sorted(state.owed_minor.items())
            if owed_minor and merchant_id not in state.settling
        }

    def statements_to_pay(self, fund_id: str) -> list[statement.DrawnUp]:
        """Return the fund's statements that are approved and not paid, sorted by merchant id."""

        def ask(states: StateBatch, _now: datetime) -> list[statement.DrawnUp]:
            paying: funds.Fund = states[funds.stream(fund_id)]
            funds.check_known(paying)
            open_ones = [one.statement_id for _, one in sorted(paying.settling.items())]
            streams = [statement.stream(statement_id) for statement_id in open_ones]
            states.load(streams)
            found: list[statement.Statement] = [states[stream] for stream in streams]
            return [
                statement.known(one) for one in found if one.status is statement.Status.APPROVED
            ]

        return self.query(ask, [funds.stream(fund_id)])

    def draw_up_statement(
        self, statement_id: str, *, fund_id: str, merchant_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Draw up a statement of all that a fund owes a merchant; None if drawn up already."""
        officer_id, stream = _officer(asking), statement.stream(statement_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            return statement.draw_up(
                states[stream],
                statement_id=statement_id,
                merchant_id=merchant_id,
                officer_id=officer_id,
                day=self.day(at),
                paying=states[funds.stream(fund_id)],
                payee=states[bank_account.stream(merchant.stream(merchant_id))],
            )

        asked = ["draw_up", statement_id, fund_id, merchant_id, officer_id]
        return self._ask(decide, [stream, funds.stream(fund_id)], asked, asking)

    def approve_statement(self, statement_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Approve a statement that another officer drew up, else DrawnUpByYou.

        Return None if this officer approved it already, or it has all approvals it needs.
        """
        officer_id, stream = _officer(asking), statement.stream(statement_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            return statement.approve(states[stream], officer_id=officer_id, day=self.day(at))

        return self._ask(decide, [stream], ["approve", statement_id, officer_id], asking)

    def return_statement(
        self, statement_id: str, *, reason: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Return an unpaid statement, also an approved one; None if it is returned already.

        The amounts on it are owed outside statements again, so a new one can be drawn up.
        """
        officer_id, stream = _officer(asking), statement.stream(statement_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            return statement.send_back(
                states[stream], reason=reason, officer_id=officer_id, day=self.day(at)
            )

        return self._ask(decide, [stream], ["return", statement_id, reason, officer_id], asking)

    def mark_statement_paid(
        self, statement_id: str, *, reference: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that the bank paid an approved statement; None if it has this `reference`."""
        officer_id, stream = _officer(asking), statement.stream(statement_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            drawn_up = statement.known(states[stream])
            return statement.mark_paid(
                states[stream],
                reference=reference,
                officer_id=officer_id,
                day=self.day(at),
                paying=states[funds.stream(drawn_up.fund_id)],
            )

        return self._ask(decide, [stream], ["pay", statement_id, reference, officer_id], asking)

    def report_incident(
        self,
        redemption_id: str,
        *,
        amount_minor: int,
        reason: str,
        fund_id: str | None = None,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Record that a merchant was overpaid for a redemption; None if the same is on record.

        Later payments withhold the amount. `fund_id` may be None if the redemption drew on one fund
        only. A redemption that is reversed or not paid yet is refused.
        """
        officer_id, stream = _officer(asking), incident.stream(redemption_id)
        made = self._made(redemption_id)
        drawn_on = incident.funds_of(made)
        named = drawn_on[0] if fund_id is None and len(drawn_on) == 1 else fund_id or ""

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            return incident.report(
                states[stream],
                made=made,
                fund_id=named,
                amount_minor=amount_minor,
                reason=reason,
                officer_id=officer_id,
                day=self.day(at),
                used=states[made.stream],
                paid_by=states[funds.stream(named)] if named in drawn_on else funds.INITIAL,
            )

        asked = ["incident", redemption_id, named, amount_minor, reason, officer_id]
        return self._ask(decide, [stream, made.stream], asked, asking)

    def set_threshold(
        self, fund_id: str, *, amount_minor: int, **asking: Unpack[Asking]
    ) -> Event | None:
        """Set the minor units above which a fund's payments need two officers; None if equal."""
        stream = funds.stream(fund_id)
        return self._do(stream, "threshold", funds.set_threshold, asking, amount_minor=amount_minor)

    def note_bank_account(
        self, owner: str, *, erased: bool = False, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that the bank account of `owner` (`merchant-…`, `fund-…`) was set or `erased`.

        Return None if none was there to erase. The log holds no account data: the caller changes
        the account in the vault afterwards.
        """
        officer_id, stream = _officer(asking), f"{bank_account.CATEGORY}-{owner}"

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            match category_of(owner):
                case merchant.CATEGORY:
                    merchant.check_known(states[owner])
                case funds.CATEGORY:
                    funds.check_known(states[owner])
                case _:
                    raise InputInvalid(field="owner")
            verb = bank_account.erase if erased else bank_account.change
            return verb(states[stream], owner=owner)

        return self._ask(decide, [stream], ["bank_account", owner, erased, officer_id], asking)


def _officer(asking: Asking) -> str:
    """Return the id of the calling officer; reject any other caller."""
    by = asking.get("by", "")
    if not by.startswith(_OFFICER) or by == _OFFICER:
        raise InputInvalid(field="by")
    return by
