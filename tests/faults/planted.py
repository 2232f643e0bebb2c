"""Bugs that the oracle must find, planted into a gateway through its environment.

They are negative controls: an oracle that misses one of them is useless.
"""

import os
import time
from itertools import count
from pathlib import Path
from typing import Any

from ledger.store import Draft, Stored, Tx, at_text
from ledger.write import group_commit
from ledger.write.group_commit import GroupCommit
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch
from pos_gateway.app.front import Front
from tests.faults.gateways import ROOT

ANSWERED_AHEAD_SECONDS = 0.1
DECIDED_AHEAD_SECONDS = 0.02
"""The seconds by which each bug widens its race; on a slow machine it is as wide by itself."""

WAKES_LOST = 40
"""One of so many answers never wakes its caller, who waits on the event loop."""

_VARIABLE = "HONGKA_PLANTED"


def planted(bug: str, folder: Path) -> dict[str, str]:
    """Return the environment of a gateway with a bug; `folder` takes a file that plants it."""
    folder.mkdir(exist_ok=True)
    # Python imports a module of this name first in every process of the gateway.
    (folder / "sitecustomize.py").write_text("from tests.faults import planted; planted.plant()")
    return {_VARIABLE: bug, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def plant() -> None:
    """Plant the bug that the environment names."""
    {
        "answers_before_the_commit": _answer_early,
        "decides_outside_the_lock": _decide_early,
        "loses_a_wake": _lose_wakes,
        "submits_twice": _submit_twice,
    }[os.environ[_VARIABLE]]()


def _answer_early() -> None:
    decide_all, release = group_commit._decide_all, group_commit.release
    answered: list[Request] = []

    def decide_and_answer(
        states: Any, batch: list[Request], tx: Tx, known: dict[str, Stored]
    ) -> list[Draft]:
        drafts = decide_all(states, batch, tx, known)
        release(batch)
        answered.extend(batch)
        time.sleep(ANSWERED_AHEAD_SECONDS)
        return drafts

    def release_others(batch: list[Request]) -> None:
        release([one for one in batch if one not in answered])
        answered.clear()

    group_commit._decide_all = decide_and_answer
    group_commit.release = release_others


def _lose_wakes() -> None:
    settle, numbers = Front._settle, count(1)

    def settle_most(self: Front, done: list[Request]) -> None:
        settle(self, [one for one in done if next(numbers) % WAKES_LOST])

    Front._settle = settle_most  # type: ignore[method-assign]  # that is what planting means


def _submit_twice() -> None:
    answer = Front._answer

    async def answer_and_hand_over(self: Front, *asked: Any) -> None:
        await answer(self, *asked)  # and then Flask answers, as if nothing had been submitted

    Front._answer = answer_and_hand_over  # type: ignore[method-assign]  # that is what planting means


def _decide_early() -> None:
    def commit(self: GroupCommit, batch: list[Request], _more: object) -> int:
        with self._log.reading() as view:
            states = StateBatch(self.states, view)
            states.load(stream for request in batch for stream in request.reads)
            known = view.by_request([r.request_id for r in batch if r.request_id])
            drafts = group_commit._decide_all(states, batch, view, known)  # type: ignore[arg-type]  # no Tx: the bug
        time.sleep(DECIDED_AHEAD_SECONDS)
        with self._log.locked() as tx:
            tx.append(_renumbered(tx, drafts))
        self.states.forget()
        group_commit.release(batch)
        return len(drafts)

    GroupCommit.commit = commit  # type: ignore[method-assign]  # that is what planting means


def _renumbered(tx: Tx, drafts: list[Draft]) -> list[Draft]:
    """Return the same events, numbered past the guard that would refuse them."""
    versions = tx.versions([draft.stream for draft in drafts])
    at = max(at_text(tx.now), tx.head.at)
    renumbered = []
    for draft in drafts:
        versions[draft.stream] += 1
        renumbered.append(draft._replace(version=versions[draft.stream], at=at))
    return renumbered
