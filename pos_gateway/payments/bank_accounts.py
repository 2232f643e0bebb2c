"""Set and erase bank accounts: the log records who did, and only the vault holds the account."""

import secrets
from collections.abc import Iterable

from ledger.control.proposal import Proposed, Status
from ledger.control.table import Act
from ledger.errors import Denied, Refusal, Unacceptable
from ledger.event import Event
from ledger.services.controlled import PROPOSAL_ID_BYTES
from ledger.vault import BankAccount, Person, masked_name
from pos_gateway.services import Services


def keep_bank_account(
    services: Services, owner: str, account: BankAccount, *, by: str
) -> Event | None:
    """Propose the bank account of `owner`, in place of an earlier one; return the Proposed event.

    `owner` is `merchant-ID` (who is paid) or `fund-ID` (which pays). The vault holds the account
    under the name of the proposal, and a second person confirms that it is the one in use.

    Raises:
        InputInvalid: `field` of the account has an unacceptable value, or names a wrong `owner`.
        Refusal: the merchant or the fund is unknown.
    """
    accounts, proposal_id = services.vault.bank_accounts, secrets.token_hex(PROPOSAL_ID_BYTES)
    kept_as = kept_for(proposal_id)
    accounts.put(kept_as, account)
    try:
        return services.ledger.officers.statements.change_bank_account(
            owner, kept_as=kept_as, by=by, as_proposal=proposal_id
        )
    except (Denied, Refusal, Unacceptable):
        accounts.erase(kept_as)
        raise


def erase_bank_account(services: Services, owner: str, *, by: str) -> Event | None:
    """Propose to erase the bank account of `owner` for good; return the Proposed event.

    It leaves the vault once a second person confirms it: see `forget_unused`. Return None if none
    is in use. The errors are those of `keep_bank_account`.
    """
    event = services.ledger.officers.statements.erase_bank_account(owner, by=by)
    if not isinstance(event, Proposed):
        services.vault.bank_accounts.erase(services.ledger.bank_account(owner).unused)
    return event


def bank_accounts(services: Services, owners: Iterable[str]) -> dict[str, BankAccount]:
    """Return the accounts in use by owner; owners without one are left out.

    An account that the log says is erased is not in use, even if the vault still holds it.
    """
    states = {owner: services.ledger.bank_account(owner) for owner in owners}
    names = {owner: one.kept_as or owner for owner, one in states.items() if one.known}
    found = services.vault.bank_accounts.get_many([*names.values()])
    return {owner: found[name] for owner, name in names.items() if name in found}


def masked(account: BankAccount) -> str:
    """Return an account as officers see it: the masked holder, and the last four digits."""
    return f"{masked_name(Person(account.holder, None, None))} …{account.number[-4:]}"


def name_in_vault(services: Services, owner: str) -> str:
    """Return the name under which the vault holds the account that `owner` uses."""
    return services.ledger.bank_account(owner).kept_as or owner


def kept_for(proposal_id: str) -> str:
    """Return the name under which the vault holds the account of a proposal."""
    return f"proposal-{proposal_id}"


def forget_unused(services: Services, proposal_id: str) -> None:
    """Erase the account that a decided proposal leaves unused.

    It is the one that a confirmed proposal replaced or erased, else the proposal's own. A proposal
    that still waits, or is about no account, is left alone.
    """
    state = services.ledger.officers.proposals.proposal(proposal_id)
    if state.proposed is None or state.proposed.act not in {Act.CHANGE_ACCOUNT, Act.ERASE_ACCOUNT}:
        return
    unused = "" if state.status is Status.PROPOSED else kept_for(proposal_id)
    if state.status is Status.CONFIRMED:
        unused = services.ledger.bank_account(state.proposed.particulars["owner"]).unused
    if unused:
        services.vault.bank_accounts.erase(unused)
