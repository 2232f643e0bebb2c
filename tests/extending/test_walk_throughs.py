"""A newcomer who follows a walk-through of this folder touches its files alone, and succeeds."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.checks.test_import_contracts import lint_imports
from tests.support.source_tree import ROOT
from tests.support.walk_through import FOLDER, contents, copy_tree, read

README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))
MISSING = [(name, path) for name in NAMES for path in read(name).missing]
FILES = {
    "kind": [r"ledger/benefits/kinds/\w+\.py", r"tests/ledger/benefits/kinds/test_\w+\.py"],
    "question": [r"projections/\w+\.py", r"tests/projections/test_\w+\.py"],
    "verb": [
        r"ledger/members/member\.py",
        r"ledger/services/\w+\.py",
        r"pos_gateway/api/\w+\.py",
        r"tests/golden/events\.jsonl",
        r"tests/pos_gateway/api/test_\w+\.py",
    ],
}
"""The files that each extension costs, as README.md promises."""


def run(root: Path, *arguments: str, seconds: int = 280) -> subprocess.CompletedProcess[str]:
    """Run a Python module in a copy of the tree."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def run_tests(root: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    return run(root, "pytest", *tests, "-q", "-p", "no:cacheprovider")


@pytest.mark.parametrize("name", NAMES)
def test_a_walk_through_works_and_touches_its_files_alone(name: str, tmp_path: Path) -> None:
    # Given a copy of the tree
    walk, root = read(name), copy_tree(tmp_path / "tree")
    before = contents(root)
    # When a newcomer follows the walk-through, and formats
    walk.follow(root)
    files = sorted(path for path in walk.paths if path.endswith(".py"))
    assert run(root, "ruff", "format", *files).returncode == 0
    # Then the tests that it names pass, and so does the linter
    tested = run_tests(root, walk.tests)
    assert tested.returncode == 0, tested.stdout
    for linted in (run(root, "ruff", "check", *files), lint_imports(root)):
        assert linted.returncode == 0, linted.stdout
    # And no file changes but those that the README promises
    after = contents(root)
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert changed == walk.paths
    for path, promised in zip(sorted(walk.paths), FILES[name], strict=True):
        assert re.fullmatch(promised, path)


@pytest.mark.night
@pytest.mark.parametrize(("name", "path"), MISSING)
def test_a_missing_step_is_named_by_a_test_that_fails(name: str, path: str, tmp_path: Path) -> None:
    walk, root = read(name), copy_tree(tmp_path / "tree")

    walk.follow(root, without=path)

    tests = [one for one in walk.tests if one != path]
    tested = run_tests(root, tests)
    assert tested.returncode == 1, tested.stdout
    for line in walk.missing[path].splitlines():
        assert line in tested.stdout


@pytest.mark.night
@pytest.mark.timeout(7_200)
def test_the_whole_suite_passes_with_every_extension(tmp_path: Path) -> None:
    root = copy_tree(tmp_path / "tree")
    (root / ".venv").symlink_to(ROOT / ".venv")
    for name in NAMES:
        read(name).follow(root)

    chosen = ["-n", "2", "-q", "-m", "not night and not browser", "-p", "no:cacheprovider"]
    tested = run(root, "pytest", *chosen, "--ignore=tests/extending", seconds=7_000)

    assert tested.returncode == 0, tested.stdout


def test_the_excerpts_in_the_readme_are_from_the_walk_throughs() -> None:
    section = README.partition("## How to extend")[2].partition("\n## ")[0]
    excerpts = re.findall(r"```(?:python|json)\n(.*?)```", section, re.DOTALL)
    told = "".join((FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in NAMES)

    assert len(excerpts) == len(NAMES)
    for excerpt in excerpts:
        for line in filter(str.strip, excerpt.splitlines()):
            assert line in told
