"""The `hongka` command on a folder of its own."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click.testing

from pos_gateway.cli import main
from pos_gateway.services import Services
from pos_gateway.settings import Settings


class Cli:
    """A runner of commands, typed as officers do."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.environment = {"HONGKA_VAR": str(var), "LEDGER_URL": "", "VIEWS_URL": ""}

    def run(self, *typed: str, answers: str = "", code: int = 0) -> click.testing.Result:
        runner = click.testing.CliRunner(env=self.environment)
        # A command sets the umask of its process; restore that of the tests.
        mask = os.umask(0o022)
        result = runner.invoke(main, typed, input=answers)
        os.umask(mask)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def told(self, *typed: str, answers: str = "") -> dict[str, Any]:
        """Run a command. Return its JSON answer."""
        record: dict[str, Any] = json.loads(self.run(*typed, "--json", answers=answers).stdout)
        return record

    def agree(self, *typed: str, by: str, second: str, answers: str = "") -> None:
        """Run a command as `by`, whose act waits for a second person, and confirm it as them."""
        proposed = self.told(*typed, "--by", by, answers=answers)
        self.run("proposals", "confirm", proposed["proposal_id"], "--by", second)

    def rows(self, *typed: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run(*typed, "--format", "json").stdout)
        return rows

    def table(self, *typed: str) -> list[dict[str, str]]:
        stdout = self.run(*typed, "--format", "csv").stdout
        return list(csv.DictReader(io.StringIO(stdout)))

    def refusal(self, *typed: str, answers: str = "") -> str:
        """Run a command that is refused. Return its one error line."""
        result = self.run(*typed, answers=answers, code=1)
        (line,) = [one for one in result.stderr.splitlines() if one.startswith("Error: ")]
        assert "Traceback" not in result.output
        return line.removeprefix("Error: ")

    @contextmanager
    def services(self) -> Iterator[Services]:
        with closing(Services(Settings.read(self.environment))) as services:
            yield services

    def head(self) -> int:
        with self.services() as services:
            return services.ledger.head()
