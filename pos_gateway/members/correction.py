"""Correct members: the log records which fields, and only the vault holds the values."""

import secrets
from collections.abc import Mapping
from typing import Any, Unpack

from ledger.control.proposal import Proposed
from ledger.errors import Denied, InputInvalid, PersonAlreadyKnown, Refusal, Unacceptable
from ledger.event import Event
from ledger.members import member
from ledger.services.base import Asking
from ledger.services.controlled import PROPOSAL_ID_BYTES
from ledger.services.officers.corrections import CONTACT, PERSONAL
from ledger.vault import Person, masked_name, normal_phone
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.members.reading import read_person
from pos_gateway.services import Services

CODE = (
    "【红卡】工会正在更改您的手机号或证件号，验证码 {code}，5 分钟内有效。"
    "不是您要求的，请勿告诉任何人。"
)
CHANGED = (
    "【红卡】您登记的手机号或证件号已更改，原有登录全部退出。不是您要求的，请马上联系基层工会。"
)


def correct(
    services: Services,
    member_id: str,
    changes: Mapping[str, Any],
    *,
    reason: str,
    proven: bool = False,
    **asking: Unpack[Asking],
) -> Event | None:
    """Correct `changes` of a member, or propose them; return the event, None if nothing differs.

    The fields are name, phone, identity_number, branch, employer and groups, of valid values; an
    empty phone is removed. A new phone or identity number needs a second person, unless `proven` by
    `check_code`: until then the vault keeps it apart. Once it is in force, all that signed the
    member in ends, and a message to the earlier phone says so.

    Raises:
        MemberUnknown: the member, or in the vault their data, is not there.
        PersonAlreadyKnown: another member has the identity number.
    """
    present = services.vault.get(member_id)
    personal = {
        name: changes[name] or None
        for name in PERSONAL
        if name in changes and (changes[name] or None) != getattr(present, name, None)
    }
    number = personal.get("identity_number")
    for known_as in services.vault.find(identity_number=number):
        if known_as != member_id:
            raise PersonAlreadyKnown(known_as=known_as)
    proposal_id = secrets.token_hex(PROPOSAL_ID_BYTES)
    record, asking["as_proposal"] = kept_for(proposal_id), proposal_id
    if personal:
        services.vault.keep_change(member_id, record, personal)
    try:
        event = services.ledger.officers.corrections.correct_member(
            member_id,
            fields=tuple(personal),
            reason=reason,
            proven=proven,
            **{name: it for name, it in changes.items() if name not in PERSONAL},
            **asking,
        )
    except (Denied, Refusal, Unacceptable):
        services.vault.drop_change(member_id, record)
        raise
    if not isinstance(event, Proposed):
        take_over(services, member_id, record)
    elif event.proposal_id != proposal_id:  # a repeat: that proposal has kept the change
        services.vault.drop_change(member_id, record)
    return event


def take_over(services: Services, member_id: str, record: str) -> None:
    """Put a change that the vault keeps in force, and tell the earlier phone of a new contact.

    PersonAlreadyKnown if another member got the identity number since; the change is dropped then.
    """
    changed = services.vault.change(member_id, record)
    try:
        before = services.vault.take_over(member_id, record)
    except PersonAlreadyKnown:
        services.vault.drop_change(member_id, record)
        raise
    if before is None or CONTACT.isdisjoint(changed):
        return
    subject = member.stream(member_id)
    services.sessions.end_all(subject)
    services.sign_in.forget(subject)
    services.sign_in.security.note("sessions_ended", subject=subject, about="contact changed")
    if before.phone:
        services.sign_in.sender.send(normal_phone(before.phone), CHANGED)


def compared(
    services: Services, member_id: str, proposal_id: str, *, by: str
) -> list[tuple[str, str, str]]:
    """Return each field of a proposed change for a reader, with its value now and then, masked."""
    present = read_person(services, member_id, by=by, where="desk-proposal")
    change = services.vault.change(member_id, kept_for(proposal_id))
    return [
        (field, _masked(field, getattr(present, field, None)), _masked(field, text))
        for field, text in change.items()
    ]


def _masked(field: str, text: str | None) -> str:
    if not text:
        return "–"
    return masked_name(Person(text, None, None)) if field == "name" else f"…{text[-4:]}"


def close_card(services: Services, card_id: str, **asking: Unpack[Asking]) -> Event | None:
    """Close a card for good, and end its member's sessions; None if it is closed already."""
    event = services.ledger.officers.cards.close_card(card_id, **asking)
    subject = member.stream(services.ledger.card(card_id).member_id)
    services.sessions.end_all(subject)
    services.sign_in.security.note("sessions_ended", subject=subject, about="card closed")
    return event


def kept_for(proposal_id: str) -> str:
    """Return the record under which the vault keeps the change of a proposal."""
    return f"proposal-{proposal_id}"


def send_code(services: Services, member_id: str, *, address: str) -> None:
    """Send a code to the member's phone, good for one correction; InputInvalid if they have none.

    TooManyRequests, as in `OneTimeCodes.issue`.
    """
    phone = _phone(services, member_id)
    code = services.sign_in.codes.issue(_purpose(member_id), phone, Asker(address), known=False)
    services.sign_in.sender.send(normal_phone(phone), CODE.format(code=code))


def check_code(services: Services, member_id: str, code: str) -> None:
    """Check a code that `send_code` sent; OneTimeCodeWrong for any other one."""
    services.sign_in.codes.check(_purpose(member_id), _phone(services, member_id), code, browser="")


def _phone(services: Services, member_id: str) -> str:
    person = services.vault.get(member_id)
    if person is None or not person.phone:
        raise InputInvalid(field="phone")
    return person.phone


def _purpose(member_id: str) -> str:
    return f"correct {member_id}"
