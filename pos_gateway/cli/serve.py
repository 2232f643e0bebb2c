"""Serve the gateway, and upgrade the databases to the tables that this release needs."""

import os
from contextlib import closing

import click

from ledger.store import credential_rows, security_rows, session_rows, vault_rows
from ledger.store.schema_version import Part
from ledger.store.upgrade import Plan, check_versions, divided, log_part
from ledger.store.upgrade import plan as plan_upgrade
from ledger.store.upgrade import upgrade as upgrade_database
from pos_gateway.app.listen import check_free
from pos_gateway.cli.asking import example
from pos_gateway.cli.progress import Bar
from pos_gateway.services import opened_ledger, process_time
from pos_gateway.services import prepare as prepare_directory
from pos_gateway.settings import Settings
from projections.engine import database as views
from projections.engine.registry import PROJECTIONS


@click.command(epilog=example("hongka serve --port 8000"))
@click.option("--host", help="The IP address to listen at.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port.  [default: 8000]")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="How many processes; several want PostgreSQL, and hongka follow beside them.",
)
def serve(*, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the gateway until it is stopped; requests that wait then are answered first."""
    settings = settings_with(host=host, port=port, workers=workers)
    for address in settings.listening:
        check_free(*address)
    prepare_directory(settings, process_time())  # it names a folder that takes no file
    for url, parts in databases(settings).items():
        check_versions(url, parts)
    from pos_gateway.app.server import serve as serve_gateway

    serve_gateway(settings)


def settings_with(*, host: str | None, port: int | None, workers: int | None) -> Settings:
    """Return the environment's settings, overridden by each option that is not None."""
    typed = {"HONGKA_HOST": host, "HONGKA_PORT": port, "HONGKA_WORKERS": workers}
    given = {setting: str(value) for setting, value in typed.items() if value is not None}
    return Settings.read(os.environ | given)


@click.command(epilog=example("hongka upgrade --dry-run", "hongka upgrade"))
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def upgrade(*, dry_run: bool) -> None:
    """Upgrade the tables of all databases to this release, forward only.

    Stop every gateway and make a copy first. Each database changes in one transaction: after a
    failure it is as before, and running this again goes on. Where no tables are, they are created.
    On PostgreSQL the user of HONGKA_OWNER_URL owns and changes them (see scripts/deploy).
    Tables of views that no longer exist are removed; new views fill by themselves.
    """
    settings = Settings.read(os.environ)
    due = [*divided(databases(settings), settings.owner_url)]
    plans = [one for url, parts, _ in due for one in plan_upgrade(url, parts)]
    changed = [one for one in plans if one.steps or one.moves or not one.found]
    for one in plans if dry_run else changed:
        click.echo(_line(one))
    if dry_run:
        return
    prepare_directory(settings, process_time())
    with Bar("Upgrading", total=sum(len(one.steps) for one in plans)) as bar:
        for url, parts, gateway in due:
            upgrade_database(url, parts, lambda _step, share: bar.advance(share), gateway)
    with closing(opened_ledger(settings)) as ledger:
        ledger.heads.sign()  # the first one over an older log is over all of it
    with closing(views.Views(settings.views_url, PROJECTIONS)) as there:
        for name in there.left_behind():
            there.drop(name)
            click.echo(f"views: {name} removed")
    click.echo("All tables are those of this release.")


def databases(settings: Settings) -> dict[str, list[Part]]:
    """Return the databases by URL, each with the parts (such as the vault) that are kept in it."""
    parts: dict[str, list[Part]] = {}
    parts[settings.ledger_url] = [log_part(settings.ledger_url)]
    beside = [vault_rows.PART, vault_rows.ACCOUNTS]
    beside += [session_rows.PART, credential_rows.PART, security_rows.PART]
    parts.setdefault(settings.vault_url, []).extend(beside)
    parts.setdefault(settings.views_url, []).append(views.PART)
    return parts


def _line(plan: Plan) -> str:
    if not plan.found:
        return f"{plan.part.name}: none yet, created at version {plan.wanted}"
    moves = f", moves to the schema {plan.part.schema}" if plan.moves else ""
    if not plan.steps:
        return f"{plan.part.name}: version {plan.found}{moves or ', up to date'}"
    titles = "".join(f"\n  {step.version}  {step.title}" for step in plan.steps)
    return f"{plan.part.name}: version {plan.found} to {plan.wanted}{moves}{titles}"
