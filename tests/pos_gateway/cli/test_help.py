"""Every command explains itself, and every refusal names a next step."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ledger.errors import HongkaError, Refusal
from pos_gateway.cli import line_of, main
from tests.support.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "var")


def commands(group: click.Group, path: str = "hongka") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
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
