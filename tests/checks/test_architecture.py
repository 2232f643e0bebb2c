"""Rules of size, purity and imports, checked on the tree; planted faults must be found."""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import EVERYTHING, PACKAGES, ROOT, Check, in_package, modules, write

FILE_LINES_MAX = 289
FUNCTION_LINES_MAX = 70

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

LEDGER_PARTS = {"context", "query", "recorder", "state", "store", "writer"}

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


def too_long(root: Path) -> Iterator[str]:
    for name, tree, lines in modules(root, EVERYTHING):
        if lines > FILE_LINES_MAX:
            yield f"{name}: {lines} lines, at most {FILE_LINES_MAX}: move a part to a module"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    yield f"{name}:{node.lineno}: {node.name} has {length} lines"


def allowed(module: str, name: str, exceptions: Iterable[tuple[str, str]]) -> bool:
    """Return whether an exception names this module, or its package, and this very name."""
    return any(name == what and in_package(module, where) for where, what in exceptions)


def dotted_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each imported name and each name reached through it, as its library calls it."""
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
    """Yield the files of the tree, with git or without, except generated ones."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not UNTRACKED.fullmatch(name))
        yield from (Path(folder, name) for name in sorted(files))


def tied_to_a_registry(root: Path) -> Iterator[str]:
    for path in kept_files(root):
        if LOCK_FILE.fullmatch(path.name):
            yield f"{path.relative_to(root)}: a lock file"
        elif found := REGISTRY_HOST.search(path.read_bytes()):
            yield f"{path.relative_to(root)}: names {found.group().decode()}"


def around_the_facade(root: Path) -> Iterator[str]:
    """Yield each place outside the ledger that reaches into a `Ledger` for its parts."""
    for module, tree, _ in modules(root, ("projections", "pos_gateway")):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in LEDGER_PARTS:
                whose = ast.unparse(node.value).rpartition(".")[2]
                if whose in {"ledger", "_ledger", "copy"}:
                    yield f"{module}:{node.lineno}: {ast.unparse(node)}"


CHECKS = (too_long, own_clocks, tied_to_a_registry, around_the_facade)
NEXT_STEPS: dict[Check, str] = {
    too_long: "split the module into a package with honest names, or the function into parts",
    own_clocks: "take the time, an id or chance as an argument; or add the module and the name to"
    " ALLOWED_CLOCKS in tests/checks/test_architecture.py, with the reason",
    around_the_facade: "ask a query of the ledger; add one to ledger/services/queries.py if needed",
    tied_to_a_registry: "remove the file or the address: the tree names no package registry",
}


@pytest.mark.parametrize("folder", PACKAGES)
def test_there_is_something_to_check(folder: str) -> None:
    assert list(modules(ROOT, [folder])) != []


@pytest.mark.parametrize("check", CHECKS)
def test_the_tree_keeps_its_rules(check: Check) -> None:
    faults = list(check(ROOT))

    assert not faults, "\n".join([f"{NEXT_STEPS[check]}:", *faults])


HOST = "pypi" + ".org"  # in two pieces, so that this file does not name it either
FAULTS: list[tuple[Check, str, str]] = [
    (too_long, "ledger/long.py", "\n" * (FILE_LINES_MAX + 1)),
    (too_long, "tests/long.py", "def f():\n" + "    f()\n" * FUNCTION_LINES_MAX),
    (own_clocks, "ledger/a.py", "from datetime import datetime\ndatetime.now()"),
    (own_clocks, "ledger/a.py", "import datetime as d\nnow = d.datetime.now"),
    (own_clocks, "ledger/a.py", "from time import time"),
    (own_clocks, "ledger/storehouse.py", "import datetime\ndatetime.datetime.now()"),
    (own_clocks, "projections/a.py", "import uuid\nuuid.uuid4()"),
    (own_clocks, "projections/a.py", "import random"),
    (own_clocks, "projections/a.py", "from secrets import choice"),
    (around_the_facade, "pos_gateway/a.py", "services.ledger.writer.time()"),
    (around_the_facade, "projections/a.py", "def f(ledger): return ledger.state('card-c1')"),
    (tied_to_a_registry, "docs/a.md", f"pip install -i https://{HOST}/simple"),
    (tied_to_a_registry, ".ci/run", f"curl files.{HOST.upper()}"),
    (tied_to_a_registry, "web/package-lock.json", "{}"),
    (tied_to_a_registry, "uv.lock", ""),
]
CLOCK = """'''The log, on any SQL engine.'''

from datetime import datetime

now = datetime.now
"""
SOUND = {
    "ledger/store/engine.py": CLOCK,
    "ledger/services/cards.py": "def f(ledger): return ledger.state('card-c1')",
    "pos_gateway/page.py": "services.ledger.card('c1')",
    "var/made.lock": HOST,
}


@pytest.mark.control
@pytest.mark.parametrize(("check", "name", "text"), FAULTS)
def test_a_fault_is_found(tmp_path: Path, check: Check, name: str, text: str) -> None:
    write(tmp_path, name, text)

    assert len(list(check(tmp_path))) == 1


@pytest.mark.control
@pytest.mark.parametrize("check", CHECKS)
def test_correct_code_has_no_findings(tmp_path: Path, check: Check) -> None:
    for name, text in SOUND.items():
        write(tmp_path, name, text)

    assert list(check(tmp_path)) == []
