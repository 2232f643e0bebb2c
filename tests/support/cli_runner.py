"""The `hongka` command on a folder of its own."""

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click.testing

from ledger.errors import StaffAlreadyAppointed
from ledger.staff import OFFICES
from pos_gateway.cli import main, session
from pos_gateway.cli.policies import POLICIES
from pos_gateway.services import Services
from pos_gateway.settings import Settings

_TELL = frozenset({"proposals", "show"})
_WAITS = re.compile(r'hongka proposals confirm (\w+)|"proposal_id": ?"(\w+)"')


class Terminal:
    """A runner of commands, at which `sign_in` switches who is signed in."""

    now: datetime | None = None

    def __init__(self, var: Path) -> None:
        self.var = var
        self.session = var.with_name(f"{var.name}-session")
        self.environment = {
            "HONGKA_VAR": str(var),
            "LEDGER_URL": "",
            "VIEWS_URL": "",
            "HONGKA_SESSION": str(self.session),
        }
        self._secrets: dict[tuple[str, datetime | None], str] = {}

    def sign_in(self, staff_id: str = "cli", *roles: str) -> None:
        """Sign somebody in, appointed with these roles (none named: all) where nobody is yet."""
        mask = os.umask(0o077)
        if (staff_id, self.now) not in self._secrets:
            with self.services() as services:
                staff = services.ledger.officers.staff
                try:
                    staff.appoint_staff(staff_id, roles=roles or OFFICES)
                except StaffAlreadyAppointed:
                    if roles:
                        staff.change_roles(staff_id, roles=roles)
                self._secrets[staff_id, self.now] = services.sessions.begin(
                    session.REALM, f"staff-{staff_id}", device=session.device(), methods="test"
                )
        self.session.write_text(self._secrets[staff_id, self.now])
        os.umask(mask)

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
        assert stdout.startswith("\ufeff")  # by which spreadsheets know UTF-8
        return list(csv.DictReader(io.StringIO(stdout[1:])))

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


class Cli(Terminal):
    """A runner at which whoever `--by` names has signed in before each command, else `cli`.

    They have all roles. Another person, `second`, confirms what waits for one, where `agrees`.
    """

    agrees = True

    def run(self, *typed: str, answers: str = "", code: int = 0) -> click.testing.Result:
        self.sign_in_for(*typed)
        result = super().run(*typed, answers=answers, code=code)
        if typed[0] not in _TELL:
            self.confirm(result.output)
        return result

    def confirm(self, output: str) -> None:
        """Confirm, as `second`, the proposal that the output of a command names."""
        waits = _WAITS.search(output) if self.agrees else None
        if waits is not None:
            self.run("proposals", "confirm", waits[1] or waits[2], "--by", "second")

    def agree(self, *typed: str, by: str, second: str, answers: str = "") -> None:
        self.agrees = False
        super().agree(*typed, by=by, second=second, answers=answers)
        self.agrees = True

    def sign_in_for(self, *typed: str) -> None:
        """Sign in who types this command, unless it needs nobody."""
        words = {typed[0], " ".join(typed[:2])}
        if "--help" in typed or any(POLICIES.get(one, "") is None for one in words):
            return
        by = typed[typed.index("--by") + 1] if "--by" in typed and typed[0] != "show" else "cli"
        self.sign_in(by.removeprefix("officer-"))
