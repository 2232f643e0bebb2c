"""Settlement: draw up, approve, return and pay statements; report overpayments."""

from datetime import datetime
from typing import Unpack

from ledger import funds
from ledger.control.independence import check_independent
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.errors import InputInvalid
from ledger.event import Event
from ledger.merchants import merchant
from ledger.services.base import Asking
from ledger.services.controlled import OFFICER, ControlledService, When, act, check_officer
from ledger.settlement import bank_account, incident, statement
from ledger.write.state_batch import StateBatch
from ledger.write.streams import category_of


class StatementService(ControlledService):
    """Verbs on statements, contests, overpayments and bank accounts.

    `by` must be `officer-…`, else InputInvalid, and to draw up, approve or pay, appointed, else
    OfficerNeeded. Whoever approves must be independent of whoever drew the statement up or approved
    it, and whoever pays of whoever drew it up, else NotIndependent.
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
            owing = sorted(paying.settling.items())
            streams = [statement.stream(one.statement_id) for _, one in owing]
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
            check_officer(states, officer_id)
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

        Of two approvals one is given at the desk, else DeskNeeded: see Asking.
        Return None if this officer approved it already, or it has all approvals it needs.
        """
        officer_id, stream = _officer(asking), statement.stream(statement_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            check_officer(states, officer_id)
            drawn_up = statement.known(states[stream])
            approved = statement.approve(
                states[stream],
                officer_id=officer_id,
                day=self.day(at),
                payee=states[bank_account.stream(_owner(drawn_up))],
                at_terminal=asking.get("at_terminal", False),
            )
            for other in (drawn_up.officer_id, *states[stream].approved_by) if approved else ():
                check_independent(states, other, officer_id, at=at)
            return approved

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
            check_officer(states, officer_id)
            drawn_up = statement.known(states[stream])
            paid = statement.mark_paid(
                states[stream],
                reference=reference,
                officer_id=officer_id,
                day=self.day(at),
                paying=states[funds.stream(drawn_up.fund_id)],
            )
            if paid:
                owner = _owner(drawn_up)
                payee = states[bank_account.stream(owner)]
                bank_account.check_cooled(payee, owner=owner, at=at)
                check_independent(states, drawn_up.officer_id, officer_id, at=at)
                paid += bank_account.paid_to(payee, owner=owner)
            return paid

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
        asked = [funds.stream(fund_id), "threshold", amount_minor]
        told = {"fund_id": fund_id, "amount_minor": amount_minor}
        return self._act(Act.SET_THRESHOLD, asked, asking, told)

    def change_bank_account(
        self, owner: str, *, kept_as: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that `owner` (`merchant-…`, `fund-…`) has the account that the vault holds.

        A second person confirms it. `kept_as` is the name under which the vault holds the account:
        the caller stores it there before. The log holds no account data.
        """
        asked = ["bank_account", owner, False, asking.get("by", "")]
        told = {"owner": owner, "kept_as": kept_as}
        return self._act(Act.CHANGE_ACCOUNT, asked, asking, told)

    def erase_bank_account(self, owner: str, **asking: Unpack[Asking]) -> Event | None:
        """Record that the account of `owner` was erased; return None if none was there.

        A second person confirms it. The caller erases it from the vault afterwards.
        """
        asked = ["bank_account", owner, True, asking.get("by", "")]
        return self._act(Act.ERASE_ACCOUNT, asked, asking, {"owner": owner})


def _owner(drawn_up: statement.DrawnUp) -> str:
    """Return the owner of the account that a statement is paid to."""
    return merchant.stream(drawn_up.merchant_id)


def _check_owner(states: StateBatch, owner: str) -> None:
    match category_of(owner):
        case merchant.CATEGORY:
            merchant.check_known(states[owner])
        case funds.CATEGORY:
            funds.check_known(states[owner])
        case _:
            raise InputInvalid(field="owner")


def _about_owner(*_now: object, owner: str, **_account: str) -> Stake:
    return Stake(subject=owner)


@act(Act.CHANGE_ACCOUNT, _about_owner)
def _change_account(states: StateBatch, when: When, *, owner: str, kept_as: str) -> list[Event]:
    _check_owner(states, owner)
    return bank_account.change(
        states[bank_account.stream(owner)], owner=owner, by=when.by, at=when.at, kept_as=kept_as
    )


@act(Act.ERASE_ACCOUNT, _about_owner)
def _erase_account(states: StateBatch, _when: When, *, owner: str) -> list[Event]:
    _check_owner(states, owner)
    return bank_account.erase(states[bank_account.stream(owner)], owner=owner)


def _officer(asking: Asking) -> str:
    """Return the id of the calling officer; reject any other caller."""
    by = asking.get("by", "")
    if not by.startswith(OFFICER) or by == OFFICER:
        raise InputInvalid(field="by")
    return by
