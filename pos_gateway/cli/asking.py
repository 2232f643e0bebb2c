"""The services, the acting officer and the parameter types of a command, and its output."""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import reduce, wraps
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import msgspec

from ledger.application import Ledger, Officers
from ledger.control.proposal import Proposed
from ledger.errors import CardUnknown
from ledger.event import Event, topic_of
from ledger.members.authorization import Principal
from ledger.members.member import ID
from ledger.money import AMOUNT_MAX
from ledger.services.base import Asking
from pos_gateway.cli import COMMANDS, session
from pos_gateway.cli.policies import POLICIES
from pos_gateway.cli.tables import FORMAT
from pos_gateway.services import Services, look_less_often
from pos_gateway.settings import Settings

Command = Callable[..., None]
T = TypeVar("T")

_MINOR = 100  # fen in a yuan
_METAVARS = {"drop_id": "DROP", "ticket_id": "TICKET"}


def opened_services() -> Services:
    """Open the services by the settings in the environment, without the web app or a follower."""
    return Services(Settings.read(os.environ))


def with_services(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that opens the services, passes them to `command` first, and closes them.

    Its policy must admit the actor, who is then the context's object: see `session.actor`.
    """

    @wraps(command)
    def inside(*arguments: Any, named: str | None = None, **options: Any) -> None:
        with closing(opened_services()) as services:
            look_less_often()
            services.ledger.record_account(session.account())
            context = click.get_current_context()
            words = context.command_path.removeprefix(context.find_root().command_path)
            context.obj = session.actor(services, words.strip(), named=named)
            command(services, *arguments, **options)

    return inside


class Typed(click.ParamType[T]):
    """A parameter type `name`, whose values `read` makes of the text typed.

    Where `read` returns None or raises a ValueError, `complaint` is a usage error, with the text
    for `{value}` and the error for `{wrong}`. A default that is no text is a value already.
    """

    def __init__(self, name: str, read: Callable[[str], T | None], complaint: str) -> None:
        self.name = name
        self._read, self._complaint = read, complaint

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the value of a text; refuse another form as a usage error."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # a default
        read, wrong = None, None
        try:
            read = self._read(value)
        except ValueError as error:
            wrong = error
        if read is None:
            self.fail(self._complaint.format(value=value, wrong=wrong), param, ctx)
        return read


def _yuan(least: int) -> Typed[int]:
    """Return the type of amounts in yuan, such as 1000.50: from `least` to AMOUNT_MAX, in fen."""

    def fen(typed: str) -> int:
        try:
            amount = Decimal(typed) * _MINOR
        except InvalidOperation:
            raise ValueError(f"{typed!r} is not an amount in yuan.") from None
        if not amount.is_finite() or amount != int(amount) or not least <= amount <= AMOUNT_MAX:
            raise ValueError(f"{typed!r}: 0.0{least} yuan or more, in whole fen.")
        return int(amount)

    return Typed("yuan", fen, "{wrong}")


IDENTIFIER = Typed(
    "id",
    lambda typed: typed if ID.fullmatch(typed) else None,
    "{value!r}: 1 to 64 letters of a to z, digits, '-' and '_'.",
)
YUAN, YUAN_OR_NONE = _yuan(1), _yuan(0)
JSON = Typed("json", msgspec.json.Decoder(dict[str, Any]).decode, "not a JSON object: {wrong}")
DAY = Typed("date", date.fromisoformat, "{value!r} is not a day such as 2026-12-31.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def example(*commands: str) -> str:
    """Return the text of "Example:" and these command lines, for the end of a help page."""
    return "\b\n" + "\n".join(["Example:", *(f"  {command}" for command in commands)])


def group(name: str, *commands: click.Command, more: str = "") -> click.Group:
    """Return the group `hongka NAME` with these commands; `more` is help after its line."""
    return click.Group(name, help=f"{COMMANDS[name]}\n\n{more}", commands=commands)


def several(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Return a decorator that adds several options and arguments, in this order."""
    return lambda function: reduce(lambda made, option: option(made), reversed(options), function)


def asked_for(label: str, read: Callable[[str], T], default: str | None = None) -> T:
    """Prompt until `read` takes the answer, and return what it made of it; default None: none."""
    # Prompts go to stderr, since stdout is for results.
    answer: T = click.prompt(label, default=default, show_default=False, value_proc=read, err=True)
    return answer


class Say:
    """Prints the result of a command: one line for a person, one JSON object for a script.

    The JSON of each result has the ids and amounts `typed` as arguments of the command.
    """

    def __init__(self, *, as_json: bool, **typed: Any) -> None:
        self._as_json, self._typed = as_json, typed

    def __call__(self, event: Event | None, line: str, **particulars: Any) -> None:
        """Print the result of a verb: `line`, or JSON of the recorded topic and `particulars`.

        `event` is the fact that the verb recorded; None: it was so already, which the line then
        adds. Of an act that was only proposed, print that it waits for a second person.
        """
        if event is None:
            line = f"{line} (It was so already: nothing recorded.)"
        if isinstance(event, Proposed):
            line, particulars = waits(event), {"proposal_id": event.proposal_id}
        self.of(line, recorded=topic_of(event) if event else None, **particulars)

    def of(self, line: str, **particulars: Any) -> None:
        """Print a result that is no event: `line`, or `particulars` as one JSON object."""
        told = self._typed | particulars
        click.echo(msgspec.json.encode(told) if self._as_json else line)


def waits(event: Proposed) -> str:
    """Return the line that tells who puts a proposed act in force."""
    confirm = f"hongka proposals confirm {event.proposal_id}"
    return f"Not in force yet: it waits for a second person, who runs {confirm}"


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

    def new_id(self, size: int = 8) -> str:
        """Return an id of `size` bytes in hex: from the request id if there is one, else random."""
        request_id = self.asking.get("request_id")
        if request_id is None:
            return secrets.token_hex(size)
        return hashlib.sha256(request_id.encode()).digest()[:size].hex()

    def holder(self, card_id: str) -> Principal:
        """Return the principal by which the officer acts for a card's member; or CardUnknown."""
        return Principal(member_id=holder_of(self.services, card_id), officer_id=self.asking["by"])


def holder_of(services: Services, card_id: str) -> str:
    """Return the id of the member of a card in any status; raise CardUnknown if none was issued."""
    card = services.ledger.card(card_id)
    if not card.member_id:
        raise CardUnknown
    return card.member_id


CARD = click.argument("card_id", metavar="CARD", type=IDENTIFIER)
_REQUEST_ID = click.option(
    "--request-id",
    type=IDENTIFIER,
    help="Makes asking again safe: the same id is answered from the record.",
)
_BY = click.option(
    "--by",
    "named",
    envvar="HONGKA_OFFICER",
    type=IDENTIFIER,
    help="Refuse unless this person is signed in. From HONGKA_OFFICER.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def officer(
    *examples: str, of: click.Group | None = None, many: bool = False
) -> Callable[[Command], click.Command]:
    """Return a decorator that makes a command of a function, which gets a `Run` first.

    The command has the options --json, --by (if it needs a sign-in) and, unless `many`,
    --request-id: those of many are safe to run twice anyway, or make many requests. The third word
    of the first example is its name, such as `issue` in "hongka cards issue …". It is added to the
    group `of`; None: to no group yet. Each parameter `…_id: str` that is no option is an argument.
    """

    def made(function: Command) -> click.Command:
        @with_services
        @wraps(function)
        def asked(
            services: Services, *, as_json: bool, request_id: str | None = None, **options: Any
        ) -> None:
            by = click.get_current_context().obj
            told_as = request_id and f"cli/{by}/{request_id}"
            asking = Asking(by=by, request_id=told_as, at_terminal=True)
            typed = {
                one.name: options[one.name]
                for one in command.params
                if isinstance(one, click.Argument)
                if one.nargs == 1 and one.type in {IDENTIFIER, YUAN, YUAN_OR_NONE}
            }
            function(Run(services, asking, Say(as_json=as_json, **typed)), **options)

        command = _command(asked, examples, of)
        by = [_BY] if POLICIES.get(" ".join(examples[0].split()[1:3]), True) else []
        for option in (*by, _JSON) if many else (_REQUEST_ID, *by, _JSON):
            option(command)
        return command

    return made


def reads(*examples: str, of: click.Group | None = None) -> Callable[[Command], click.Command]:
    """Return a decorator as `officer` does; the function gets the services first, and no `Run`."""
    return lambda function: _command(with_services(function), examples, of)


def shows(*examples: str, of: click.Group | None = None) -> Callable[[Command], click.Command]:
    """Return a decorator as `reads` does; the function gets the option --format as `form`."""
    return lambda function: FORMAT(reads(*examples, of=of)(function))


def _command(function: Command, examples: tuple[str, ...], of: click.Group | None) -> click.Command:
    command = click.command(examples[0].split()[2], epilog=example(*examples))(function)
    parameters = signature(function).parameters
    known = {one.name for one in command.params}
    for name, one in parameters.items():
        if name.endswith("_id") and one.annotation in {str, "str"} and name not in known:
            metavar = _METAVARS.get(name)
            command.params.append(click.Argument([name], metavar=metavar, type=IDENTIFIER))
    names = [*parameters]  # arguments come as the function has them, and before all options
    command.params.sort(
        key=lambda one: names.index(one.name) if isinstance(one, click.Argument) else len(names)
    )
    if of is not None:
        of.add_command(command)
    return command
