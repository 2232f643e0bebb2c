"""Serve the gateway to tills and browsers."""

from __future__ import annotations

import os

import click

from ledger.store.upgrade import check_versions
from pos_gateway.app.listen import check_free
from pos_gateway.cli.asking import example
from pos_gateway.cli.upgrade import databases
from pos_gateway.settings import Settings


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
    for url, parts in databases(settings).items():
        check_versions(url, parts)
    from pos_gateway.app.server import serve as serve_gateway

    serve_gateway(settings)


def settings_with(*, host: str | None, port: int | None, workers: int | None) -> Settings:
    """Return the environment's settings, overridden by each option that is not None."""
    typed = {"HONGKA_HOST": host, "HONGKA_PORT": port, "HONGKA_WORKERS": workers}
    given = {setting: str(value) for setting, value in typed.items() if value is not None}
    return Settings.read(os.environ | given)
