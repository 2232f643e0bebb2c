"""The rules of the house, kept by reading the tree; every check is shown a fault it must find."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Check = Callable[[Path], Iterator[str]]
PACKAGES = ("ledger", "projections", "pos_gateway")
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70

BANNED_WORDS = {
    *("user", "customer", "order", "transaction", "token", "void"),
    *("manager", "handler", "helper", "util", "data", "info"),
}
ALLOWED_NAMES = {
    ("ledger/benefits/terms", "order"): "the turn a benefit has among those that are combined",
    ("ledger/benefits/terms", "ORDER_MAX"): "likewise",
}

CLOCKS_AND_CHANCE = (
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "random",
    "secrets",
)
ALLOWED_CLOCKS = {
    ("ledger/store", "datetime.datetime.now"): "SQLite has no clock of its own: the process's",
    ("ledger/vault", "os.urandom"): "nonces and keys must be unguessable",
    ("ledger/vault", "secrets"): "nonces and keys must be unguessable",
}

# Escaped dots keep this file from naming what it forbids.
REGISTRY_HOST = re.compile(
    rb"\b(pypi|pythonhosted|npmjs|npmmirror|yarnpkg|rubygems)\.(org|com)\b"
    rb"|\bcrates\.io\b|\bproxy\.golang\.org\b|\bmirrors?\.[a-z.]+/pypi\b",
    re.IGNORECASE,
)
LOCK_FILE = re.compile(
    r".*\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|.*\.lockb"
)
UNTRACKED = re.compile(r"\..*(?<!\.ci)|__pycache__|build|dist|node_modules|var|.*\.egg-info")


def modules(root: Path, folders: Iterable[str]) -> Iterator[tuple[str, ast.Module, int]]:
    """Each Python file: its path without the ending, its tree, and its number of lines."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).with_suffix("").as_posix()
            yield name, ast.parse(text, str(path)), len(text.splitlines())


def too_long(root: Path) -> Iterator[str]:
    for name, tree, lines in modules(root, (*PACKAGES, "scripts", "tests")):
        if lines > FILE_LINES_MAX:
            yield f"{name}: {lines} lines"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    yield f"{name}:{node.lineno}: {node.name} has {length} lines"


def without_a_sentence(root: Path) -> Iterator[str]:
    for name, tree, _ in modules(root, (*PACKAGES, "scripts")):
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        if not first.endswith(".") or re.search(r"[.!?] +[A-Z]", first):
            yield f"{name}: {first!r}"


def definitions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names given here. Names only used are a library's business."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno


def banned_words(name: str) -> set[str]:
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return BANNED_WORDS & (words | {word.removesuffix("s") for word in words})


def ill_named(root: Path) -> Iterator[str]:
    for module, tree, _ in modules(root, PACKAGES):
        if banned_words(module):
            yield f"{module}: the file itself"
        for name, line in definitions(tree):
            if banned_words(name) and not allowed(module, name, ALLOWED_NAMES):
                yield f"{module}:{line}: {name}"


def allowed(module: str, name: str, exceptions: Iterable[tuple[str, str]]) -> bool:
    """Whether an exception names this module, or the package it is in, and this very name."""
    return any(name == what and f"{module}/".startswith(f"{where}/") for where, what in exceptions)


def dotted_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What is imported and what is reached through it, under the name its library gives it."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                origins[bound] = source + (alias.name if alias.asname or source else bound)
                yield source + alias.name, node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if first in origins:
                yield f"{origins[first]}.{rest}", node.lineno


def own_clocks(root: Path) -> Iterator[str]:
    for module, tree, _ in modules(root, ("ledger", "projections")):
        for name, line in dotted_names(tree):
            for source in CLOCKS_AND_CHANCE:
                if f"{name}.".startswith(f"{source}.") and not allowed(
                    module, source, ALLOWED_CLOCKS
                ):
                    yield f"{module}:{line}: {name}"


def kept_files(root: Path) -> Iterator[Path]:
    """The files of the tree, git or no git, without what is made and never kept."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not UNTRACKED.fullmatch(name))
        yield from (Path(folder, name) for name in sorted(files))


def tied_to_a_registry(root: Path) -> Iterator[str]:
    for path in kept_files(root):
        if LOCK_FILE.fullmatch(path.name):
            yield f"{path.relative_to(root)}: a lock file"
        elif found := REGISTRY_HOST.search(path.read_bytes()):
            yield f"{path.relative_to(root)}: names {found.group().decode()}"


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


CHECKS = (too_long, without_a_sentence, ill_named, own_clocks, tied_to_a_registry)


@pytest.mark.parametrize("folder", PACKAGES)
def test_there_is_something_to_check(folder: str) -> None:
    assert list(modules(ROOT, [folder])) != []


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_keeps_its_rules(check: Check) -> None:
    faults = list(check(ROOT))

    assert not faults, "\n".join(faults)


def test_imports_point_inwards() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


HOST = "pypi" + ".org"  # in two pieces, so that this file does not name it either
FAULTS: list[tuple[Check, str, str]] = [
    (too_long, "ledger/long.py", "\n" * (FILE_LINES_MAX + 1)),
    (too_long, "tests/long.py", "def f():\n" + "    f()\n" * FUNCTION_LINES_MAX),
    (without_a_sentence, "ledger/mute.py", "CARD = 1\n"),
    (without_a_sentence, "pos_gateway/torn.py", '"""A card that\n\nnever ends."""\n'),
    (without_a_sentence, "projections/two.py", '"""A card. A fund."""\n'),
    (ill_named, "ledger/a.py", "class CardManager: ..."),
    (ill_named, "ledger/a.py", "def issue(*, user_id): ..."),
    (ill_named, "ledger/a.py", "class Card:\n    orders: int = 0"),
    (ill_named, "projections/a.py", "import json as helper"),
    (ill_named, "pos_gateway/a.py", "card.qr_token = 1"),
    (ill_named, "pos_gateway/utils.py", ""),
    (own_clocks, "ledger/a.py", "from datetime import datetime\ndatetime.now()"),
    (own_clocks, "ledger/a.py", "import datetime as d\nnow = d.datetime.now"),
    (own_clocks, "ledger/a.py", "from time import time"),
    (own_clocks, "ledger/storehouse.py", "import datetime\ndatetime.datetime.now()"),
    (own_clocks, "projections/a.py", "import uuid\nuuid.uuid4()"),
    (own_clocks, "projections/a.py", "import random"),
    (own_clocks, "projections/a.py", "from secrets import choice"),
    (tied_to_a_registry, "docs/a.md", f"pip install -i https://{HOST}/simple"),
    (tied_to_a_registry, ".ci/run", f"curl files.{HOST.upper()}"),
    (tied_to_a_registry, "web/package-lock.json", "{}"),
    (tied_to_a_registry, "uv.lock", ""),
]
CLOCK = """'''The log, on any SQL engine.'''

from datetime import datetime

now = datetime.now
"""
LIBRARY = """'''Errors as problem details.'''

rows = tills.order_by("id")
metadata = app.errorhandler
"""
SOUND = {
    "ledger/store/engine.py": CLOCK,
    "pos_gateway/web/problem_details.py": LIBRARY,
    "var/made.lock": HOST,
}


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("check", "name", "text"), FAULTS)
def test_a_fault_is_found(tmp_path: Path, check: Check, name: str, text: str) -> None:
    write(tmp_path, name, text)

    assert len(list(check(tmp_path))) == 1


@pytest.mark.parametrize("check", CHECKS)
def test_sound_code_is_left_in_peace(tmp_path: Path, check: Check) -> None:
    for name, text in SOUND.items():
        write(tmp_path, name, text)

    assert list(check(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("ledger/money.py", "import flask\n", "ledger.money -> flask"),
        ("ledger/money.py", "import projections\n", "ledger.money -> projections"),
        ("ledger/stray.py", "", "stray"),
    ],
)
def test_an_import_that_points_outwards_is_found(
    tmp_path: Path, name: str, text: str, found: str
) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(text)

    result = lint_imports(tmp_path)

    assert result.returncode != 0
    assert found in result.stdout
