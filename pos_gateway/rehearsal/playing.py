"""The crowd at the gateways: one task a member, over a bounded number of connections."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from multiprocessing.connection import Connection
from random import Random
from typing import Any, NamedTuple

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from ledger.drops.terms import Plan
from pos_gateway.rehearsal.crowd import (
    BUSY,
    UNANSWERED,
    Attempt,
    Choice,
    Played,
    Player,
    Taste,
    Way,
)
from pos_gateway.services import look_less_often

HONEST_WITHIN_SECONDS = 3.0
IMPATIENT_WITHIN_SECONDS = 1.5
IMPATIENT_PRESSES = 10
IMPATIENT_GAP_SECONDS = (0.15, 0.5)
BOT_EARLY_SECONDS = 2.0
BOT_CLAIM_IDS = 4
ELSEWHERE_TRIES = 2
ELSEWHERE_PART = 0.5
"""The part of honest members who try another slot when theirs is sold out, at most twice."""

ANSWER_SECONDS_MAX = 15.0
RETRY_SECONDS_MAX = 10.0
UNANSWERED_PAUSE_SECONDS = 0.2
IDLE_SECONDS_MAX = 8
"""The time for which an idle connection is reused; a gateway closes it after ten seconds."""


class Part(NamedTuple):
    """The part of the load that one process plays, until `seconds` after the opening.

    `connections` is the number it opens in all; bots stop after `attempts_max` attempts.
    """

    addresses: Sequence[str]
    drop_id: str
    plan: Plan
    players: Sequence[Player]
    seconds: float
    connections: int
    attempts_max: int
    seed: int


class _Answer(NamedTuple):
    attempt: Attempt
    left: list[tuple[str, str]]
    retry_after: float


def play(part: Part, line: Connection) -> None:
    """Play a part; send a signal over `line` when every page was seen, and the result at the end.

    In between, `line` delivers the instant of the opening by the monotonic clock.
    """
    look_less_often()
    asyncio.run(_Crowd(part).play(line))


class _Crowd:
    """The members of one part, and their shared connections."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._taste = Taste(part.plan)
        self._attempts: list[Attempt] = []
        self._pages: Counter[int] = Counter()
        self._asked = self._unsent = 0
        self._late = 0.0
        each = max(1, part.connections // len(part.addresses))
        # Acquired before the request is sent, so that the time of sending is known.
        self._free = [asyncio.Semaphore(each) for _ in part.addresses]

    async def play(self, line: Connection) -> None:
        """Open all members' pages, wait for the opening, let all press, and send the result."""
        connector = TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS_MAX)
        timeout = ClientTimeout(total=ANSWER_SECONDS_MAX)
        players = self._part.players
        async with ClientSession(connector=connector, timeout=timeout) as self._session:
            await asyncio.gather(*map(self._open_page, players))
            line.send(None)
            self._opens: float = await asyncio.to_thread(line.recv)
            await asyncio.gather(*map(self._take_part, players))
        line.send(Played(self._attempts, self._pages, self._unsent, self._late))

    async def _take_part(self, player: Player) -> None:
        chance = Random(f"{self._part.seed}/{player.number}")  # noqa: S311 - a play, told by its seed
        press = {Way.HONEST: self._honest, Way.IMPATIENT: self._impatient, Way.BOT: self._bot}
        await press[player.way](player, chance)

    async def _honest(self, player: Player, chance: Random) -> None:
        await self._until(chance.uniform(0, HONEST_WITHIN_SECONDS))
        choice = self._taste.choose(chance)
        for number in range(ELSEWHERE_TRIES + 1):
            answer = await self._insist(player, f"press-{number}", choice)
            if answer is None or chance.random() > ELSEWHERE_PART:
                return  # too late, or satisfied with that answer
            found = self._taste.elsewhere(answer.left, chance)
            if found is None:
                return
            choice = found

    async def _insist(self, player: Player, claim_id: str, choice: Choice) -> _Answer | None:
        """Claim under one id until an answer other than "busy" comes; None if time runs out."""
        while self._now() < self._part.seconds:
            answer = await self._claim(player, claim_id, choice)
            if answer is None or answer.attempt.status not in {UNANSWERED, BUSY}:
                return answer
            await asyncio.sleep(answer.retry_after)
        return None

    async def _impatient(self, player: Player, chance: Random) -> None:
        """Press on without waiting for answers, until there is a ticket."""
        first = chance.uniform(0, IMPATIENT_WITHIN_SECONDS)
        gaps = [chance.uniform(*IMPATIENT_GAP_SECONDS) for _ in range(IMPATIENT_PRESSES - 1)]
        wanted, had = [self._taste.choose(chance)], False

        async def press() -> None:
            nonlocal had
            choice, tried = wanted[-1], len(wanted)
            answer = await self._claim(player, f"press-{tried - 1}", choice)
            had = had or (answer is not None and answer.attempt.accepted)
            if answer and answer.attempt.reason == "sold_out" and len(wanted) == tried:
                wanted.append(self._taste.elsewhere(answer.left, chance) or choice)

        async with asyncio.TaskGroup() as presses:
            for second in accumulate(gaps, initial=first):
                await self._until(second)
                if had or self._now() > self._part.seconds:
                    return
                presses.create_task(press())

    async def _bot(self, player: Player, chance: Random) -> None:
        await self._until(-BOT_EARLY_SECONDS)
        wanted = [(f"bot-{one}", self._taste.choose(chance)) for one in range(BOT_CLAIM_IDS)]
        while self._now() < self._part.seconds and len(self._attempts) < self._part.attempts_max:
            for claim_id, choice in wanted:
                answer = await self._claim(player, claim_id, choice)
                if answer is None:
                    return
                if answer.attempt.status == UNANSWERED:
                    await asyncio.sleep(UNANSWERED_PAUSE_SECONDS)

    async def _open_page(self, player: Player) -> None:
        turn = self._turn()
        async with self._free[turn]:
            status, _, _ = await self._ask("GET", turn, "/tickets", player, None)
        self._pages[status] += 1

    async def _claim(self, player: Player, claim_id: str, choice: Choice) -> _Answer | None:
        """Send a claim and record the attempt; None if no connection became free before the end."""
        pressed = self._now()
        turn = self._turn()
        asked = {"item": choice.item, "session": choice.session, "party": choice.party}
        path = f"/drops/{self._part.drop_id}/claims/{claim_id}"
        async with self._free[turn]:
            sent = self._now()
            if sent > self._part.seconds:
                self._unsent += 1
                return None
            status, told, retry_after = await self._ask("PUT", turn, path, player, asked)
            answered = self._now()
        attempt = Attempt(
            member_id=player.member_id,
            way=player.way,
            claim_id=claim_id,
            slot=choice.slot,
            party=choice.party,
            pressed=pressed,
            sent=sent,
            answered=answered,
            status=status,
            reason=told.get("reason", ""),
            ticket=told.get("ticket") or "",
        )
        self._attempts.append(attempt)
        left = told.get("particulars", {}).get("elsewhere", [])
        return _Answer(attempt, [(one["item"], one["session"]) for one in left], retry_after)

    async def _ask(
        self, method: str, turn: int, path: str, player: Player, asked: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any], float]:
        """Send a request to gateway `turn`; return status, body, and seconds to wait for a retry.

        Without an answer the status is UNANSWERED, and the body holds the kind of error as
        `reason`.
        """
        url = f"{self._part.addresses[turn]}/api/v1{path}"
        headers = {"Authorization": f"Bearer {player.key}", "Content-Type": "application/json"}
        content = None if asked is None else msgspec.json.encode(asked)
        try:
            async with self._session.request(method, url, data=content, headers=headers) as answer:
                told = msgspec.json.decode(await answer.read(), type=dict[str, Any])
                wait = answer.headers.get("Retry-After", "1")
                seconds = float(wait) if wait.isdecimal() else 1.0
                return answer.status, told, min(seconds, RETRY_SECONDS_MAX)
        except (ClientError, TimeoutError, msgspec.MsgspecError) as trouble:
            return UNANSWERED, {"reason": type(trouble).__name__}, 1.0

    def _turn(self) -> int:
        """Return the index of the next gateway in round-robin order."""
        self._asked += 1
        return self._asked % len(self._part.addresses)

    def _now(self) -> float:
        """Return the seconds after the opening; negative before it."""
        return time.monotonic() - self._opens

    async def _until(self, second: float) -> None:
        await asyncio.sleep(max(0.0, second - self._now()))
        self._late = max(self._late, self._now() - second)
