"""Staff: appoint with an invitation, change roles, dismiss, list."""

from collections.abc import Sequence

import click

from ledger.control.proposal import Proposed
from ledger.services.controlled import OFFICER
from ledger.staff import OFFICES, stream
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.cli import session
from pos_gateway.cli.asking import IDENTIFIER, Run, asked_for, group, officer, shows
from pos_gateway.cli.tables import show_rows
from pos_gateway.services import Services
from pos_gateway.staff import appointment
from pos_gateway.staff.sign_in_checks import guess

_ROLE = click.Choice([role.value for role in OFFICES])
_ROLES = click.option(
    "--role", "roles", type=_ROLE, multiple=True, required=True, help="A role; may be repeated."
)


staff = group("staff")


@officer("hongka staff appoint zhao --role clerk --role reviewer", of=staff, many=True)
@_ROLES
def appoint(run: Run, *, staff_id: str, roles: Sequence[str]) -> None:
    """Appoint a person of the federation, once a second reviewer confirms it.

    Who asked for it then prints the invitation: hongka staff invitation. Until two people are
    reviewers, this needs no sign-in: nobody else confirms it, and the record says so.
    """
    code = appointment.appoint(run.services, staff_id, roles=roles, by=run.asking["by"])
    _tell(run, code, f"{staff_id} is appointed. ", roles=sorted(roles))


@officer("hongka staff service nightly", of=staff, many=True)
def service(run: Run, *, staff_id: str) -> None:
    """Appoint a service for unattended jobs, and print its new key, once; an earlier one is dead.

    It signs in by hongka sign-in --service, and may expire cards, and open and draw drops. Run it
    again for the key once a second reviewer confirmed a new service.
    """
    key = appointment.appoint_service(run.services, staff_id, by=run.asking["by"])
    if isinstance(key, Proposed):
        run.say(key, "")
    else:
        run.say.of(f"{staff_id} is a service. Its key, shown this once:\n{key}", key=key)


@officer("hongka staff invite zhao", of=staff, many=True)
def invite(run: Run, *, staff_id: str) -> None:
    """Ask for a new invitation for an appointed person; a second reviewer confirms it.

    Until two reviewers have set up their sign-in, this needs no sign-in where the first invitation
    of somebody was lost whom the terminal appointed alone.
    """
    _tell(run, appointment.invite(run.services, staff_id, by=run.asking["by"]))


@officer("hongka staff invitation 1f2e3d4c5b6a7988", of=staff, many=True)
@click.argument("proposal_id", metavar="PROPOSAL", type=IDENTIFIER)
def invitation(run: Run, *, proposal_id: str) -> None:
    """Print, once, the invitation that a confirmed proposal of yours allows."""
    _tell(run, appointment.hand_out(run.services, proposal_id, by=run.asking["by"]))


@officer("hongka staff tie", of=staff, many=True)
def tie_card(run: Run) -> None:
    """Tie yourself to your own member id, by password and the live code that your phone signs."""
    staff_id = run.asking["by"].removeprefix(OFFICER)
    subject, by = stream(staff_id), Asker(session.device())
    password = click.prompt("Password 密码", hide_input=True, err=True)
    with guess(run.services, session.REALM, "again", by, subject=subject):
        run.services.sign_in.passwords.check(subject, password)
    code = asked_for("The code of “My card” on your phone 会员码", str)
    event = appointment.tie(run.services, staff_id, code)
    run.say(event, f"{staff_id} is tied to the member of this card.")


@officer("hongka staff owner yinghua-zhou yinghua", of=staff, many=True)
@click.option("--phone", prompt=True, help="Asked for at the prompt: not kept in shell histories.")
def owner(run: Run, *, staff_id: str, merchant_id: str, phone: str) -> None:
    """Appoint an owner of a merchant, who signs in at /shop/ by phone."""
    appointment.appoint_owner(
        run.services, staff_id, merchant_id=merchant_id, phone=phone, by=run.asking["by"]
    )
    run.say.of(f"{staff_id} is the owner of {merchant_id}.")


@officer("hongka staff roles zhao --role auditor", of=staff, many=True)
@_ROLES
def roles(run: Run, *, staff_id: str, roles: Sequence[str]) -> None:
    """Replace a person's roles from now on."""
    event = run.officers.staff.change_roles(staff_id, roles=roles, **run.asking)
    run.say(event, f"{staff_id} is now {', '.join(sorted(roles))}.")


@officer("hongka staff dismiss zhao", of=staff, many=True)
def dismiss(run: Run, *, staff_id: str) -> None:
    """Dismiss a person: they lose all roles, are signed out at once, and cannot sign in again.

    Where it leaves too few reviewers and treasurers, a second person confirms it first.
    """
    event = appointment.dismiss(run.services, staff_id, by=run.asking["by"])
    run.say(event, f"{staff_id} works here no longer.")


def _tell(run: Run, code: str | Proposed, line: str = "", **particulars: object) -> None:
    """Print an invitation, or that it waits for a second person."""
    if isinstance(code, Proposed):
        run.say(code, "")
        return
    line += f"The invitation, good for a week, for /desk/invitation:\n{code}"
    run.say.of(line, invitation=code, **particulars)


@shows("hongka staff list", of=staff)
def list_staff(services: Services, *, form: str) -> None:
    """List all present and former staff; former staff have no roles."""
    rows = [
        {
            "staff_id": one.staff_id,
            "roles": " ".join(sorted(one.roles)),
            "merchant_id": one.merchant_id,
        }
        for one in services.ledger.officers.staff.staff_list()
    ]
    show_rows(rows, form=form, columns=("staff_id", "roles", "merchant_id"))
