"""The command `hongka show drop`: sales, members, attendance and suppliers of a drop."""

from __future__ import annotations

from itertools import islice

import click

from ledger.errors import DropUnknown
from pos_gateway.cli.asking import IDENTIFIER, example
from pos_gateway.cli.drop_figures import PARTS
from pos_gateway.cli.opened import with_services
from pos_gateway.cli.tables import FORMAT, show_record, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import Services
from pos_gateway.web.small_cell_suppression import withheld
from projections.drops import drop as drop_of

_ONLY_EXACT = "waits"
_OF_SMALL_GROUPS = {"branches": "branch", "groups": "group"}


_HELP = "\n".join(
    [
        "What became of a drop, part by part:",
        "\n\b",
        *(f"{name:12} {part.about}" for name, part in PARTS.items()),
        "",
        "Figures of branches and groups with fewer than five tickets are told as <5, and those of",
        "another as withheld where they would give these away; officers say --exact.",
    ]
)


@click.command(
    help=_HELP,
    short_help="What became of a drop, part by part.",
    epilog=example(
        "hongka show drop may-day",
        "hongka show drop may-day --part sales --format csv",
        "hongka show drop may-day --part waits --exact",
    ),
)
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
@click.option("--part", type=click.Choice([*PARTS]), help="Only this part; CSV needs one.")
@click.option("--exact", is_flag=True, help="For officers: small groups too, and who waits.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    help="How many lines of a part.",
)
@FORMAT
@with_services
def drop(
    services: Services, *, drop_id: str, part: str | None, exact: bool, limit: int, form: str
) -> None:
    """Show a drop and its parts; the names of those who wait only with --exact."""
    if part is None and form == "csv":
        raise click.UsageError("A CSV has one part: name it with --part.")
    if part == _ONLY_EXACT and not exact:
        raise click.UsageError("Who waits is for officers: add --exact.")
    bring_up_to_date(services)
    at = services.ledger.time()
    chosen = [part] if part else [one for one in PARTS if exact or one != _ONLY_EXACT]
    with services.views.reading() as connection:
        found = drop_of(connection, drop_id, at=at)
        if found is None:
            raise DropUnknown
        told = {}
        for one in chosen:
            rows = PARTS[one].rows(connection, drop_id, at)
            if one in _OF_SMALL_GROUPS and not exact:
                rows = iter(withheld(list(rows), _OF_SMALL_GROUPS[one]))
            told[one] = list(islice(rows, limit))
    if part is not None:
        show_rows(told[part], form=form, columns=PARTS[part].columns)
    elif form == "json":
        show_record({**found._asdict(), **told}, form=form)
    else:
        show_record(found._asdict(), form=form)
        for one, lines in told.items():
            click.echo(f"\n{one.replace('_', ' ').capitalize()}")
            show_rows(lines, form=form, columns=PARTS[one].columns)
