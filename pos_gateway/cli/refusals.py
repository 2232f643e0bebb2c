"""Refusals at the terminal: one line with reason and next step, never a traceback."""

from __future__ import annotations

from typing import Any

import click

from ledger.errors import HongkaError
from ledger.store import StoreFailure
from pos_gateway.i18n.messages import has_words, message
from projections.engine.runner import Stopped

# Next steps of officers that differ from those of tills.
_NEXT_STEPS = {
    "card_unknown": "Find the card of a member: hongka members find.",
    "card_blocked": "Unblock it (hongka cards unblock) or replace it (hongka cards replace).",
    "card_replaced": "Use the card that took its place: hongka show card.",
    "card_expired": "Replace it: hongka cards replace.",
    "card_closed": "Issue another card to the member: hongka cards issue.",
    "card_already_issued": "See which card they hold: hongka members find.",
    "member_unknown": "Register the person first: hongka members register.",
    "member_already_registered": "Note the new branch: hongka members move.",
    "merchant_unknown": "Sign it first: hongka merchants sign.",
    "outlet_unknown": "Open it first: hongka merchants outlet.",
    "offer_unknown": "See what is published: hongka show offers.",
    "offer_already_published": "Choose another id, or change it: hongka offers change.",
    "grant_unknown": "See what the card holds: hongka show card.",
    "fund_unknown": "Open it first: hongka funds open.",
    "nothing_owed": "See what is owed: hongka show payables.",
    "being_paid": "Report it once it is paid, or: hongka statements return.",
    "already_paid": "Report what was too much: hongka incidents report.",
    "not_paid_yet": "Undo it: hongka redemptions reverse.",
    "statement_unknown": "See which there are: hongka statements list.",
    "statement_needed": "Draw one up: hongka statements draw-up.",
    "not_approved": "Have it approved: hongka statements approve, as another officer.",
    "drawn_up_by_you": "Let another officer do it (--by).",
    "bank_account_unknown": "Enter it first: hongka statements bank-account.",
    "drop_unknown": "See which there are: hongka drops list.",
    "drop_already_announced": "Choose another id, or change it: hongka drops change.",
    "drop_already_open": "Amend it, and give a reason: hongka drops amend.",
    "already_claimed": "See what the member holds: hongka tickets list.",
    "already_entered": "See what the member takes part in: hongka tickets list.",
    "sold_out": "See what is left: hongka drops show. Or let the member wait: hongka tickets wait.",
    "ticket_unknown": "See what the member holds: hongka tickets list.",
    "not_frozen": "Freeze the list first: hongka drops freeze.",
    "seed_not_fixed": "Fix the published numbers first: hongka drops seed.",
    "copy_not_empty": "Name an empty database: --ledger-url.",
    "gateway_not_started": "Run it again with --keep, and read what the gateways said.",
    "not_a_proxy": "Note who may act for the member: hongka members proxy.",
    "terms_invalid": "See hongka offers kinds KIND, hongka offers rules, hongka drops example.",
    "request_reused": "Use another --request-id, or ask exactly what was asked before.",
    "roster_unreadable": "Save it as XLSX, or as CSV in UTF-8 or GB18030, with each column once.",
    "keys_refused": "Restore the vault's key file, for its owner alone (chmod 600).",
    "keys_unusable": "Make the key files readable by their owner alone, or run hongka keys rotate.",
    "setting_invalid": "Correct it in the environment.",
    "busy": "See that the database runs, then try again: nothing is done twice.",
    "address_unusable": "Stop what listens there, or choose another --port or --host.",
}


class Plain(click.Group):
    """A group of commands that print a refusal as one plain line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            ClickException: what it was told, as one line; the exit code is 1.

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
    """Return the reason in words, its particulars, and the next step."""
    reason = error.reason
    words = message(reason, "en", error.particulars.get("problem"))
    title = words.title if has_words(reason) else reason.replace("_", " ").capitalize()
    particulars = ", ".join(
        f"{name} {value}"
        for name, value in error.particulars.items()
        if value is not None and not isinstance(value, list)
    )
    next_step = _NEXT_STEPS.get(reason, words.next_step)
    return f"{title} ({reason}{': ' + particulars if particulars else ''}). {next_step}"
