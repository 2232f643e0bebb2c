"""The command `hongka`: commands for officers, analysts and operators."""

from __future__ import annotations

import os
from typing import Any

import click

from ledger.errors import HongkaError
from ledger.store import StoreFailure
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
from pos_gateway.i18n.messages import has_words, message, next_step_at_terminal
from projections.engine.runner import Stopped


class Plain(click.Group):
    """A group of commands that prints expected errors as one plain line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn errors that an operator can act on into one line.

        Raises:
            ClickException: that line, for any HongkaError (a refusal, Busy …), an unusable ledger,
                a stopped projection or an OSError; the exit code is 1. Other errors pass through.
        """
        try:
            return super().invoke(ctx)
        except HongkaError as error:
            raise click.ClickException(line_of(error)) from None
        except StoreFailure as failure:
            raise click.ClickException(f"The ledger cannot be used: {failure}.") from None
        except ExceptionGroup as several:
            stopped = "; ".join(str(one) for one in several.exceptions)
            if any(not isinstance(one, Stopped) for one in several.exceptions):
                raise
            raise click.ClickException(
                f"{stopped}. Correct the program, then run it again."
            ) from None
        except OSError as error:
            raise click.ClickException(f"{error.strerror}: {error.filename}.") from None


def line_of(error: HongkaError) -> str:
    """Return one English line for an error: title, reason, particulars and next step.

    Particulars that are None or a list are left out. A reason without words is its own title.
    """
    reason = error.reason
    words = message(reason, "en", error.particulars.get("problem"))
    title = words.title if has_words(reason) else reason.replace("_", " ").capitalize()
    particulars = ", ".join(
        f"{name} {value}"
        for name, value in error.particulars.items()
        if value is not None and not isinstance(value, list)
    )
    next_step = next_step_at_terminal(reason) or words.next_step
    return f"{title} ({reason}{': ' + particulars if particulars else ''}). {next_step}"


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
