"""The kind, terms and rules of an offer or a grant, from a file or from options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from ledger.benefits import unknown_field
from ledger.benefits.terms import Rules
from ledger.drops.terms import Audience
from ledger.errors import TermsInvalid
from pos_gateway.cli.asking import FILE, IDENTIFIER, JSON, several
from pos_gateway.services import Services
from pos_gateway.web.json_body import read_clock

FILE_BYTES_MAX = 1_000_000

T = TypeVar("T")


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a terms file of an offer or a grant; an absent field is empty.

    `terms` are those of its `kind`; `rules` are the same for all kinds, and not checked yet.
    `programme` is the programme that gives the benefit.
    """

    id: str = ""
    title: str = ""
    kind: str = ""
    terms: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    programme: str = ""

    @property
    def particulars(self) -> dict[str, Any]:
        """Title, kind, terms and checked rules for the ledger's verbs; or raises TermsInvalid."""
        given = {"title": self.title, "kind": self.kind, "terms": self.terms}
        return given | {"rules": checked_rules(self.rules)}


terms_options = several(
    click.argument("file", required=False, type=FILE),
    click.option("--id", "choice_id", type=IDENTIFIER, help="The id tills choose it by."),
    click.option("--title", help="What members read."),
    click.option("--kind", help="The kind of benefit: see hongka offers kinds."),
    click.option("--terms", type=JSON, help="The terms of the kind: see hongka offers kinds."),
    click.option(
        "--rules", type=JSON, help="Who, where, when, how often, who pays: see hongka offers rules."
    ),
)
"""The optional argument FILE, and options for its fields, which override it."""


def read_terms(file: Path | None, *, otherwise_id: str = "", **typed: Any) -> Terms:
    """Return the terms in a JSON file (None: no file), overridden by the option values `typed`.

    A value None was not typed. `otherwise_id` is the id where neither the file nor an option has
    one.

    Raises:
        TermsInvalid: id, title or kind is missing, or a value has another form; `field` names it
            ("file": the file is not JSON, has an unknown field, or a value of another type).
    """
    said = {"id": otherwise_id} | (read_json(file, dict[str, Any]) if file else {})
    said |= {field: value for field, value in typed.items() if value is not None}
    try:
        read = msgspec.convert(said, Terms)
    except msgspec.ValidationError as wrong:
        raise TermsInvalid(field="file", problem=str(wrong)) from None
    for field in ("id", "title", "kind"):
        if not getattr(read, field):
            raise TermsInvalid(field=field, problem="missing")
    return read


def checked_rules(rules: Mapping[str, Any]) -> Rules:
    """Decode rules strictly, so that a misspelt limit is an error and not ignored.

    Hours may be written as people do, 22:00 or 24:00.

    Raises:
        TermsInvalid: a rule has another form (`field` is "rules"), or no rule has the name `field`.
    """
    rules = {name: _in_full(one) if name == "hours" else one for name, one in rules.items()}
    try:
        read = msgspec.convert(rules, Rules, strict=True)
    except msgspec.ValidationError as wrong:
        raise TermsInvalid(field="rules", problem=str(wrong)) from None
    unknown = unknown_field(rules, read)
    if unknown is not None:
        raise TermsInvalid(field=unknown, problem="no such rule")
    return read


def warn(services: Services, terms: Rules | Audience) -> None:
    """Print the warnings about published terms on stderr, a line each."""
    from pos_gateway.pages.officer.warnings import audience_warnings, rules_warnings

    found = (
        rules_warnings(services, terms)
        if isinstance(terms, Rules)
        else audience_warnings(services, terms)
    )
    for one in found:
        click.echo(f"Warning: {one.en}", err=True)


def _in_full(hours: Any) -> Any:
    """Return hours with their times in full, 22:00:00 for 22:00; other values as they are."""
    try:
        return [{end: str(read_clock(clock)) for end, clock in one.items()} for one in hours]
    except (AttributeError, TypeError, ValueError):
        return hours


def read_json(file: Path, kind: type[T]) -> T:
    """Read a JSON value of this kind from a file in UTF-8 of at most FILE_BYTES_MAX bytes.

    Raises:
        TermsInvalid: it is no JSON, or of another kind; `field` is "file".
    """
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES_MAX)
    try:
        return msgspec.json.decode(content.decode("utf-8-sig"), type=kind)
    except (ValueError, RecursionError) as wrong:
        raise TermsInvalid(field="file", problem=str(wrong)) from None
