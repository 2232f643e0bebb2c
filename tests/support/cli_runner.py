"""An officer's desk of the tests' own: the `hongka` command on a house under a directory."""

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
from pos_gateway.services import House
from pos_gateway.settings import Settings


class Cli:
    """Runs commands as an officer types them."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.environment = {"HONGKA_VAR": str(var), "LEDGER_URL": "", "VIEWS_URL": ""}

    def run(self, *typed: str, answers: str = "", code: int = 0) -> click.testing.Result:
        runner = click.testing.CliRunner(env=self.environment)
        # A command masks what its process makes; this process goes on as it was.
        mask = os.umask(0o022)
        result = runner.invoke(main, typed, input=answers)
        os.umask(mask)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def told(self, *typed: str, answers: str = "") -> dict[str, Any]:
        """The answer as a script reads it."""
        record: dict[str, Any] = json.loads(self.run(*typed, "--json", answers=answers).stdout)
        return record

    def rows(self, *typed: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run(*typed, "--format", "json").stdout)
        return rows

    def table(self, *typed: str) -> list[dict[str, str]]:
        stdout = self.run(*typed, "--format", "csv").stdout
        return list(csv.DictReader(io.StringIO(stdout)))

    def refusal(self, *typed: str, answers: str = "") -> str:
        """The one line of a command that was told no."""
        result = self.run(*typed, answers=answers, code=1)
        (line,) = [one for one in result.stderr.splitlines() if one.startswith("Error: ")]
        assert "Traceback" not in result.output
        return line.removeprefix("Error: ")

    @contextmanager
    def house(self) -> Iterator[House]:
        with closing(House(Settings.read(self.environment))) as house:
            yield house

    def head(self) -> int:
        with self.house() as house:
            return house.ledger.head()
