"""Every command explains itself, and every refusal names a next step."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ledger.errors import HongkaError, Refusal
from pos_gateway.cli import COMMANDS as LINES
from pos_gateway.cli import line_of, main
from tests.support.cli_runner import Cli


def commands(group: click.Group, path: str = "hongka") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_with_an_example_of_itself(name: str) -> None:
    command = COMMANDS[name]

    assert command.get_short_help_str(), f"{name} needs a docstring: it is the help of the command"
    assert re.search(f"\n  .*{name}", command.epilog or ""), (
        f'{name} shows no example: declare it with @officer("{name} …", of=its_group), or with'
        f' @click.command(epilog=example("{name} …")), from pos_gateway.cli.asking'
    )


def test_asking_for_help_makes_nothing(cli: Cli) -> None:
    assert "Example:\n    hongka cards import" in cli.run("cards", "import", "--help").stdout
    cli.run("--help")

    assert not cli.var.exists()


@pytest.mark.parametrize("refusal", Refusal.__subclasses__())
def test_every_refusal_is_told_in_words_with_a_next_step(refusal: type[Refusal]) -> None:
    line = line_of(refusal(merchant="xiufa"))

    title, _, next_step = line.partition(f" ({refusal.reason}: merchant xiufa). ")
    assert title
    assert next_step, (
        f"{refusal.__name__} says no next step: add an entry [{refusal.reason}] with zh and en"
        " to pos_gateway/i18n/messages.toml, or a `cli` line to the one there"
    )


def test_a_reason_without_words_is_told_all_the_same() -> None:
    class RosterEaten(HongkaError): ...

    assert line_of(RosterEaten()).startswith("Roster eaten (roster_eaten). ")


def test_the_module_runs_as_the_command() -> None:
    # When somebody runs the package
    command = [sys.executable, "-m", "pos_gateway.cli", "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    # Then it is the command, by its name
    assert shown.stdout.startswith("Usage: hongka ")
    assert "upgrade" in shown.stdout


SLOW = {
    *("PIL", "aiohttp", "authlib", "babel", "fontTools", "flask", "granian", "matplotlib"),
    *("numpy", "openpyxl", "pandas", "reportlab", "requests", "webauthn", "werkzeug"),
}
"""Packages that no command loads unless it draws, reads a spreadsheet, or serves."""

ANY_LEDGER = {*("cryptography", "eventsourcing", "nacl", "rich", "sqlalchemy"), "projections"}


def loaded_by(tmp_path: Path, *typed: str) -> set[str]:
    """Run commands, one after another in one new process; return the packages that it loaded."""
    program = (
        "import shlex, sys; from pos_gateway.cli import main\n"
        "for typed in sys.argv[1:]: main(shlex.split(typed), standalone_mode=False)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    cli = Cli(tmp_path / "var")
    cli.sign_in()
    done = subprocess.run(
        [sys.executable, "-c", program, *typed],
        env=os.environ | cli.environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("line", LINES)
def test_the_list_of_commands_says_what_the_help_of_each_begins_with(line: str) -> None:
    command = main.get_command(click.Context(main), line)
    assert command is not None

    for width in (20, 50, 1_000):
        listed = click.Command(line, help=LINES[line]).get_short_help_str(width)
        assert listed == command.get_short_help_str(width), "pos_gateway/cli: change its line"


def test_the_list_of_commands_loads_none_of_them(tmp_path: Path) -> None:
    loaded = loaded_by(tmp_path, "--help")

    assert "click" in loaded
    assert loaded & (SLOW | ANY_LEDGER) == set(), "import it in the function that uses it"


def test_no_command_loads_what_it_does_not_use(tmp_path: Path) -> None:
    helps = [f"{name} --help" for name in LINES]

    loaded = loaded_by(tmp_path, *helps, "drops list", "show usage", "members find --help")

    assert "sqlalchemy" in loaded
    assert loaded & SLOW == set(), "import it in the function that uses it"
