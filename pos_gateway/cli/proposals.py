"""Proposals: list and show the acts that need two people; confirm, refuse and withdraw them."""

import click
import msgspec

from ledger.control.proposal import known
from ledger.control.table import TABLE, Act
from pos_gateway.cli.asking import Run, group, officer, shows
from pos_gateway.cli.questions import question_command
from pos_gateway.cli.tables import show_record
from pos_gateway.i18n.words import PROPOSAL_REASONS
from pos_gateway.members.decided import finish_decided
from pos_gateway.services import Services

proposals = group("proposals", question_command("proposals list"))


@shows("hongka proposals show 1f2e3d4c5b6a7988", of=proposals)
def show(services: Services, *, proposal_id: str, form: str) -> None:
    """Show a proposal: its particulars, who may confirm it, and the rule that excludes others."""
    service = services.ledger.officers.proposals
    state, proposed = service.proposal(proposal_id), known(service.proposal(proposal_id))
    may = {one.staff_id: one.rule or "may confirm" for one in service.candidates(proposal_id)}
    told = msgspec.to_builtins(proposed) | {"words": TABLE[Act(proposed.act)].words[1]}
    told |= {"status": state.status, "decided_by": state.decided_by, "candidates": may}
    show_record(told, form=form)


@officer("hongka proposals confirm 1f2e3d4c5b6a7988", of=proposals)
def confirm(run: Run, *, proposal_id: str) -> None:
    """Confirm what another officer asked for (复核): it is done at once.

    Of a recovery sheet, you then print your half: hongka recovery-sheet half PROPOSAL.
    """
    event = run.officers.proposals.confirm(proposal_id, **run.asking)
    finish_decided(run.services, proposal_id)
    run.say(event, f"Proposal {proposal_id} is confirmed, and done.")


@officer("hongka proposals refuse 1f2e3d4c5b6a7988 --reason account_doubted", of=proposals)
@click.option("--reason", required=True, type=click.Choice(list(PROPOSAL_REASONS)), help="Why.")
def refuse(run: Run, *, proposal_id: str, reason: str) -> None:
    """Refuse what another officer asked for."""
    event = run.officers.proposals.refuse(proposal_id, reason=reason, **run.asking)
    finish_decided(run.services, proposal_id)
    run.say(event, f"Proposal {proposal_id} is refused.")


@officer("hongka proposals withdraw 1f2e3d4c5b6a7988", of=proposals)
def withdraw(run: Run, *, proposal_id: str) -> None:
    """Withdraw what you asked for yourself."""
    event = run.officers.proposals.withdraw(proposal_id, **run.asking)
    finish_decided(run.services, proposal_id)
    run.say(event, f"Proposal {proposal_id} is withdrawn.")
