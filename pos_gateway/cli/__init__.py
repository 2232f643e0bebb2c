"""The command `hongka`: commands for officers, analysts and operators."""

from __future__ import annotations

import os

import click

from pos_gateway.cli.cards import cards
from pos_gateway.cli.demo import demo
from pos_gateway.cli.drops import drops
from pos_gateway.cli.funds import funds
from pos_gateway.cli.grants import grants
from pos_gateway.cli.incidents import incidents
from pos_gateway.cli.keys import keys
from pos_gateway.cli.members import members
from pos_gateway.cli.merchants import merchants
from pos_gateway.cli.offers import offers
from pos_gateway.cli.redemptions import redemptions
from pos_gateway.cli.refusals import Plain
from pos_gateway.cli.rehearse import rehearse
from pos_gateway.cli.replay import commands as replay
from pos_gateway.cli.scenarios import scenarios
from pos_gateway.cli.serve import serve
from pos_gateway.cli.show import show
from pos_gateway.cli.staff import staff
from pos_gateway.cli.statements import statements
from pos_gateway.cli.tickets import tickets
from pos_gateway.cli.tills import tills
from pos_gateway.cli.upgrade import upgrade
from pos_gateway.cli.verify_draw import verify_draw
from pos_gateway.cli.views import follow, rebuild

COMMANDS = (
    *(members, cards, grants, merchants, tills, offers, funds, redemptions, staff, keys),
    *(statements, incidents),
    *(drops, tickets, verify_draw),
    *(show, follow, rebuild, upgrade, serve, demo, scenarios, replay, rehearse),
)


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hongka")
def main() -> None:
    """Use the ledger of union benefit cards (红卡).

    HONGKA_VAR, LEDGER_URL, VIEWS_URL and VAULT_URL name the databases; without them files under
    ./var are used. The --help of every command has an example. A refused command prints the reason
    on one line and ends with exit code 1.
    """
    # Only the account that runs this may read databases, reports and cards.
    os.umask(0o077)


for _command in COMMANDS:
    main.add_command(_command)
