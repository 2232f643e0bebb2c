"""Staff: appoint with an invitation, change roles, dismiss, list."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.cli.asking import Run, group, officer, shows
from pos_gateway.cli.tables import show_rows
from pos_gateway.services import Services
from pos_gateway.staff import appointment

_ROLE = click.Choice([role.value for role in Role if role not in OF_MERCHANTS])
_ROLES = click.option(
    "--role", "roles", type=_ROLE, multiple=True, required=True, help="A role; may be repeated."
)


staff = group("staff")


@officer("hongka staff appoint zhao --role clerk --role reviewer", of=staff, many=True)
@_ROLES
def appoint(run: Run, *, staff_id: str, roles: Sequence[str]) -> None:
    """Appoint a person of the federation, and print, once, their invitation to set up sign-in."""
    code = appointment.appoint(run.services, staff_id, roles=roles, by=run.asking["by"])
    line = (
        f"{staff_id} is appointed. The invitation, good for a week, for /desk/invitation:\n{code}"
    )
    run.say.of(line, roles=sorted(roles), invitation=code)


@officer("hongka staff invite zhao", of=staff, many=True)
def invite(run: Run, *, staff_id: str) -> None:
    """Print a new invitation for an appointed person; an earlier one stops working."""
    code = appointment.invite(run.services, staff_id)
    run.say.of(f"The invitation, good for a week, for /desk/invitation:\n{code}", invitation=code)


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
    """Dismiss a person: they lose all roles, are signed out at once, and cannot sign in again."""
    appointment.dismiss(run.services, staff_id, by=run.asking["by"])
    run.say.of(f"{staff_id} works here no longer.")


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
