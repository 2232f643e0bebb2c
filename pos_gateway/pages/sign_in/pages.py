"""The sign-in pages of every realm."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from pos_gateway.auth.policies import Policy
from pos_gateway.pages.sign_in.account import AccountPage
from pos_gateway.pages.sign_in.invitation import InvitationPage
from pos_gateway.pages.sign_in.officer_sign_in import OfficerSignIn
from pos_gateway.pages.sign_in.phone_sign_in import PhoneSignIn
from pos_gateway.services import Services
from pos_gateway.web.page_route import Page
from pos_gateway.web.views import FORM, POST, pages_of

POLICIES = {"card": Policy.MEMBER, "desk": Policy.SEE_DESK, "shop": Policy.OWNER}


def pages(services: Services) -> list[Page]:
    """Return the pages for signing in and out, and for managing credentials."""
    found = pages_of(OfficerSignIn, InvitationPage)(services)
    for realm in ("card", "shop"):
        view = PhoneSignIn(services, realm).page
        found.append(_page(f"{realm}/sign-in", Policy.PUBLIC, view, FORM))
    for realm, policy in POLICIES.items():
        account = AccountPage(services, realm)
        found.append(_page(f"{realm}/account", policy, account.page, FORM))
        found.append(_page(f"{realm}/sign-out", policy, account.sign_out, POST))
    offer = AccountPage(services, "card").offer
    return [*found, _page("card/passkey", Policy.MEMBER, offer, FORM)]


def _page(
    path: str, policy: Policy, view: Callable[..., Response], methods: tuple[str, ...]
) -> Page:
    """Return a Page for a path below `/`; its name is the path in one word: `card_sign_in`."""
    name = path.replace("/", "_").replace("-", "_")
    return Page(name=name, path=f"/{path}", policy=policy, view=view, methods=methods)
