"""The recovery sheet: two halves that together appoint a second reviewer, and nothing alone."""

from pathlib import Path

import click
import msgspec

from ledger.control import founding
from ledger.control.proposal import Proposed, known
from ledger.control.table import Act
from pos_gateway.cli.asking import IDENTIFIER, Run, asked_for, group, officer, waits
from pos_gateway.staff import appointment

_KEEPERS = (("工会主席", "the president of the union"), ("经费审查委员会", "the audit committee"))

recovery_sheet = group("recovery-sheet")


@officer("hongka recovery-sheet make", of=recovery_sheet, many=True)
def make(run: Run) -> None:
    """Print the two halves of a new recovery sheet, this once; an earlier sheet is void then.

    While the federation is set up the terminal does it alone. Later a second reviewer confirms it,
    and prints the second half: hongka recovery-sheet half.
    """
    event, mark, halves = appointment.make_sheet(run.services, by=run.asking["by"])
    texts = [_page(number, mark, half) for number, half in enumerate(halves, 1)]
    texts.append(waits(event) if isinstance(event, Proposed) else f"Sheet {mark[:8]} is in force.")
    run.say.of("\n".join(texts), sheet=mark[:8], halves=halves)


@officer("hongka recovery-sheet half 1f2e3d4c5b6a7988", of=recovery_sheet, many=True)
@click.argument("proposal_id", metavar="PROPOSAL", type=IDENTIFIER)
def second(run: Run, *, proposal_id: str) -> None:
    """Print, once, the second half of the recovery sheet that you confirmed."""
    proposed = known(run.officers.proposals.proposal(proposal_id))
    if proposed.act != Act.MAKE_SHEET:
        raise click.UsageError("This is no sheet. Who proposed it: hongka staff invitation.")
    half = appointment.hand_out(run.services, proposal_id, by=run.asking["by"])
    run.say.of(_page(2, proposed.particulars["secret_hash"], half), half=half)


@officer("hongka recovery-sheet use li", of=recovery_sheet, many=True)
def use(run: Run, *, staff_id: str) -> None:
    """Appoint a second reviewer by both halves of the sheet, where fewer than two are left.

    The halves are asked for at prompts. Every desk shows for ever that this was done.
    """
    one, other = (asked_for(f"Half {number} 第{number}半", str.strip) for number in (1, 2))
    secret = founding.joined(one, other)
    code = appointment.recover(run.services, staff_id, secret=secret, by=run.asking["by"])
    run.say.of(
        f"{staff_id} is a reviewer. The invitation, good for a week, for /desk/invitation:\n{code}",
        invitation=code,
    )


def _page(number: int, mark: str, half: str) -> str:
    """Return what is printed for the first or second half of the sheet with this hash."""
    zh, en = _KEEPERS[number - 1]
    page: str = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes())["half"]
    return page.format(number=number, mark=mark[:8], half=half, keeper=en, keeper_zh=zh)
