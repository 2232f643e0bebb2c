"""The gateways of a rehearsal: real processes on free ports."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from ledger.errors import HongkaError
from pos_gateway.child_process import HONGKA, NotStarted, free_port, running, wait_until_ready
from pos_gateway.rehearsal.copy import Place
from pos_gateway.settings import Settings


class GatewayNotStarted(HongkaError):
    """A gateway of the rehearsal ended before it answered; `problem` is the end of its log."""


@contextmanager
def serving(place: Place, settings: Settings, count: int) -> Iterator[list[str]]:
    """Run `count` gateways on the copy, and yield their addresses when all of them answer.

    They have the settings of the real gateway, but for databases and address. Several are
    accompanied by `hongka follow`; a single one updates its views itself. All are ended with the
    block.

    Raises:
        GatewayNotStarted: one ended before it answered.
    """
    with ExitStack() as stack:
        addresses: list[str] = []
        started: list[tuple[subprocess.Popen[bytes], Path]] = []
        for number in range(count):
            chosen = _settings(place, settings, follow=count == 1)
            log = place.var / f"gateway-{number}.log"
            serve = running((*HONGKA, "serve"), chosen.environment, log)
            started.append((stack.enter_context(serve), log))
            addresses.append(f"http://{chosen.host}:{chosen.port}")
        if count > 1:
            log = place.var / "follow.log"
            stack.enter_context(running((*HONGKA, "follow"), chosen.environment, log))
        for process, log in started:
            try:
                wait_until_ready(process, log)
            except NotStarted as ended:
                raise GatewayNotStarted(problem=str(ended)) from None
            stack.callback(process.terminate)  # All at once; then they are waited for in turn.
        yield addresses


def _settings(place: Place, settings: Settings, *, follow: bool) -> Settings:
    port = free_port()
    read = Settings.read({"HONGKA_VAR": str(place.var), "LEDGER_URL": place.ledger_url})
    return msgspec.structs.replace(
        settings,
        var=place.var,
        ledger_url=read.ledger_url,
        views_url=read.views_url,
        vault_url=read.vault_url,
        host="127.0.0.1",
        port=port,
        health_port=port + 1,
        workers=1,
        follow=follow,
    )
