"""Read a walk-through of `tests/extending/`, and follow it in a copy of the tree."""

import os
import re
import shlex
import shutil
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

from tests.support.source_tree import ROOT, write

FOLDER = ROOT / "tests/extending"
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", "var", "node_modules", ".hypothesis"), *("*_cache", "__pycache__")
)
_BLOCK = re.compile(
    r"^(?P<place>New file|At the end of|In|Without) `(?P<path>[^`]+)`"
    r"(?:, (?P<where>before|after|instead of) the line\s`(?P<line>[^`]+)`)?:\n\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(
    r"^```sh\n[^`]*\.venv/bin/python -m pytest (.*?)^```$", re.MULTILINE | re.DOTALL
)


class Step(NamedTuple):
    """A block of code, and its place: a whole new file, the end of one, or a line of one."""

    path: str
    where: str
    line: str
    text: str

    def take(self, root: Path) -> None:
        """Take this step in a tree."""
        file = root / self.path
        if self.where == "New file":
            assert not file.exists(), f"{self.path} is there already"
            write(root, self.path, self.text)
            return
        before = file.read_text(encoding="utf-8")
        write(root, self.path, before + self.text if not self.line else self._placed(before))

    def _placed(self, before: str) -> str:
        """Return the content of the file with the text at its line, indented like the line."""
        lines = before.splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if line.strip() == self.line]
        assert len(found) == 1, f"{self.path} has {len(found)} lines {self.line!r}, and not 1"
        first = found[0] + (self.where == "after")
        line = lines[found[0]]
        indented = indent(dedent(self.text), line[: len(line) - len(line.lstrip())])
        lines[first : first + (self.where == "instead of")] = [indented]
        return "".join(lines)


class WalkThrough(NamedTuple):
    """The steps of a walk-through, the arguments of its tests, and what a missing file costs."""

    steps: list[Step]
    tests: list[str]
    missing: dict[str, str]

    @property
    def paths(self) -> set[str]:
        """The files that its steps change."""
        return {step.path for step in self.steps}

    def follow(self, root: Path, *, without: str = "") -> None:
        """Take every step but those in the file left out."""
        for step in self.steps:
            if step.path != without:
                step.take(root)


def read(name: str) -> WalkThrough:
    """Return the walk-through of this name."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    steps: list[Step] = []
    missing: dict[str, str] = {}
    for found in _BLOCK.finditer(text):
        if found["place"] == "Without":
            missing[found["path"]] = found["text"].strip()
        else:
            where = found["where"] or found["place"]
            steps.append(Step(found["path"], where, found["line"] or "", found["text"]))
    fences = len(re.findall(r"^```\w", text, re.MULTILINE))
    assert fences == len(steps) + len(missing) + 1, f"{name}.md has a block without a place"
    command = _COMMAND.search(text)
    assert command, f"{name}.md has no command that runs its tests"
    return WalkThrough(steps, shlex.split(command[1].replace("\\\n", " ")), missing)


def copy_tree(to: Path) -> Path:
    """Copy the tree without its history, environment, state and caches. Return the copy."""
    shutil.copytree(ROOT, to, ignore=LEFT_OUT, symlinks=True)
    return to


def contents(root: Path) -> dict[str, bytes]:
    """Return the content of each file of a copy by its path, without caches."""
    files: dict[str, bytes] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = set(folders) - LEFT_OUT(folder, folders)
        for path in (Path(folder, name) for name in names):
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    return files
