"""The recovery sheet: two halves that together appoint a second reviewer, and nothing alone."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from ledger.control import founding
from ledger.control.proposal import Proposed
from pos_gateway.cli.asking import Run, asked_for, group, officer, waits
from pos_gateway.staff import appointment

SECRET_BYTES = 16

_KEEPERS = (("工会主席", "the president of the union"), ("经费审查委员会", "the audit committee"))

recovery_sheet = group("recovery-sheet")


@officer("hongka recovery-sheet make", of=recovery_sheet, many=True)
def make(run: Run) -> None:
    """Print the two halves of a new recovery sheet, this once; an earlier sheet is void then.

    While the federation is set up the terminal does it alone; later a second reviewer confirms it.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    mark = founding.sheet_hash(secret)
    event = run.officers.proposals.make_sheet(mark, by=run.asking["by"])
    halves = founding.halves(secret, secrets.token_bytes(SECRET_BYTES))
    page = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes())["half"]
    texts = [
        page.format(number=number, mark=mark[:8], half=half, keeper=en, keeper_zh=zh)
        for number, (half, (zh, en)) in enumerate(zip(halves, _KEEPERS, strict=True), 1)
    ]
    texts.append(waits(event) if isinstance(event, Proposed) else f"Sheet {mark[:8]} is in force.")
    run.say.of("\n".join(texts), sheet=mark[:8], halves=halves)


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
