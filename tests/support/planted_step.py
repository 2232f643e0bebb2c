"""An upgrade step that no release has, found in a folder like the real ones."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.store import upgrade_steps

ADD_COLUMN = """
    connection.exec_driver_sql("ALTER TABLE vault_bank_account ADD COLUMN checked text")
"""

Plant = Callable[[str, str], None]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Return a function that plants a step by its name and the body of its `upgrade`."""
    folder = tmp_path / "planted_steps"
    folder.mkdir()
    monkeypatch.setattr(upgrade_steps, "__path__", [*upgrade_steps.__path__, str(folder)])
    planted: list[str] = []

    def plant_step(name: str, body: str) -> None:
        text = f'"""Planted: {name}."""\n\n\ndef upgrade(connection):{body or " pass"}\n'
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        planted.append(name)
        importlib.invalidate_caches()

    yield plant_step
    for name in planted:
        sys.modules.pop(f"{upgrade_steps.__name__}.{name}", None)
