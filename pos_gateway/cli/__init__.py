"""The command `hongka`: commands for officers, analysts and operators."""

import gc
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.errors import HongkaError
from pos_gateway.i18n.messages import has_words, message, next_step_at_terminal

_FILE: dict[str, dict[str, str]] = msgspec.json.decode(
    Path(__file__).with_name("commands.json").read_bytes()
)
COMMANDS = _FILE["lines"]
"""Every command, and its line in `hongka --help`: that its own help begins with.

A command is in the module of its name, unless `elsewhere` in the file names another.
"""


class Commands(click.Group):
    """The commands of COMMANDS: each is imported when it is asked for, and none for the list.

    Expected errors are printed as one plain line, without a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import and return a command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        gc.disable()  # no module becomes garbage: to look for some takes a tenth of the time
        module = import_module(f"{__name__}.{_FILE['elsewhere'].get(name, name)}")
        gc.enable()
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands with their lines, importing none of them."""
        listed = {name: click.Command(name, help=line) for name, line in COMMANDS.items()}
        click.Group(commands=listed).format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn errors that an operator can act on into one line.

        Raises:
            ClickException: that line, for any HongkaError (a refusal, Busy …), an unusable ledger,
                a stopped projection or an OSError; the exit code is 1. Other errors pass through.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            line = _told(error)
            if line is None:
                raise
            raise click.ClickException(line) from None


def _told(error: Exception) -> str | None:
    """Return one line for an error that an operator can act on; None for a mistake of ours."""
    # Loaded already where they can be raised; a command without a ledger does not need them.
    from ledger.store import StoreFailure
    from projections.engine.runner import Stopped

    match error:
        case HongkaError():
            return line_of(error)
        case StoreFailure():
            return f"The ledger cannot be used: {error}."
        case ExceptionGroup() if all(isinstance(one, Stopped) for one in error.exceptions):
            stopped = "; ".join(str(one) for one in error.exceptions)
            return f"{stopped}. Correct the program, then run it again."
        case OSError():
            return f"{error.strerror}: {error.filename}."
    return None


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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hongka")
def main() -> None:
    """Use the ledger of union benefit cards (红卡).

    HONGKA_VAR, LEDGER_URL, VIEWS_URL and VAULT_URL name the databases; without them files under
    ./var are used. Officers sign in first: hongka sign-in. The --help of every command has an
    example. A refused command prints the reason on one line and ends with exit code 1.
    """
    # Only the account that runs this may read databases, reports and cards.
    os.umask(0o077)
