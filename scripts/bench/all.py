"""Run every bench in parts of at most eight minutes, and make the table of the README of them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from scripts.bench.figures import ROWS, Row, number_text
from scripts.bench.population import ROOT, source_hash
from scripts.bench.redis import PROMISES_LESS

STATE = ROOT / "var" / "bench" / "all.json"
LIMIT = ("timeout", "--signal=INT", "--kill-after=60", "480")
PARTS = {
    "gateway-postgres": "gateway --database postgres",
    "gateway-sqlite": "gateway --database sqlite --connections 32",
    "ledger": "ledger",
    "projections-sqlite": "projections --database sqlite",
    "projections-postgres": "projections --database postgres",
    "claims": "growth --part claims",
    "tills": "growth --part tills",
    "cold": "growth --part cold",
    "start": "growth --part start --part rebuild",
}
"""The command of each part."""

ROOMS = (
    *("ledger", "projections", "pos_gateway", "tests/support", "scripts/bench"),
    *("scripts/bench/figures.csv", "scripts/bench/requests.lua"),
)
"""The folders of Python files, and the other files, on which results depend."""


@click.command()
@click.option("--part", type=click.Choice(list(PARTS)), multiple=True, default=list(PARTS))
@click.option("--anew", is_flag=True, help="Forget the parts that ran before.")
def main(*, part: tuple[str, ...], anew: bool) -> None:
    """Run the parts that have not run on this program; print one table and one line of JSON.

    Results are kept in var/bench/all.json, so an interrupted run goes on where it stopped.
    """
    program = source_hash(*ROOMS)
    kept = msgspec.json.decode(STATE.read_bytes()) if STATE.exists() and not anew else {}
    results = kept if kept.get("program") == program else {"program": program, "parts": {}}
    STATE.parent.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in part:
        if name not in results["parts"]:
            click.echo(f"{name}: scripts/bench/{PARTS[name]}", err=True)
            if line := _run(name):
                results["parts"][name] = msgspec.json.decode(line)
                STATE.write_bytes(msgspec.json.encode(results))
            else:
                failed.append(name)
    print(markdown(results))
    for name in failed:
        click.secho(f"FAILED: {name}, see {STATE.parent / name}.txt", fg="red", bold=True)
    print(msgspec.json.encode(results).decode())
    sys.exit(bool(failed))


def markdown(results: Mapping[str, Any]) -> str:
    """Return the README's table of the results of all parts; leave out what was not measured."""
    parts = results["parts"].values()
    figures = {one["name"]: one for part in parts for one in part["figures"]}
    machine: dict[str, Any] = {}
    for part in parts:
        machine |= part["machine"]
    shared = (
        f"Measured with `scripts/bench/all`: {machine.get('cores')} cores shared by load generator,"
        f" database and gateway; Python {machine.get('python')}, SQLite {machine.get('sqlite')},"
        f" PostgreSQL {machine.get('postgres', 'left out')}; load by {machine.get('load')}. Each"
        " figure is the median of the rounds of one run, beside a simpler program in the same run."
        " Each code is new; two workers on PostgreSQL unless said."
    )
    texts = [
        shared,
        "",
        "| what | a second, or cost | beside | its | ratio | worker | p50, p99 |",
        "|---|---|---|---|---|---|---|",
        *(f"| {' | '.join(cells)} |" for row in ROWS if (cells := list(_cells(row, figures)))),
        "",
        *(dict.fromkeys(one for part in parts for one in part["left_out"]) or [PROMISES_LESS]),
    ]
    return "\n".join(texts)


def _cells(row: Row, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the cells of a row; none at all if it is not of the table, or was not measured."""

    def shown(name: str) -> str:
        figure = figures.get(name)
        if figure is None:
            return ""
        unit = {"1/s": "", "×": ""}.get(figure["unit"], " " + figure["unit"])
        return number_text(figure["median"]) + unit

    name, beside = row.start + row.figure, row.start + row.beside
    if row.what and name in figures:
        yield from (row.what, shown(name), row.words, shown(beside) if row.beside else "")
        yield from (shown(row.start + row.bounded) if row.beside else "", shown(f"{name}, worker"))
        yield ", ".join(filter(None, (shown(f"{name}, p50"), shown(f"{name}, p99"))))


def _run(name: str) -> str | None:
    """Run a part with its output in a file; return its line of JSON, None if it failed."""
    file = STATE.with_name(f"{name}.txt")
    bench, *options = PARTS[name].split()
    with file.open("w", encoding="utf-8") as output:
        ran = subprocess.run(
            # An interrupted bench stops its servers, a killed one would not.
            [*LIMIT, sys.executable, "-m", f"scripts.bench.{bench}", *options],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    said = reversed(file.read_text(encoding="utf-8").splitlines())
    # A warning may come after the result.
    found = next((line for line in said if line.startswith("{")), None)
    return found if ran.returncode == 0 else None


if __name__ == "__main__":
    main()
