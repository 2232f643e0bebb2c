"""Members who claim over HTTP at several gateways, and continue when one of them dies."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import aiohttp

from ledger.application import Ledger
from ledger.store import Log
from pos_gateway.auth.api_key import make_member_key
from pos_gateway.services import prepare
from pos_gateway.settings import Settings
from tests.faults.gateways import Gateway
from tests.support.concurrent_claims import DROP, Attempt, ClaimRun, prepare_drop

BODY = {"item": "garden", "session": "may-1", "party": 3}

ASKS_MAX = 200
"""The most times that a claim is sent again; more would be a fault of ours."""

OPENS_IN_SECONDS = 8
"""The time until the drop opens; by then members have keys and gateways run."""

SECONDS_MAX = 3.0
"""The time that a phone waits for an answer."""


def key_of(member_id: str) -> tuple[str, str]:
    """Return the API key of a member, and its hash."""
    return make_member_key(member_id, "phone", hashlib.sha256(member_id.encode()).digest())


class DropUnderLoad:
    """A drop, members with API keys, and gateways that share their signing keys."""

    def __init__(self, var: Path, url: str, run: ClaimRun) -> None:
        self.url, self.grab, self._var = url, run, var
        settings = Settings.read({"HONGKA_VAR": str(var), "LEDGER_URL": url})
        prepare(settings, datetime.now(UTC))
        self._log = Log(url)
        prepare_drop(url, run, opens_in_seconds=OPENS_IN_SECONDS)
        with closing(Ledger(url)) as ledger:
            for number in range(run.members):
                key_hash = key_of(f"m{number}")[1]
                ledger.officers.families.make_member_key(
                    f"m{number}", key_id="phone", key_hash=key_hash
                )

    def claims(self) -> int:
        """Return the number of claims in the log."""
        facts = self._log.select_events(f"drop-{DROP}")
        return sum(fact.topic == "drop.claimed" for fact in facts)

    def close(self) -> None:
        """Close the database."""
        self._log.close()

    def gateway(self, number: int, environment: dict[str, str] | None = None) -> Gateway:
        """Return one of several gateways."""
        var = self._var.parent / f"{self._var.name}-{number}"
        var.mkdir(mode=0o700)
        shutil.copytree(self._var / "keys", var / "keys")
        return Gateway(var, self.url, {"HONGKA_FOLLOW": "no", **(environment or {})})


def claim_over_http(
    gateways: Sequence[Gateway], run: ClaimRun, disturb: Callable[[], None]
) -> list[Attempt]:
    """Send all claims over all gateways during a disturbance. Return every attempt."""
    return asyncio.run(_grab([gateway.port for gateway in gateways], run, disturb))


async def _grab(ports: Sequence[int], run: ClaimRun, disturb: Callable[[], None]) -> list[Attempt]:
    chance = Random(3)  # noqa: S311 - the same way through the gateways each time
    connector = aiohttp.TCPConnector(limit=96)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS_MAX, sock_read=SECONDS_MAX)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        disturbing = asyncio.create_task(asyncio.to_thread(disturb))
        told = await asyncio.gather(
            *(_press(session, ports, chance, *one) for one in run.presses())
        )
        await disturbing
    return list(told)


async def _press(
    session: aiohttp.ClientSession,
    ports: Sequence[int],
    chance: Random,
    member_id: str,
    claim_id: str,
) -> Attempt:
    headers = {"Authorization": f"Bearer {key_of(member_id)[0]}"}
    for _ in range(ASKS_MAX):
        url = f"http://127.0.0.1:{chance.choice(ports)}/api/v1/drops/{DROP}/claims/{claim_id}"
        try:
            async with session.put(url, json=BODY, headers=headers) as answer:
                body = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError):
            await asyncio.sleep(0.05)
            continue
        if answer.status in {200, 201}:
            told = "claimed" if answer.status == 201 else "again"
            return Attempt(member_id, claim_id, told, body["ticket"])
        if answer.status in {429, 503} or body["reason"] == "not_open_yet":
            await asyncio.sleep(0.1)
            continue
        return Attempt(member_id, claim_id, body["reason"])
    return Attempt(member_id, claim_id, "gave_up")
