"""Refusals at the terminal: one line with reason and next step, never a traceback."""

from __future__ import annotations

from typing import Any

import click

from ledger.errors import HongkaError
from ledger.store import StoreFailure
from pos_gateway.i18n.messages import has_words, message, next_step_at_terminal
from projections.engine.runner import Stopped


class Plain(click.Group):
    """A group of commands that prints expected errors as one plain line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn errors that an operator can act on into one line.

        Raises:
            ClickException: that line, for a refusal, an unusable ledger, a stopped projection or an
                OSError; the exit code is 1.
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
    """Return one line for an error: its title, reason, particulars and next step, in English."""
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
