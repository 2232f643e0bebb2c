"""The command `hongka rehearse`: play the opening of a drop on a copy of the ledger."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from pos_gateway.cli.asking import IDENTIFIER, example
from pos_gateway.cli.opened import with_services
from pos_gateway.cli.progress import step_bars
from pos_gateway.cli.rehearse_show import line_of, show
from pos_gateway.rehearsal.crowd import PERCENT, Shares
from pos_gateway.rehearsal.wish import CONNECTIONS_MAX, GATEWAYS_MAX, MEMBERS_MAX, SECONDS_MAX, Wish
from pos_gateway.services import Services


class _SharesTyped(click.ParamType[Shares]):
    """An option value with three percentages that add up to 100: 70/25/5."""

    name = "honest/impatient/bots"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shares:
        """Parse the percentages honest/impatient/bots; refuse another text as a usage error."""
        if isinstance(value, Shares):
            return value
        parts = str(value).split("/")
        if len(parts) != len(Shares._fields) or not all(one.isdecimal() for one in parts):
            self.fail(f"{value!r}: three percentages such as 70/25/5.", param, ctx)
        shares = Shares(*map(int, parts))
        if sum(shares) != PERCENT:
            self.fail(f"{value!r} is not a hundred together.", param, ctx)
        return shares


@click.command(
    epilog=example(
        "hongka rehearse may-day --members 20000 --seconds 60",
        "hongka rehearse may-day --members 500 --shares 90/10/0 --json",
    )
)
@click.argument("drop_id", type=IDENTIFIER)
@click.option("--members", type=click.IntRange(1, MEMBERS_MAX), default=2_000, show_default=True)
@click.option(
    "--seconds",
    type=click.IntRange(1, SECONDS_MAX),
    default=60,
    show_default=True,
    help="How long it is played after the opening.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same crowd again.")
@click.option(
    "--shares",
    type=_SharesTyped(),
    default=Shares(),
    show_default="70/25/5",
    help="Percentages of honest and impatient members, and of bots.",
)
@click.option(
    "--gateways",
    type=click.IntRange(1, GATEWAYS_MAX),
    help="How many processes.  [default: 3; 1 on SQLite, where there can be no more]",
)
@click.option(
    "--connections",
    type=click.IntRange(1, CONNECTIONS_MAX),
    default=256,
    show_default=True,
    help="All members share so many, as behind a proxy.",
)
@click.option(
    "--ledger-url",
    envvar="HONGKA_REHEARSAL_URL",
    help="An empty database for the copy, where none may be made beside the ledger's.",
)
@click.option("--keep", is_flag=True, help="Leave the copy and the gateways' words behind.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the picture goes.  [default: HONGKA_VAR/rehearsal-DROP.png]",
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.pass_context
@with_services
def rehearse(
    services: Services,
    context: click.Context,
    *,
    drop_id: str,
    picture: Path | None,
    as_json: bool,
    keep: bool,
    **chosen: object,
) -> None:
    """Play the opening of DROP against a copy of the ledger, through real gateways.

    The real ledger is only read. Members are taken from it, and made up where they are too few. A
    proof of work is not asked for: this machine would have to do it for all of them.

    Ends with exit code 1 if a place was sold twice, a member got more than their limit, a ticket
    was promised and not recorded, or somebody was overtaken.
    """
    # Imported here: loading takes half a second, and no other command should wait.
    from pos_gateway.rehearsal.picture import draw  # noqa: PLC0415 - see above
    from pos_gateway.rehearsal.run import rehearse  # noqa: PLC0415 - see above

    wish = msgspec.convert({"drop_id": drop_id, "kept": keep, **chosen}, Wish)
    watched = Console(stderr=True)
    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn())
    with step_bars(*columns, console=watched, shown=watched.is_terminal) as told:
        done = rehearse(services, wish, told)
    console = Console(stderr=as_json)
    show(console, done.outcome)
    if keep:
        console.print(f"Kept: {done.place.var} and {done.place.database}.", soft_wrap=True)
    path = picture or services.settings.var / f"rehearsal-{drop_id}.png"
    crowd = f"{wish.members:,} 会员 members, {wish.seconds} 秒 s, 网关 gateways: {done.gateways}"
    draw(done, f"演练 Rehearsal of {drop_id}: {crowd}", path)
    console.print(f"Picture: {path}", soft_wrap=True)
    if as_json:
        particulars = {"members": wish.members, "seconds": wish.seconds, "seed": wish.seed}
        particulars |= {"gateways": done.gateways, "connections": wish.connections}
        database = "sqlite" if done.place.on_sqlite else "postgres"
        click.echo(line_of(done.outcome, **particulars, database=database, picture=str(path)))
    if not done.outcome.sound:
        context.exit(1)
