"""Run every bench in parts of at most eight minutes, and make the table of the README of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from scripts.bench.figures import number_text
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

_HTTP, _LITE = "postgres, 32 connections: ", "sqlite, 32 connections: "
_MORE = "postgres, 64 connections: "
_LARGE, _SHORT = "1,000,000 facts, 5,000 offers", "10,000 facts, 5,000 offers"


ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("redemption over HTTP", _HTTP, "redemption", "no-op", "a Flask route that does nothing"),
    ("the same on SQLite, one worker", _LITE, "redemption", "no-op", "the same"),
    ("validation over HTTP", _HTTP, "validation", "no-op", "the same"),
    ("claim in one hot drop", _HTTP, "claim", "no-op", "the same"),
    ("claim, 64 connections", _MORE, "claim", "no-op", "the same"),
    ("the same", _MORE, "claim", "plain claim", "plain Flask and one SQL statement"),
    ("the same", _MORE, "claim", "redis claim", "Flask and Redis, on disk before the answer"),
    ("claim refused: sold out", _HTTP, "sold out", "no-op", "the Flask route"),
    ("claim refused: not open yet", _HTTP, "not open", "no-op", "the same"),
    ("the page of a drop", _HTTP, "page of a drop", "no-op", "the same"),
    ("the list of drops, through Flask", _HTTP, "list of drops", "no-op", "the same"),
    *(
        (f"events of 32 callers in one process, {kind}", f"{prefix}, 32 callers: ", "facts",
            "bare inserts", "bare inserts of the same rows")
        for prefix, kind in (("sqlite", "SQLite"), ("postgres", "PostgreSQL"))
    ),
    ("a claim in a drop with 100,000", "sqlite: a claim, ", "100,000 claims", "100 claims",
        "with 100"),
    *(
        (f"a {what} after 1,000,000 events", f"sqlite: {what}, ", _LARGE, _SHORT, "after 10,000")
        for what in ("redemption", "validation")
    ),
    ("a validation among 5,000 offers", "sqlite: validation, ", _SHORT,
        "10,000 facts, 20 offers", "among 20"),
    ("start of a gateway, 1,000,000 events", "sqlite: start of a gateway, ", _LARGE,
        "an empty log", "with none"),
    ("rebuilding all tables, SQLite", "sqlite: ", "rebuilding all", "reading the bare log",
        "reading and decoding the log"),
    ("the same", "sqlite: ", "rebuilding all", "bare log and bare upserts",
        "that, and writing the same rows"),
    ("rebuilding one table", "sqlite: ", "rebuilding balances", "the library's balances",
        "the library's own runner"),
    ("lag of the tables under load, p99", "postgres: lag p99", "", "", ""),
    ("`hongka --help`, processor time", "hongka --help, processor time", "", "", ""),
)  # fmt: skip
"""What a row is about, the start of its figures, its own, the one beside it, and words for that."""


@click.command()
@click.option("--part", type=click.Choice(list(PARTS)), multiple=True, default=list(PARTS))
@click.option("--anew", is_flag=True, help="Forget the parts that ran before.")
def main(*, part: tuple[str, ...], anew: bool) -> None:
    """Run the parts that have not run on this program; print one table and one line of JSON.

    Results are kept in var/bench/all.json, so an interrupted run goes on where it stopped.
    """
    program = source_hash("ledger", "projections", "pos_gateway", "scripts/bench")
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
    """Return the table of the README made of the results of all parts; figures that lack, lack."""
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
        " Codes are fresh; two workers on PostgreSQL unless said."
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


def _cells(row: tuple[str, ...], figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the cells of a row of ROWS; none at all if its figure was not measured."""
    what, start, short, other, beside = row

    def shown(name: str) -> str:
        figure = figures.get(name)
        if figure is None:
            return ""
        unit = {"1/s": "", "×": ""}.get(figure["unit"], " " + figure["unit"])
        return number_text(figure["median"]) + unit

    name = start + short
    if name in figures:
        yield from (what, shown(name), beside, shown(start + other) if other else "")
        yield shown(f"{name} to {other}")
        yield shown(f"{name}, worker")
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
    return file.read_text(encoding="utf-8").splitlines()[-1] if ran.returncode == 0 else None


if __name__ == "__main__":
    main()
