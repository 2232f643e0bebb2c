"""A kept ledger of an earlier release; see `tests/golden/make_ledger.py`."""

import json
import zipfile
from pathlib import Path
from typing import Any

import psycopg

from tests.support.cli_runner import Cli

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASES = sorted({path.name.split("_")[1] for path in GOLDEN.glob("ledger_*.zip")})


class GoldenLedger(Cli):
    """Run present commands on a copy of the ledger; `known` holds the answers of its release."""

    def __init__(self, release: str, database_url: str, var: Path) -> None:
        super().__init__(var)
        on_postgres = database_url.startswith("postgresql")
        kind = "postgresql" if on_postgres else "sqlite"
        var.mkdir(mode=0o700)
        with zipfile.ZipFile(GOLDEN / f"ledger_{release}_{kind}.zip") as archive:
            archive.extractall(var)
        for path in var.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        self.known: dict[str, Any] = json.loads((var / "known.json").read_text(encoding="utf-8"))
        if on_postgres:
            self.environment["LEDGER_URL"] = database_url
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute((var / "database.sql").read_bytes())
