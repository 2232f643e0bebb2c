"""The clock of the ledger: show it, and confirm it after a jump or a long pause."""

import logging
from typing import Any

import click

from pos_gateway.cli.asking import Run, group, officer, shows
from pos_gateway.cli.tables import show_record
from pos_gateway.services import Services, process_time

clock = group("clock")


@shows("hongka clock show --format json", of=clock)
def show(services: Services, *, form: str) -> None:
    """Show the clock of the ledger (on PostgreSQL, the server's), and whether it is accepted."""
    show_record(_shown(services), form=form)


@officer("hongka clock confirm", "hongka clock confirm --yes", of=clock)
@click.option("--yes", is_flag=True, help="Confirm without a question.")
def confirm(run: Run, *, yes: bool) -> None:
    """Confirm that the clock is right: every gateway that stopped for it records again.

    Look at another clock first: times in the log never fall.
    """
    # The ledger warns of the clock that this confirms.
    warns = logging.getLogger("ledger.write.group_commit")
    warns.setLevel(logging.ERROR)
    click.get_current_context().call_on_close(lambda: warns.setLevel(logging.NOTSET))
    shown = _shown(run.services)
    if not yes:
        click.echo("\n".join(f"{name}: {value}" for name, value in shown.items()), err=True)
        click.confirm("Is the clock right?", abort=True, err=True)
    run.say(run.ledger.confirm_clock(**run.asking), "The clock is confirmed.")


def _shown(services: Services) -> dict[str, Any]:
    return services.ledger.read_clock()._asdict() | {"this_machine": process_time()}
