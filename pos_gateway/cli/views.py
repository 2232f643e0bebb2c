"""The commands `hongka follow` and `hongka rebuild`: keep the views up to date, or rebuild them."""

import signal
import threading
from functools import partial

import click

from ledger.services.log_queries import opened_facts
from pos_gateway.cli.asking import example, with_services
from pos_gateway.cli.progress import Bar
from pos_gateway.services import Services
from projections.engine.rebuild import rebuild_in_processes
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.engine.runner import follow as follow_log


@click.command(epilog=example("hongka follow", "hongka follow --once"))
@click.option("--once", is_flag=True, help="Read to the end of the log and stop.")
@with_services
def follow(services: Services, *, once: bool) -> None:
    """Keep the views up to date with the log until stopped by Ctrl-C or SIGTERM.

    A single gateway does so itself; of several none does, and this runs beside them.
    """
    count = bring_up_to_date(services)
    click.echo(
        f"Facts read: {count}. The views stand at position {services.ledger.head()}.", err=True
    )
    if once:
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Following; Ctrl-C stops.", err=True)
    follow_log(services.views, services.ledger.facts, stop.wait)


@click.command(epilog=example("hongka rebuild", "hongka rebuild usage balances"))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@with_services
def rebuild(services: Services, *, names: tuple[str, ...]) -> None:
    """Build views anew from the first fact; without a NAME, all of them.

    The old tables serve until the new ones are there. Stopped half-way, it goes on when it is run
    again. A long log is read by several processes, at most four. Where a fact is missing, or is not
    what was recorded, nothing is put in place.
    """
    by_name = {projection.NAME.rpartition("_")[0]: projection for projection in PROJECTIONS}
    for name in names:
        if name not in by_name:
            raise click.UsageError(f"There is no view {name!r}; there are {', '.join(by_name)}.")
    chosen = [by_name[name] for name in names or by_name]
    head = services.ledger.head()
    with Bar("Rebuilding", total=head) as bar:
        rebuild_in_processes(
            services.views,
            services.ledger.checked_facts,
            partial(opened_facts, services.settings.ledger_url, checked=True),
            head=head,
            only=chosen,
            on_page=bar.reach,
        )
    click.echo(f"Views built anew: {len(chosen)}, from {head} facts.", err=True)


def bring_up_to_date(services: Services) -> int:
    """Bring the views up to the end of the log, and return the number of facts read.

    0 means that they were up to date already.
    """
    with Bar("Following", total=services.ledger.head()) as bar:
        return catch_up(services.views, services.ledger.facts, on_page=bar.reach)
