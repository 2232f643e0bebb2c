"""The stream registry: the categories of streams, and how the streams of each are folded.

A module with CATEGORY, INITIAL and `evolve` declares a category. It is found by being there: the
registry walks every top-level package (or module) of `ledger` in which a file assigns CATEGORY.
Two declarations are optional. `read_with(state)` yields the streams that are usually read together
with a state. KEPT_WHEN_EMPTY says that a stream may belong to somebody though nothing is recorded
in it yet.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).parents[1]
_DECLARES = re.compile(r"^CATEGORY = ", re.MULTILINE)
_IMPORTS = re.compile(
    rf"^\s*from {_ROOT.name}(?:\.(\w+)| import (?:\(([^)]*)\)|(.*)))", re.MULTILINE
)


class Category(NamedTuple):
    """The functions by which the streams of a category are folded and read.

    `initial` is the state without events. `evolve(state, event)` returns the next state, and
    `read_with(state)` the streams usually read with one. States without events are cached only if
    `kept_when_empty`.
    """

    initial: Any
    evolve: Callable[[Any, Any], Any]
    read_with: Callable[[Any], Iterable[str]]
    kept_when_empty: bool


def stream_modules(sources: Mapping[str, str]) -> list[str]:
    """Return the modules of all packages that declare a category; see `read_sources`."""
    declaring = {_package(name) for name, text in sources.items() if _DECLARES.search(text)}
    return [name for name in sources if _package(name) in declaring]


def program_hash(sources: Mapping[str, str]) -> str:
    """Return a hash (16 hex digits) of all modules that give states their shape and meaning.

    These are the stream packages, and every package of the ledger that they import, directly or
    through another. `sources` is the result of `read_sources`.
    """
    reached: set[str] = set()
    found = {_package(name) for name in stream_modules(sources)}
    while found:
        reached |= found
        texts = [text for name, text in sources.items() if _package(name) in found]
        found = {one for text in texts for one in _imported(text)} - reached
    hashed = [(name, text) for name, text in sources.items() if _package(name) in reached]
    return hashlib.sha256(repr(hashed).encode()).hexdigest()[:16]


def read_sources(root: Path) -> dict[str, str]:
    """Return the source text of every module below a folder, by its dotted name from there."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*.py"))
    }


def category_of(stream: str) -> str:
    """Return the category of a stream: `card` for `card-7`, the part before the first hyphen."""
    return stream.partition("-")[0]


def _package(name: str) -> str:
    return name.partition(".")[0]


def _imported(text: str) -> Iterator[str]:
    for package, several, names in _IMPORTS.findall(text):
        yield from [package] if package else re.findall(r"\w+", several or names)


def _nothing(_state: Any) -> Iterable[str]:
    return ()


def _registered(names: Iterable[str]) -> dict[str, Category]:
    modules = [
        importlib.import_module(f"{_ROOT.name}.{name}".removesuffix(".__init__")) for name in names
    ]
    found: dict[str, Category] = {}
    for module in modules:
        if not all(hasattr(module, one) for one in ("CATEGORY", "INITIAL", "evolve")):
            continue
        if module.CATEGORY in found:
            raise ValueError(f"the category {module.CATEGORY!r} is declared twice")
        found[module.CATEGORY] = Category(
            module.INITIAL,
            module.evolve,
            getattr(module, "read_with", _nothing),
            getattr(module, "KEPT_WHEN_EMPTY", False),
        )
    declared = {module.CATEGORY for module in modules if hasattr(module, "CATEGORY")}
    if unfolded := declared - found.keys():
        raise ValueError(f"no module has CATEGORY, INITIAL and evolve for {sorted(unfolded)}")
    return found


_SOURCES = read_sources(_ROOT)

CATEGORIES: Mapping[str, Category] = _registered(stream_modules(_SOURCES))

PROGRAM = program_hash(_SOURCES)
"""The hash of the stream modules: snapshots with another hash are ignored."""
