"""The command `hongka verify`: check that the log is what was recorded."""

import os
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from ledger.proof.note import HeadKey, derived
from ledger.proof.snapshots import wrong_snapshots
from ledger.proof.verification import verify as verify_log
from ledger.proof.walk import Finding
from ledger.services.log_queries import opened_facts
from ledger.store import Log
from ledger.store.upgrade import check_versions
from pos_gateway.cli.asking import FILE, Say, example
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.serve import databases
from pos_gateway.published_heads import published
from pos_gateway.secret_file import gateway_secret
from pos_gateway.services import LOG_KEY, look_less_often
from pos_gateway.settings import Settings
from projections.engine.comparison import wrong_tables
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS


@click.command(epilog=example("hongka verify", "hongka verify --all --heads /mnt/usb/heads.txt"))
@click.option("--all", "folding", is_flag=True, help="Fold snapshots and views anew as well.")
@click.option("--heads", type=FILE, help="Signed heads outside.  [default: file of HONGKA_HEADS]")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def verify(*, folding: bool, heads: Path | None, as_json: bool) -> None:
    """Check that the log is what was recorded: every fact, the tree over them, and signed heads.

    A gateway may go on meanwhile. What is wrong is named by its first position, if the facts tell
    it; in any case all facts up to the last good head are what was recorded. Ends with exit code 1
    where anything is wrong.
    """
    settings = Settings.read(os.environ)
    for url, parts in databases(settings).items():
        check_versions(url, parts)
    look_less_often()
    secret = gateway_secret(settings.keys, LOG_KEY)
    key, outside = HeadKey(secret), published(heads or Path(settings.heads))
    with closing(Log(settings.ledger_url, key=derived(secret, "snapshots"))) as log:
        with Bar("Verifying") as bar:
            found = verify_log(log, key, outside, lambda to, of: bar.reach(to, total=of))
        findings = found.findings
        if found.heads and not outside and "://" not in settings.heads:
            findings.append(Finding("no head is outside the database", place=settings.heads))
        if folding and not findings:
            findings.extend(_folded(log, settings))
    size, at = found.last_good
    lines = [
        f"Facts: {found.facts}. Heads: {found.heads}, of which outside: {len(outside)}.",
        f"The last good head has {size} facts, the last of {at or 'no time'}.",
        f"Key: {key.verifier}",
        *map(_line, findings),
        f"The log is {'not ' if findings else ''}what was recorded.",
    ]
    Say(as_json=as_json).of(
        "\n".join(lines),
        sound=not findings,
        facts=found.facts,
        last_good_head={"size": size, "at": at},
        verifier=key.verifier,
        findings=findings,
    )
    if findings:
        raise click.exceptions.Exit(1)


def _folded(log: Log, settings: Settings) -> Iterator[Finding]:
    for stream in wrong_snapshots(log):
        yield Finding("a snapshot is not what the facts give", place=stream)
    opened = partial(partial, opened_facts, settings.ledger_url)
    with closing(Views(settings.views_url, PROJECTIONS)) as views, Bar("Folding") as bar:
        for name in wrong_tables(views, opened, settings.var, bar.reach):
            yield Finding("a view is not what the facts give", place=name)


def _line(finding: Finding) -> str:
    place = f"position {finding.position}" if finding.position else finding.place
    more = f", and {finding.count - 1} more" if finding.count > 1 else ""
    return f"WRONG: {finding.problem}: {place}{more}"
