"""Members: register, move, find; the keys, proxy and household of a card's member."""

import secrets
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, TypeVar

import click

from ledger.errors import MemberUnknown
from ledger.vault import Person
from pos_gateway.auth.api_key import SECRET_BYTES, make_member_key
from pos_gateway.cli import session
from pos_gateway.cli.asking import DAY, IDENTIFIER, Run, asked_for, group, holder_of, officer, shows
from pos_gateway.cli.tables import show_rows
from pos_gateway.codes import CARD_BYTES
from pos_gateway.i18n.words import MEMBER_REASONS
from pos_gateway.members.correction import check_code, send_code
from pos_gateway.members.correction import correct as correct_member
from pos_gateway.members.reading import read_person
from pos_gateway.roster.checks import Faulty, checked_identity_number, checked_name, checked_phone
from pos_gateway.roster.importer import keep_person
from pos_gateway.services import Services

_FOUND = ("member_id", "holder", "branch", "employer", "groups", "card_id", "card_status")

T = TypeVar("T")


members = group("members")
_REASON = click.option(
    "--reason", required=True, type=click.Choice(list(MEMBER_REASONS)), help="Why."
)


@officer("hongka members register --branch 鼓楼街道总工会 --group 劳模 --with-card", of=members)
@click.option("--branch", required=True, help="Where the member is organised (基层工会).")
@click.option("--employer", default="", help="Where the member works (单位).")
@click.option("--group", "groups", multiple=True, help="What the member counts as; repeatable.")
@click.option("--with-card", is_flag=True, help="Issue a card at once.")
@click.option("--last-day", type=DAY, help="The last day of that card.")
def register(
    run: Run,
    *,
    branch: str,
    employer: str,
    groups: tuple[str, ...],
    with_card: bool,
    last_day: date | None,
) -> None:
    """Register one person; name, identity number and phone are asked for, and kept in the vault."""
    today = run.ledger.day(run.services.clock())
    member_id = keep_person(run.services.vault, _asked_person(today))
    event = run.officers.cards.register_member(
        member_id, branch=branch, employer=employer, groups=groups, **run.asking
    )
    if not with_card:
        run.say(event, f"Member {member_id} is registered.", member_id=member_id)
        return
    card_id = run.new_id(CARD_BYTES)
    # The registration has the request id; the ledger itself refuses a second live card.
    event = run.officers.cards.issue_card(
        card_id, member_id=member_id, last_day=last_day, by=run.asking["by"]
    )
    line = f"Member {member_id} is registered and holds card {card_id}."
    run.say(event, line, member_id=member_id, card_id=card_id)


@officer("hongka members move 5f0c… --branch 果园街道总工会", of=members)
@click.option("--branch", help="The new branch; as before where not given.")
@click.option("--employer", help="The new employer; as before where not given.")
@click.option("--group", "groups", multiple=True, help="All groups anew; as before where none.")
def move(
    run: Run, *, member_id: str, branch: str | None, employer: str | None, groups: tuple[str, ...]
) -> None:
    """Record a member's new branch, employer and groups; values that are not given stay."""
    held = run.ledger.member(member_id)
    event = run.officers.cards.move_member(
        member_id,
        branch=held.branch if branch is None else branch,
        employer=held.employer if employer is None else employer,
        groups=groups or held.groups,
        **run.asking,
    )
    run.say(event, f"Member {member_id} has moved.")


@officer("hongka members correct 5f0c… --phone --reason number_changed", of=members)
@click.option("--name", is_flag=True, help="Ask for the right name.")
@click.option("--phone", is_flag=True, help="Ask for the new phone (empty: none).")
@click.option("--identity-number", is_flag=True, help="Ask for the right identity number.")
@click.option("--branch", help="The new branch.")
@click.option("--employer", help="The new employer.")
@click.option("--group", "groups", multiple=True, help="All groups anew; as before where none.")
@click.option(
    "--code", "by_code", is_flag=True, help="Send a code to the old phone, and ask for it."
)
@_REASON
def correct(
    run: Run,
    *,
    member_id: str,
    branch: str | None,
    employer: str | None,
    groups: tuple[str, ...],
    by_code: bool,
    reason: str,
    **asked: bool,
) -> None:
    """Correct a member's data. New names and numbers are asked for, and kept in the vault.

    A new phone or identity number needs a code sent to the member's old phone, or a second person.
    """
    placed = {"branch": branch, "employer": employer, "groups": groups or None}
    changes: dict[str, Any] = {name: it for name, it in placed.items() if it is not None}
    prompts = {
        "name": ("Name 姓名", _valid(checked_name)),
        "phone": ("New mobile phone 新手机号 (may be empty)", _valid(checked_phone)),
        "identity_number": _identity_number(run.ledger.day(run.services.clock())),
    }
    for name, prompt in prompts.items():
        if asked[name]:
            changes[name] = asked_for(*prompt, default="" if name == "phone" else None)
    if by_code:
        send_code(run.services, member_id, address="terminal")
        check_code(run.services, member_id, asked_for("Code 验证码", str))
    event = correct_member(
        run.services, member_id, changes, reason=reason, proven=by_code, **run.asking
    )
    run.say(event, f"Member {member_id} is corrected.")


@officer("hongka members erase 5f0c… --reason asked", of=members)
@_REASON
def erase(run: Run, *, member_id: str, reason: str) -> None:
    """Ask for a member's data to be erased for good, which a second person confirms (删除资料)."""
    event = run.officers.corrections.erase_member(member_id, reason=reason, **run.asking)
    run.say(event, f"Member {member_id} is erased.")


@shows("hongka members find --phone", of=members)
@click.option("--phone", "by_phone", is_flag=True, help="By phone instead of identity number.")
def find(services: Services, *, by_phone: bool, form: str) -> None:
    """Find members by identity number or phone, which is asked for; shows at most 100."""
    if by_phone:
        phone = asked_for("Mobile phone 手机号", _valid(checked_phone))
        found = services.vault.find(phone=phone or "")
    else:
        number = asked_for(*_identity_number(services.ledger.day(services.clock())))
        found = services.vault.find(identity_number=number)
    if not found:
        raise MemberUnknown
    show_rows([_row(services, member_id) for member_id in found], form=form, columns=_FOUND)


def _row(services: Services, member_id: str) -> dict[str, object]:
    held, card = services.ledger.find_holders([member_id])[member_id]
    by = click.get_current_context().obj
    person = read_person(services, member_id, by=by, where="members find")
    return {
        "member_id": member_id,
        "holder": services.vault.masked_name(person) if person else "",
        "branch": held.branch,
        "employer": held.employer,
        "groups": held.groups,
        "card_id": held.card_id,
        "card_status": str(card.status) if held.card_id else "",
    }


def _asked_person(today: date) -> Person:
    """Prompt for name, identity number and phone (may be empty), each again until it is valid."""
    return Person(
        name=asked_for("Name 姓名", _valid(checked_name)),
        identity_number=asked_for(*_identity_number(today)),
        phone=asked_for("Mobile phone 手机号 (may be empty)", _valid(checked_phone), default=""),
    )


def _valid(check: Callable[[str], T]) -> Callable[[str], T]:
    """Return `check` for a prompt: what it refuses is asked for again."""

    def checked(text: str) -> T:
        try:
            return check(text)
        except Faulty as faulty:
            # The value is not echoed, since a log may record the screen.
            raise click.BadParameter(faulty.reason.replace("_", " ")) from None

    return checked


def _identity_number(today: date) -> tuple[str, Callable[[str], str]]:
    return "Identity number 身份证号", _valid(partial(checked_identity_number, today=today))


@officer("hongka members key 3f0a…", "hongka members key 3f0a… --end key-1c9d2e7f", of=members)
@click.option(
    "--end", "ended_id", type=IDENTIFIER, help="End this key instead: it is dead at once."
)
def key(run: Run, *, card_id: str, ended_id: str | None) -> None:
    """Make an API key for the member who holds this card, and show it once; or end one (--end).

    Whoever has the key may ask as the member. The ledger keeps its hash alone.
    """
    member_id = holder_of(run.services, card_id)
    if ended_id is not None:
        event = run.officers.families.end_member_key(member_id, key_id=ended_id, **run.asking)
        session.note(
            run.services, run.asking["by"], "member_key_changed", about=f"{ended_id} ended"
        )
        run.say(event, f"Key {ended_id} is ended.", key_id=ended_id)
        return
    key_id = f"key-{secrets.token_hex(4)}"
    made, key_hash = make_member_key(member_id, key_id, secrets.token_bytes(SECRET_BYTES))
    event = run.officers.families.make_member_key(
        member_id, key_id=key_id, key_hash=key_hash, **run.asking
    )
    session.note(run.services, run.asking["by"], "member_key_changed", about=f"{key_id} made")
    run.say(
        event, f"Key {key_id} is made. It reads, shown this once:\n{made}", key_id=key_id, key=made
    )


@shows("hongka members keys 3f0a…", of=members)
def keys(services: Services, *, card_id: str, form: str) -> None:
    """List the ids of the live API keys of the member who holds this card."""
    held = services.ledger.member(holder_of(services, card_id))
    show_rows([{"key_id": one} for one in sorted(held.keys)], form=form, columns=("key_id",))


@officer("hongka members proxy 3f0a… 77b2…", "hongka members proxy 3f0a… 77b2… --end", of=members)
@click.option("--end", is_flag=True, help="Let them act no longer.")
def proxy(run: Run, *, card_id: str, proxy_card_id: str, end: bool) -> None:
    """Let a family member claim and collect for the member who holds this card (代领), or end it.

    PROXY_CARD_ID is the card of the family member, who is a registered member too.
    """
    member_id, proxy_id = holder_of(run.services, card_id), holder_of(run.services, proxy_card_id)
    if end:
        event = run.officers.families.end_proxy(member_id, proxy_id=proxy_id, **run.asking)
        line = f"The holder of card {proxy_card_id} no longer acts for that of {card_id}."
    else:
        event = run.officers.families.name_proxy(member_id, proxy_id=proxy_id, **run.asking)
        line = f"The holder of card {proxy_card_id} may act for that of {card_id}."
    run.say(event, line)


@officer(
    "hongka members household 3f0a…",
    "hongka members household 77b2… 9d4be1c02a7f3355",
    "hongka members household 3f0a… --none",
    of=members,
)
@click.argument("household_id", required=False, type=IDENTIFIER)
@click.option("--none", "alone", is_flag=True, help="The member is of no household any more.")
def household(run: Run, *, card_id: str, household_id: str | None, alone: bool) -> None:
    """Set the household of the card's member (同户), or end it with --none.

    Without HOUSEHOLD_ID a new id is made and printed: use it for the rest of the family.
    """
    if alone and household_id:
        raise click.UsageError("Name a household, or give --none.")
    member_id = holder_of(run.services, card_id)
    household_id = "" if alone else household_id or run.new_id()
    event = run.officers.families.change_household(
        member_id, household_id=household_id, **run.asking
    )
    line = f"household {household_id}" if household_id else "no household"
    run.say(event, f"The holder of card {card_id} is of {line}.", household_id=household_id)
