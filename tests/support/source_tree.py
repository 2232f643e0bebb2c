"""Read the source tree for the checks of architecture and wording, or plant a fault in a copy."""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "projections", "pos_gateway")
EVERYTHING = (*PACKAGES, "scripts", "tests")
Check = Callable[[Path], Iterator[str]]


def modules(root: Path, folders: Iterable[str]) -> Iterator[tuple[str, ast.Module, int]]:
    """Yield each Python file: its path without the ending, its tree, and its number of lines."""
    for folder in folders:
        for path in sorted(filter(_is_python, (root / folder).rglob("*"))):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).with_suffix("").as_posix()
            yield name, ast.parse(text, str(path)), len(text.splitlines())


def _is_python(path: Path) -> bool:
    """Return whether the file ends in .py, or is a script that Python runs."""
    if path.suffix or not path.is_file():
        return path.suffix == ".py"
    with path.open("rb") as file:
        first = file.readline()
    return first.startswith(b"#!") and b"python" in first


def in_package(module: str, package: str) -> bool:
    """Return whether the module is this package or module, or lies in it."""
    return f"{module}/".startswith(f"{package}/")


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
