"""Run the fault stories at length, for a night."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from tempfile import mkdtemp

import click
from rich.console import Console
from rich.progress import Progress

from tests.faults.clients import Operation
from tests.faults.district import District
from tests.faults.proxy import CommitProxy
from tests.faults.stories import Story, cut, killed, under_load
from tests.support.postgres import PostgresServer

KILLS_A_LOAD = 2
CUTS_A_LOAD = 20

Break = Callable[[], float]


@click.command()
@click.option("--kills", type=click.IntRange(min=0), default=50, help="On either database.")
@click.option("--cuts", type=click.IntRange(min=0), default=100, help="Of commits.")
def main(*, kills: int, cuts: int) -> None:
    """Kill gateways and cut commits under load; the oracle checks the whole log after each load."""
    with Progress(console=Console(stderr=True)) as progress, _home() as home:
        server = PostgresServer(home)
        server.start()
        try:
            for kind in ("sqlite", "postgres"):
                url = server.new_database() if kind == "postgres" else None
                with closing(District(home / f"kills-{kind}", url)) as district:
                    _kill(progress, district, kind, kills)
            with closing(District(home / "cuts", server.new_database())) as district:
                _cut(progress, district, server, cuts)
        finally:
            server.stop()


def _kill(progress: Progress, district: District, kind: str, kills: int) -> None:
    chance = Random(1)  # noqa: S311 - the same moments each night
    with district.gateway() as gateway:

        def loaded(most: int, before: list[Operation]) -> Story:
            def kill() -> list[float]:
                return [killed(gateway, district, chance) for _ in range(most)]

            return under_load(district, [gateway], kill, before=before)

        _repeat(progress, f"kill -9, {kind}", kills, KILLS_A_LOAD, loaded)


def _cut(progress: Progress, district: District, server: PostgresServer, cuts: int) -> None:
    with CommitProxy(server.port) as proxy:
        url = district.url.replace(f":{server.port}/", f":{proxy.port}/")
        with district.gateway(environment={"LEDGER_URL": url}) as gateway:

            def loaded(most: int, before: list[Operation]) -> Story:
                def cut_all() -> list[float]:
                    return [cut(proxy, delivered=number % 2 == 0) for number in range(most)]

                return under_load(district, [gateway], cut_all, before=before)

            _repeat(progress, "commits cut", cuts, CUTS_A_LOAD, loaded)


def _repeat(
    progress: Progress,
    name: str,
    times: int,
    at_once: int,
    loaded: Callable[[int, list[Operation]], Story],
) -> None:
    """Repeat one story on one log, and stop at the first complaint of the oracle."""
    task = progress.add_task(name, total=times)
    recoveries: list[float] = []
    story = Story([], [], [])
    while len(recoveries) < times:
        story = loaded(min(at_once, times - len(recoveries)), story.operations)
        if story.complaints:
            click.echo("\n".join([f"{name}, after {len(recoveries)}:", *story.complaints[:40]]))
            sys.exit(1)
        recoveries += story.recoveries
        progress.update(task, completed=len(recoveries))
    if recoveries:
        slowest = f"median {median(recoveries):.2f} s, slowest {max(recoveries):.2f} s"
        click.echo(f"{name}: {times} times, nothing lost; {slowest}; {dict(story.met)}")


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(mkdtemp(prefix="hongka-faults-"))
    try:
        yield home
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
