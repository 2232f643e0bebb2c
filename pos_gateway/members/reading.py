"""Reading of personal data by officers: the security log notes who, whom and where."""

from ledger.members import member
from ledger.services.controlled import OFFICER
from ledger.vault import Person
from pos_gateway.services import Services


def read_person(services: Services, member_id: str, *, by: str, where: str) -> Person | None:
    """Return a member's personal data, or None; note that `by` read it, at a page or command."""
    person = services.vault.get(member_id)
    if person is not None:
        reader = f"staff-{by.removeprefix(OFFICER)}" if by.startswith(OFFICER) else by
        about = f"{where} {member.stream(member_id)}"
        services.sign_in.security.note("member_read", subject=reader, about=about)
    return person
