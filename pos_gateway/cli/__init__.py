"""The command `hongka`: commands for officers, analysts and operators."""

import gc
import os
from importlib import import_module
from typing import Any

import click

from ledger.errors import HongkaError
from pos_gateway.i18n.messages import has_words, message, next_step_at_terminal

COMMANDS = {
    "members": "Register, move and find members; manage their keys, proxies and households.",
    "cards": "Issue cards, also from a roster; block, replace, close, expire and print them; make"
    " codes.",
    "grants": "Place benefits on single cards, and withdraw them.",
    "merchants": "Sign, suspend and resume merchants; open and change their outlets.",
    "tills": "Pair tills with outlets, limit what they do offline, and revoke them.",
    "offers": "Publish, change, suspend, resume and end offers; show kinds of benefit and rules.",
    "funds": "Open funds, record contributions and payments to merchants, set approval thresholds.",
    "redemptions": "Show a redemption, or reverse it.",
    "staff": "Appoint, invite, list and dismiss staff and owners of merchants, and change roles.",
    "proposals": "List and show the acts that need two people; confirm, refuse, withdraw them.",
    "recovery-sheet": "Make the sheet that appoints a second reviewer in an emergency, or use it.",
    "keys": "Rotate and show the keys with which the gateway signs members' codes.",
    "clock": "Show the clock of the ledger, and confirm it after a jump or a long pause.",
    "statements": "Settle with merchants: draw up, approve, return and pay statements; keep bank"
    " accounts.",
    "incidents": "Report and list overpayments found after a merchant was paid (差错).",
    "drops": "Announce drops (抢票活动), change, list, open, close and cancel them, draw or allot"
    " tickets.",
    "tickets": "Claim, list, give back and use tickets (票) of drops for members, and wait for"
    " one.",
    "verify": "Check that the log is what was recorded: every fact, the tree over them, and signed"
    " heads.",
    "verify-draw": "Draw a published draw again from its document alone, and say whether it is"
    " right.",
    "show": "Show figures and records of the ledger: tables for people, CSV and JSON for analysts.",
    "follow": "Keep the views up to date with the log until stopped by Ctrl-C or SIGTERM.",
    "rebuild": "Build views anew from the first fact; without a NAME, all of them.",
    "upgrade": "Upgrade the tables of all databases to this release, forward only.",
    "sign-in": "Sign in at this terminal: name, password, code of the app or recovery code.",
    "sign-out": "End the session of this terminal.",
    "whoami": "Show who is signed in at this terminal, their roles, and until when.",
    "serve": "Serve the gateway until it is stopped; requests that wait then are answered first.",
    "demo": "Load the Miyun demonstration, once, and print addresses, keys and codes to try it.",
    "scenarios": "Play the drops of record, from New Year 2019 on, and show what comes out.",
    "replay": "Replay real purchases of the past through the ledger, at their own times.",
    "rehearse": "Play the opening of DROP against a copy of the ledger, through real gateways.",
}
"""Every command, and its line in `hongka --help`: that its own help begins with.

A command is in the module of its name, except those of _ELSEWHERE.
"""

_ELSEWHERE = {
    "follow": "views",
    "rebuild": "views",
    "grants": "offers",
    "incidents": "statements",
    "sign_out": "sign_in",
    "whoami": "sign_in",
    "tills": "merchants",
    "upgrade": "serve",
}


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
        module = import_module(f"{__name__}.{_ELSEWHERE.get(name, name)}")
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
