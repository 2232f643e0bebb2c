"""Offers to everybody, the kinds and rules of benefits, and grants to single cards."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.benefits import registered_kinds
from ledger.benefits.fields import Field, fields_of
from ledger.benefits.terms import Rules
from pos_gateway.cli.asking import IDENTIFIER, Run, example, group, holder_of, officer
from pos_gateway.cli.benefit_terms import read_terms, terms_options, warn
from pos_gateway.cli.tables import FORMAT, show_record, show_rows
from pos_gateway.i18n.words import RULES

offers, grants = group("offers"), group("grants")
_PROGRAMME = click.option("--programme", type=IDENTIFIER, help="The programme that gives it.")


@officer(
    "hongka offers publish haircut.json",
    "hongka offers publish --id eight --title 八折 --kind percent_off \\",
    """  --terms '{"basis_points": 2000}' --rules '{"limits": {"per_day": 1}}'""",
    of=offers,
)
@terms_options
@_PROGRAMME
def publish(
    run: Run, *, file: Path | None, choice_id: str | None, programme: str | None, **typed: Any
) -> None:
    """Open a discount (优惠) to every eligible card.

    FILE is JSON: {"id", "title", "kind", "terms": {…}, "rules": {…}, "programme"}. Options
    override its fields, or replace FILE. hongka offers kinds and hongka offers rules show the
    terms and the rules.
    """
    read = read_terms(file, id=choice_id, programme=programme, **typed)
    event = run.officers.offers.publish_offer(
        read.id, programme=read.programme, **read.particulars, **run.asking
    )
    warn(run.services, read.particulars["rules"])
    run.say(event, f"Offer {read.id} is published.", offer_id=read.id)


@officer(
    "hongka offers change haircut.json --title 八五折 --terms '{\"basis_points\": 1500}'", of=offers
)
@terms_options
def change(run: Run, *, file: Path | None, choice_id: str | None, **typed: Any) -> None:
    """Give an offer other terms from now on; all of them, as in publish. The programme stays."""
    read = read_terms(file, id=choice_id, **typed)
    event = run.officers.offers.change_offer(read.id, **read.particulars, **run.asking)
    warn(run.services, read.particulars["rules"])
    run.say(event, f"Offer {read.id} has new terms.", offer_id=read.id)


@officer("hongka offers suspend eight", of=offers)
def suspend(run: Run, *, offer_id: str) -> None:
    """Put an offer on hold: nobody can use it until it is resumed."""
    event = run.officers.offers.suspend_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} is on hold.")


@officer("hongka offers resume eight", of=offers)
def resume(run: Run, *, offer_id: str) -> None:
    """Open an offer that is on hold again."""
    event = run.officers.offers.resume_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} is open again.")


@officer("hongka offers end eight --yes", of=offers)
@click.confirmation_option(prompt="An ended offer never opens again. End it?")
def end(run: Run, *, offer_id: str) -> None:
    """End an offer for good: nobody can use it again."""
    event = run.officers.offers.end_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} has ended.")


@offers.command(epilog=example("hongka offers kinds", "hongka offers kinds percent_off"))
@click.argument("kind", required=False)
@FORMAT
def kinds(*, kind: str | None, form: str) -> None:
    """Show the kinds of benefit; of one KIND, its fields, its JSON Schema and an example.

    A till gives a kind offline only where its terms are told in numbers.
    """
    known = registered_kinds()
    if kind is None:
        rows = [
            {
                "kind": name,
                "title": f"{cls.TITLE.zh} {cls.TITLE.en}",
                "reads": cls.example().describe().zh,
                "terms": msgspec.to_builtins(cls.example()),
                "offline": "yes" if cls.example().offline() else "not given offline",
            }
            for name, cls in known.items()
        ]
        show_rows(rows, form=form, columns=("kind", "title", "terms", "reads", "offline"))
        return
    if kind not in known:
        raise click.UsageError(f"There is no kind {kind!r}; there are {', '.join(known)}.")
    cls = known[kind]
    example = cls.example()
    show_record(
        {
            "kind": kind,
            "title": msgspec.to_builtins(cls.TITLE),
            "fields": dict(_fields(fields_of(cls))),
            "schema": msgspec.json.schema(cls),
            "example": msgspec.to_builtins(example),
            "reads": msgspec.to_builtins(example.describe()),
            "offline": msgspec.to_builtins(example.offline() or "not given offline"),
        },
        form="json" if form == "table" else form,
    )


def _fields(fields: Iterable[Field], within: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each field and its parts, such as `steps[].threshold_minor`, and its words.

    `within` is the path of the enclosing field with a dot; "" at the top.
    """
    for one in fields:
        path = f"{within}{one.name}{'[]' if one.many else ''}"
        yield path, f"{one.words.zh} {one.words.en}"
        yield from _fields(one.parts, f"{path}.")


@offers.command(epilog=example("hongka offers rules"))
@FORMAT
def rules(*, form: str) -> None:
    """Show the rules that all kinds share: members, places, times, limits, amounts, payers.

    --rules takes a JSON object of them: '{"weekdays": [1, 2], "limits": {"per_day": 1}}'. A missing
    rule means no restriction.
    """
    written = Path(__file__).with_name("rules.json").read_bytes()
    shown = msgspec.to_builtins(msgspec.json.decode(written, type=Rules))
    rows = [
        {
            "rule": name,
            "example": msgspec.json.encode(shown[name]).decode(),
            "reads": f"{words.zh} / {words.en}",
        }
        for name, words in RULES.items()
    ]
    show_rows(rows, form=form, columns=("rule", "example", "reads"))


@officer(
    "hongka grants make 3f0a… --title 免费理发 --kind free_service --terms '{\"times\": 2}'",
    of=grants,
)
@terms_options
@_PROGRAMME
def make(
    run: Run,
    *,
    card_id: str,
    file: Path | None,
    choice_id: str | None,
    programme: str | None,
    **typed: Any,
) -> None:
    """Place a benefit (权益) on one card; FILE and options are as in hongka offers publish."""
    read = read_terms(
        file, otherwise_id=f"grant-{run.new_id()}", id=choice_id, programme=programme, **typed
    )
    event = run.officers.offers.make_grant(
        card_id, grant_id=read.id, programme=read.programme, **read.particulars, **run.asking
    )
    warn(run.services, read.particulars["rules"])
    run.say(event, f"Grant {read.id} is on the card.", grant_id=read.id)


@officer("hongka grants withdraw 3f0a… grant-1c9d", of=grants)
def withdraw(run: Run, *, card_id: str, grant_id: str) -> None:
    """Withdraw a benefit from the member who holds this card, but not a ticket of a drop."""
    member_id = holder_of(run.services, card_id)
    event = run.officers.offers.withdraw_grant(member_id, grant_id=grant_id, **run.asking)
    run.say(event, f"Grant {grant_id} is withdrawn.")
