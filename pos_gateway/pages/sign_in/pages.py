"""The sign-in pages of every realm."""

from __future__ import annotations

from pos_gateway.auth.policies import Policy
from pos_gateway.pages.sign_in.account import AccountPage
from pos_gateway.pages.sign_in.invitation import InvitationPage
from pos_gateway.pages.sign_in.officer_sign_in import OfficerSignIn
from pos_gateway.pages.sign_in.outbox import OutboxPage
from pos_gateway.pages.sign_in.phone_sign_in import PhoneSignIn
from pos_gateway.services import Services
from pos_gateway.web.page_route import Page

FORM = ("GET", "POST")

POLICIES = {"card": Policy.MEMBER, "desk": Policy.SEE_DESK, "shop": Policy.OWNER}


def pages(services: Services) -> list[Page]:
    """Return the pages for signing in and out, and for managing credentials."""
    desk = OfficerSignIn(services)
    views = {
        "card": PhoneSignIn(services, "card").page,
        "shop": PhoneSignIn(services, "shop").page,
        "desk": desk.page,
    }
    accounts = {door: AccountPage(services, door) for door in POLICIES}
    public = {
        **{f"/{door}/sign-in": (view, FORM) for door, view in views.items()},
        "/desk/invitation": (InvitationPage(services).page, FORM),
        "/desk/sign-in/outside": (desk.outside, ("GET",)),
        "/desk/sign-in/outside/back": (desk.back, ("GET",)),
        "/outbox": (OutboxPage(services).page, ("GET",)),
    }
    found = [
        Page(name=_name(path), path=path, policy=Policy.PUBLIC, view=view, methods=methods)
        for path, (view, methods) in public.items()
    ]
    for door, policy in POLICIES.items():
        account = accounts[door]
        for path, view, methods in (
            (f"/{door}/account", account.page, FORM),
            (f"/{door}/sign-out", account.sign_out, ("POST",)),
        ):
            found.append(
                Page(name=_name(path), path=path, policy=policy, view=view, methods=methods)
            )
    offer, link = accounts["card"].offer, desk.link_outside
    return [
        *found,
        Page(
            name="card_passkey",
            path="/card/passkey",
            policy=Policy.MEMBER,
            view=offer,
            methods=FORM,
        ),
        Page(name="desk_link", path="/desk/account/outside", policy=Policy.SEE_DESK, view=link),
    ]


def _name(path: str) -> str:
    """Return an endpoint's name: its path as one word."""
    return path.strip("/").replace("/", "_").replace("-", "_")
