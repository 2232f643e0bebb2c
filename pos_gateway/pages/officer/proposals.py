"""Proposals: the acts that need two people, shown, confirmed, refused and withdrawn."""

from collections.abc import Callable
from typing import Any

from flask import Response

from ledger.control.proposal import HANDED_OUT, Proposed, Status, known, taker
from ledger.control.table import TABLE, Act
from ledger.errors import HongkaError
from ledger.offers.offer import Offer
from ledger.services.controlled import ACTS, OFFICER
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import PROPOSAL_REASONS
from pos_gateway.members.correction import compared
from pos_gateway.members.decided import finish_decided
from pos_gateway.pages.officer import OfficerViews, form_parsing, offer_form
from pos_gateway.pages.officer.offers import described
from pos_gateway.pages.officer.warnings import audience_warnings, rules_warnings
from pos_gateway.payments.bank_accounts import bank_accounts, masked
from pos_gateway.staff import appointment
from pos_gateway.web.listing import Lists
from pos_gateway.web.page_route import PROPOSALS, chosen, submit
from pos_gateway.web.views import POST, page
from projections.proposals import proposals, table

ONE = f"{PROPOSALS}/<proposal_id>"


class ProposalPages(OfficerViews):
    """The officers' pages of proposals; a refused form shows its `error` on the page."""

    @page("desk-proposals", PROPOSALS, Policy.SEE_DESK)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the proposals that wait, then those that are decided, the latest first."""
        lists, waits = Lists(PROPOSALS), table.c.status == Status.PROPOSED.value
        with self._services.views.reading() as connection:
            waiting, decided = (
                lists.numbered(name, proposals, connection=connection, where=[condition])
                for name, condition in (("waiting_before", waits), ("before", ~waits))
            )
        return self._show("proposals.html", asking, waiting=waiting, decided=decided)

    @page("desk-proposal", ONE, Policy.SEE_DESK)
    def proposal(
        self,
        proposal_id: str,
        asking: StaffIdentity,
        error: HongkaError | None = None,
        half: str = "",
    ) -> Response:
        """Show one proposal in plain words, and who may confirm it; or ProposalUnknown.

        `half` is the second half of a recovery sheet, shown once.
        """
        officers = self._services.ledger.officers
        state = officers.proposals.proposal(proposal_id)
        proposed = known(state)
        with self._services.views.reading() as connection:
            recorded = proposals(connection, proposal_id=proposal_id)[:1]
        return self._show(
            "proposal.html",
            asking,
            error=error,
            half=half,
            state=state,
            handed_to=taker(state) if proposed.act in HANDED_OUT else "",
            proposed=proposed,
            recorded=recorded[0] if recorded else None,
            candidates=dict(officers.proposals.candidates(proposal_id)),
            roles=sorted(TABLE[Act(proposed.act)].confirmed_by),
            tied={one.staff_id for one in officers.staff.staff_list() if one.member_id},
            proposer=proposed.by.removeprefix(OFFICER),
            **self._about(proposed, asking),
        )

    @page("desk-proposal-decide", f"{ONE}/decision", Policy.CONFIRM_PROPOSALS, POST)
    @page("desk-proposal-withdraw", ONE, Policy.MAKE_PROPOSALS, POST)
    def decide(self, proposal_id: str, asking: StaffIdentity) -> Response:
        """Confirm or refuse another's proposal, or withdraw one's own, by the field `deed`."""
        service, by = self._services.ledger.officers.proposals, asking.by
        deeds: dict[str, Callable[[], object]] = {
            "confirm": lambda: service.confirm(proposal_id, by=by),
            "refuse": lambda: service.refuse(
                proposal_id, reason=form_parsing.one_of("reason", PROPOSAL_REASONS), by=by
            ),
            "withdraw": lambda: service.withdraw(proposal_id, by=by),
        }

        def act() -> None:
            chosen(deeds)()
            finish_decided(self._services, proposal_id)

        there, go = f"{PROPOSALS}/{proposal_id}", self._see_after
        return submit(act, lambda error: self.proposal(proposal_id, asking, error), there, go)

    @page("desk-proposal-invitation", f"{ONE}/invitation", Policy.MAKE_PROPOSALS, POST)
    def hand_out(self, proposal_id: str, asking: StaffIdentity) -> Response:
        """Show, once, what a confirmed proposal hands out to the caller: see `taker`."""
        try:
            code = appointment.hand_out(self._services, proposal_id, by=asking.by)
        except HongkaError as error:
            return self.proposal(proposal_id, asking, error)
        state = self._services.ledger.officers.proposals.proposal(proposal_id)
        staff_id = known(state).particulars.get("staff_id", "")
        if not staff_id:
            return self.proposal(proposal_id, asking, half=code)
        return self._show("staff_new.html", asking, staff_id=staff_id, invitation=code)

    def _about(self, proposed: Proposed, asking: StaffIdentity) -> dict[str, Any]:
        """Return the particulars of an act as values, and the present state that it changes."""
        ledger = self._services.ledger
        named = ACTS[Act(proposed.act)].read(proposed.particulars)
        present = ledger.officers.proposals.concerned(proposed)
        shown: dict[str, Any] = {"named": named, "present": present}
        shown["fund"] = ledger.fund(proposed.stake.fund_id) if proposed.stake.fund_id else None
        if "kind" in named:
            after = Offer(**{key: named[key] for key in ("title", "kind", "terms", "rules")})
            before = [present] if isinstance(present, Offer) and present.offer_id else []
            both = [(one, described(one), offer_form.shown(one)) for one in (after, *before)]
            merchants = {one.merchant_id: one.name for one in ledger.merchants()}
            shown |= {"offers": both, "merchants": merchants}
            shown["warnings"] = rules_warnings(self._services, after.rules)
        if "plan" in named:
            shown["warnings"] = audience_warnings(self._services, named["plan"].audience)
        if proposed.act == Act.CORRECT_MEMBER and asking.may(Policy.SEE_MEMBERS):
            told = (named["member_id"], proposed.proposal_id)
            shown["changes"] = compared(self._services, *told, by=asking.by)
        if "owner" in named:
            accounts = self._services.vault.bank_accounts.get_many([named.get("kept_as", "")])
            accounts |= bank_accounts(self._services, [named["owner"]])
            shown["accounts"] = {owner: masked(account) for owner, account in accounts.items()}
        return shown
