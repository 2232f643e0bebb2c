"""Count the lines of each package, and those that the smallest example of an extension costs.

Examples are found, not listed. A kind is a module of `ledger.benefits.kinds`, a projection one of
`projections`. A page is declared by the decorator `page`; its view names its template. A verb is a
function of the ledger that makes events: it counts with those events, the service method that
calls it, and the shortest function of the gateway that calls the service.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
PRODUCT = ("ledger", "projections", "pos_gateway", "scripts")
SORTS = ("code", "docstring", "comment", "blank")
Function = ast.FunctionDef
T = TypeVar("T", ast.ClassDef, ast.FunctionDef)


class Example(NamedTuple):
    """An extension that exists: `subject` such as "verb", and the lines of each of its parts."""

    subject: str
    name: str
    parts: dict[str, int]


def lines_of(source: str) -> Counter[str]:
    """Count the lines of a module's source by sort: code, docstring, comment or blank.

    A line with code and a comment is code.
    """
    inside: dict[int, str] = {}
    for node in ast.walk(ast.parse(source)):
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                sort = "docstring" if isinstance(node, ast.Expr) else "code"
                inside |= dict.fromkeys(range(one.lineno, (one.end_lineno or 0) + 1), sort)
    return Counter(
        inside.get(number) or _sort(line.strip())
        for number, line in enumerate(source.splitlines(), 1)
    )


def packages(root: Path) -> Iterator[tuple[str, str, Counter[str]]]:
    """Yield room, package ("modules": those beside packages) and its lines by sort."""
    for room in (*PRODUCT, "tests"):
        found: dict[str, Counter[str]] = {}
        for path in sorted((root / room).rglob("*.py")):
            first, *more = path.relative_to(root / room).parts
            counted = found.setdefault(f"{first}/" if more else "modules", Counter())
            counted.update(lines_of(path.read_text("utf-8")))
        yield from ((room, package, found[package]) for package in sorted(found))


def smallest(root: Path) -> list[Example]:
    """Return the example with the fewest lines in all for each sort of extension."""
    found = [
        *_modules_as("kind of benefit", root, "ledger/benefits/kinds"),
        *_modules_as("projection", root, "projections"),
        *pages(root),
        *verbs(root),
    ]
    subjects = dict.fromkeys(one.subject for one in found)
    cost = lambda one: (sum(one.parts.values()), one.name)  # noqa: E731 - a key, read once
    return [min((one for one in found if one.subject == each), key=cost) for each in subjects]


def pages(root: Path) -> Iterator[Example]:
    """Yield each list page and each form.

    A list page answers GET alone, takes nothing from its path, and its template repeats something.
    A form answers GET and POST with one view.
    """
    for tree in _trees(root / "pos_gateway/pages"):
        functions = {one.name: one for one in ast.walk(tree) if isinstance(one, Function)}
        decorators = [(name, one) for name in functions for one in functions[name].decorator_list]
        for name, call in decorators:
            if not isinstance(call, ast.Call) or _name(call.func) != "page":
                continue
            _, path, _, *methods = map(ast.unparse, call.args)
            path = path.strip("'")
            views = list(_reached(name, dict(functions)))
            template = _template(root / "pos_gateway/templates", path, views)
            if template is None:
                continue
            declaration = _lines(call)
            parts = {
                "declaration": declaration,
                "view": sum(map(_lines, views)) - declaration,
                "template": len(template.splitlines()),
            }
            if methods == ["FORM"]:
                yield Example("form", path, parts)
            elif not methods and "<" not in path and "{% for" in template:
                yield Example("list page", path, parts)


def verbs(root: Path) -> Iterator[Example]:
    """Yield each verb that makes an event and is called by a service and the gateway."""
    classes = _defined(root / "ledger", ast.ClassDef)
    events = {one.name: one for one in classes if "topic" in map(_name, one.decorator_list)}
    decisions = {one.name: one for one in _defined(root / "ledger", Function)}
    callers: dict[str, int] = {}
    for folder in ("api", "pages", "cli"):
        for function in _defined(root / "pos_gateway" / folder, Function):
            for name in _attributes(function):
                callers[name] = min(callers.get(name, _lines(function)), _lines(function))
    for method in _defined(root / "ledger/services", Function):
        for verb in _attributes(method) & decisions.keys() if method.name in callers else ():
            names = {one.id for one in ast.walk(decisions[verb]) if isinstance(one, ast.Name)}
            if made := [events[name] for name in names & events.keys()]:
                parts = {
                    "event": sum(map(_lines, made)),
                    "decision": _lines(decisions[verb]),
                    "service method": _lines(method),
                    "route or command": callers[method.name],
                }
                yield Example("verb", method.name, parts)


def _modules_as(subject: str, root: Path, folder: str) -> Iterator[Example]:
    for path in sorted((root / folder).glob("[!_]*.py")):
        parts = {"module": len(path.read_text("utf-8").splitlines())}
        for test in (root / "tests" / folder).glob(f"test_{path.name}"):
            parts["test"] = len(test.read_text("utf-8").splitlines())
        yield Example(subject, path.stem, parts)


def _reached(name: str, functions: dict[str, Function]) -> Iterator[Function]:
    """Yield a function and the functions of its module that it calls, removed from `functions`."""
    if function := functions.pop(name, None):
        yield function
        for one in sorted(_attributes(function)):
            yield from _reached(one, functions)


def _template(templates: Path, path: str, views: Iterable[Function]) -> str | None:
    realm = templates / path.strip("/").partition("/")[0]
    named = (
        folder / text for view in views for text in _texts(view) for folder in (realm, templates)
    )
    files = (file for file in named if file.suffix == ".html" and file.is_file())
    return next((file.read_text("utf-8") for file in files), None)


def _sort(line: str) -> str:
    return ("comment" if line.startswith("#") else "code") if line else "blank"


def _trees(folder: Path) -> Iterator[ast.Module]:
    return (ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py")))


def _defined(folder: Path, sort: type[T]) -> Iterator[T]:
    for tree in _trees(folder):
        yield from (one for one in ast.walk(tree) if isinstance(one, sort))


def _lines(node: ast.Call | ast.ClassDef | Function) -> int:
    decorators = [] if isinstance(node, ast.Call) else node.decorator_list
    return (node.end_lineno or 0) - min([node.lineno, *(one.lineno for one in decorators)]) + 1


def _name(node: ast.expr) -> str:
    return ast.unparse(node).partition("(")[0].rpartition(".")[2]


def _attributes(node: ast.AST) -> set[str]:
    return {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def _texts(node: ast.AST | None) -> set[str]:
    found = ast.walk(node) if node else ()
    return {str(one.value) for one in found if isinstance(one, ast.Constant)}


@click.command()
def main() -> None:
    """Print the lines of each package, and the cost of the smallest example of each extension."""
    counted = Table("room", "package", *SORTS, "total")
    rows = list(packages(ROOT))
    for room in dict.fromkeys(room for room, _, _ in rows):
        counted.add_section()
        _row(counted, room, "", [lines for name, _, lines in rows if name == room])
        for _, package, lines in (row for row in rows if row[0] == room):
            _row(counted, "", package, [lines])
    counted.add_section()
    _row(counted, "product", "", [lines for room, _, lines in rows if room in PRODUCT])
    costs = Table("smallest", "example", "lines", "of which")
    for one in smallest(ROOT):
        of_which = ", ".join(f"{part} {lines}" for part, lines in one.parts.items())
        costs.add_row(one.subject, one.name, f"{sum(one.parts.values())}", of_which)
    for table in (counted, costs):
        for column in table.columns:
            column.no_wrap = True
            column.justify = "right" if column.header in {*SORTS, "total", "lines"} else "left"
        Console(width=112).print(table)


def _row(table: Table, room: str, package: str, counts: Iterable[Counter[str]]) -> None:
    total = sum(counts, Counter[str]())
    figures = [f"{total[sort]:,}" for sort in SORTS]
    table.add_row(room, package, *figures, f"{total.total():,}", style="bold" if room else "")


if __name__ == "__main__":
    main()
