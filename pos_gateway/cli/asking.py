"""The services, the acting officer and the parameter types of a command, and its output."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, NamedTuple

import click
import msgspec

from ledger.application import Ledger, Officers
from ledger.event import Event, topic_of
from ledger.money import AMOUNT_MAX
from ledger.services.base import Asking
from pos_gateway.cli.tables import FORMAT
from pos_gateway.codes import CARD_BYTES
from pos_gateway.services import Services, look_less_often
from pos_gateway.settings import Settings

Command = Callable[..., None]
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MINOR = 100  # fen in a yuan


def opened_services() -> Services:
    """Open the services by the settings in the environment, without the web app or a follower."""
    return Services(Settings.read(os.environ))


def with_services(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that opens the services, passes them to `command` first, and closes them."""

    @wraps(command)
    def inside(*arguments: Any, **options: Any) -> None:
        with closing(opened_services()) as services:
            look_less_often()
            command(services, *arguments, **options)

    return inside


class Identifier(click.ParamType[str]):
    """An option value that is an id: 1 to 64 of a–z A–Z 0–9 - _, with a letter or digit first."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id unchanged; refuse a text of another form as a usage error."""
        if not _IDENTIFIER.fullmatch(value):
            self.fail(f"{value!r}: 1 to 64 letters of a to z, digits, '-' and '_'.", param, ctx)
        return str(value)


class Yuan(click.ParamType[int]):
    """An option value in yuan, such as 1000 or 1000.50: from `least` fen up to AMOUNT_MAX fen."""

    name = "yuan"

    def __init__(self, *, least: int = 1) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the amount in fen; a fraction of a fen or an amount out of range is a usage error.

        An int, such as a default, is taken as fen already.
        """
        if isinstance(value, int):
            return value
        try:
            amount = Decimal(value) * _MINOR
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount in yuan.", param, ctx)
        least = self._least
        if not amount.is_finite() or amount != int(amount) or not least <= amount <= AMOUNT_MAX:
            self.fail(f"{value!r}: 0.0{least} yuan or more, in whole fen.", param, ctx)
        return int(amount)


class Json(click.ParamType[dict[str, Any]]):
    """An option value that is a JSON object."""

    name = "json"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Parse a JSON object into a dict; refuse any other text as a usage error."""
        try:
            return msgspec.json.decode(value, type=dict[str, Any])
        except msgspec.MsgspecError as wrong:
            self.fail(f"not a JSON object: {wrong}", param, ctx)


class Day(click.ParamType[date]):
    """An option value that is an ISO day such as 2026-12-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse an ISO day such as 2026-12-31; refuse any other text as a usage error."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-12-31.", param, ctx)


IDENTIFIER, YUAN, JSON, DAY = Identifier(), Yuan(), Json(), Day()
YUAN_OR_NONE = Yuan(least=0)


def example(*commands: str) -> str:
    """Return the text of "Example:" and these command lines, for the end of a help page."""
    return "\b\n" + "\n".join(["Example:", *(f"  {command}" for command in commands)])


def new_card_id(asking: Asking) -> str:
    """Return a card id of 24 hex characters: from the request id if there is one, else random."""
    request_id = asking.get("request_id")
    if request_id is None:
        return secrets.token_hex(CARD_BYTES)
    return hashlib.sha256(request_id.encode()).digest()[:CARD_BYTES].hex()


class Say:
    """Prints the result of a command: one line for a person, one JSON object for a script."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def __call__(self, event: Event | None, line: str, **particulars: Any) -> None:
        """Print the result of a verb: `line`, or JSON of `particulars` and the recorded topic.

        `event` is the fact that the verb recorded; None: it was so already, which the line then
        adds.
        """
        if event is None:
            line = f"{line} (It was so already: nothing recorded.)"
        self.of(line, recorded=topic_of(event) if event else None, **particulars)

    def of(self, line: str, **particulars: Any) -> None:
        """Print a result that is no event: `line`, or `particulars` as one JSON object."""
        click.echo(msgspec.json.encode(particulars) if self._as_json else line)


class Run(NamedTuple):
    """The context of one run of a command: its services, the acting officer, and its output.

    `asking` has `by` (`officer-…`) and the request id (None: none) for the ledger's verbs.
    """

    services: Services
    asking: Asking
    say: Say

    @property
    def ledger(self) -> Ledger:
        """The ledger of the services."""
        return self.services.ledger

    @property
    def officers(self) -> Officers:
        """The verbs of officers on the ledger."""
        return self.ledger.officers


_REQUEST_ID = click.option(
    "--request-id",
    type=IDENTIFIER,
    help="Makes asking again safe: the same id is answered from the record.",
)
_BY = click.option(
    "--by",
    envvar="HONGKA_OFFICER",
    default="officer-cli",
    show_default=True,
    type=IDENTIFIER,
    help="The officer who acts; never a person's name. From HONGKA_OFFICER.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def officer(*examples: str, of: click.Group | None = None) -> Callable[[Command], click.Command]:
    """Return a decorator that makes a command of a function, which gets a `Run` first.

    The command has the options --by, --json and --request-id. The third word of the first example
    is its name, such as `issue` in "hongka cards issue …". It is added to the group `of`; None: to
    no group yet.
    """
    return _acting(examples, of, _REQUEST_ID, _BY, _JSON)


def officer_of_many(
    *examples: str, of: click.Group | None = None
) -> Callable[[Command], click.Command]:
    """Return a decorator as `officer` does, for commands without --request-id.

    They are safe to run twice anyway, or make many requests.
    """
    return _acting(examples, of, _BY, _JSON)


def _acting(
    examples: tuple[str, ...], group: click.Group | None, *options: Callable[[Any], Any]
) -> Callable[[Command], click.Command]:
    def made(function: Command) -> click.Command:
        @with_services
        @wraps(function)
        def asked(
            services: Services,
            *,
            by: str,
            as_json: bool,
            request_id: str | None = None,
            **options: Any,
        ) -> None:
            by = by if by.startswith("officer-") else f"officer-{by}"
            asking = Asking(by=by, request_id=request_id and f"cli/{by}/{request_id}")
            function(Run(services, asking, Say(as_json=as_json)), **options)

        command = _command(asked, examples, group)
        for option in options:
            option(command)
        return command

    return made


def shows(*examples: str, of: click.Group | None = None) -> Callable[[Command], click.Command]:
    """Return a decorator that makes a command of a function, which gets the services first.

    The function gets the value of the option --format as `form`; name and group are as for
    `officer`.
    """
    return lambda function: FORMAT(_command(with_services(function), examples, of))


def _command(
    function: Command, examples: tuple[str, ...], group: click.Group | None
) -> click.Command:
    name = examples[0].split()[2]
    command = click.command(name, epilog=example(*examples))(function)
    if group is not None:
        group.add_command(command)
    return command
