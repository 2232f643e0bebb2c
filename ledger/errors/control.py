"""Refusals of dual control."""

from ledger.errors.base import Denied, Refusal


class ProposalUnknown(Refusal):
    """No such proposal was made."""


class ProposalOver(Refusal):
    """The proposal is decided: `status` is confirmed, refused or withdrawn."""


class ProposalWaits(Refusal):
    """Nobody confirmed the proposal yet, so there is nothing to hand out."""


class ProposalLapsed(Refusal):
    """Nobody confirmed the proposal in time: make it again."""


class ProposedByYou(Denied):
    """The officer who proposed an act does not confirm or refuse it."""


class NotYourProposal(Denied):
    """Only who made a proposal withdraws it, and only its `taker` gets what it hands out."""


class ConfirmingRoleNeeded(Denied):
    """The act is confirmed by other roles: `roles`, in one text."""


class NotIndependent(Denied):
    """The officer does not count as a second person beside `of`; `problem` is the rule."""


class OwnHousehold(Denied):
    """An officer changes neither their own household nor one of their family."""


class SetUpOver(Denied):
    """Two people hold the reviewer's role, so the terminal appoints nobody alone any more."""


class OfficerNeeded(Denied):
    """The act is for an appointed officer of the federation."""


class SheetNotNeeded(Refusal):
    """A recovery sheet appoints only where fewer than two reviewers are left after setting up."""


class SheetRefused(Denied):
    """The two halves are not those of the live recovery sheet."""


class AccountChangedByYou(Denied):
    """The officer changed the payee's account, so others settle with it until its next payment."""


class AccountCooling(Refusal):
    """The account of `owner` was replaced lately: nothing is paid to it before `until`."""
