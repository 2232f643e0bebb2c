"""Run the controls of checkers when a checker or its control changed, and at night.

A control plants a fault and shows that a checker finds it. It is marked `control`, and depends
on the files of tests and scripts that its module imports. A control that passed with exactly
these files is marked `night` as well, so that the gate leaves it out; the summary says so.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("tests", "scripts")
SHARED = ("pyproject.toml", "constraints.txt", "pos_gateway/browser/package.json")
PASSED = "hongka/controls"


class Controls:
    """The controls that passed, with the fingerprint of what each depends on."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._cache: pytest.Cache | None = getattr(config, "cache", None)
        self._passed: dict[str, str] = self._cache.get(PASSED, {}) if self._cache else {}
        self._left_out = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark for the night each control that passed as it is; at night, mark them all."""
        night = self._config.option.markexpr == "night"
        for item in items:
            if item.get_closest_marker("control") is None:
                continue
            unchanged = self._passed.get(item.nodeid) == fingerprint(item.path)
            if night or unchanged:
                item.add_marker(pytest.mark.night)
            self._left_out += unchanged and self._config.option.markexpr == "not night"

    def pytest_sessionfinish(self) -> None:
        """Tell the controller how many were left out, or keep which ones passed."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["controls"] = self._left_out
        elif self._cache:
            self._cache.set(PASSED, self._passed)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the number that a worker left out: all workers leave out the same."""
        self._left_out = getattr(node, "workeroutput", {}).get("controls", 0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a control."""
        if report.when == "call" and "control" in report.keywords:
            self._passed.pop(report.nodeid, None)
            if report.passed:
                path = ROOT / report.nodeid.partition("::")[0]
                self._passed[report.nodeid] = fingerprint(path)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many controls were left out."""
        if self._left_out:
            terminalreporter.write_line(
                f"LEFT OUT: {self._left_out} controls of checkers, which passed with these"
                " checkers before; `scripts/test -m night` runs them."
            )


@cache
def fingerprint(path: Path) -> str:
    """Return the hash of a test module and of all that it depends on."""
    found = hashlib.sha256()
    for file in sorted({*_dependencies(path), *(ROOT / name for name in SHARED)}):
        found.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return found.hexdigest()


def _dependencies(path: Path) -> set[Path]:
    """Return the modules of ours that a module imports, directly or not, and files beside them."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imported(module)
    beside = {file for module in found for file in module.parent.glob("*.*") if file.is_file()}
    return found | {file for file in beside if file.suffix != ".py"}


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    return tuple(
        file
        for name in _names(ast.parse(path.read_bytes()))
        if name.partition(".")[0] in PACKAGES
        for file in (ROOT / f"{name.replace('.', '/')}.py",)
        if file.is_file()
    )


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
