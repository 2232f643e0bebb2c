"""An app with data for every page: members, a till, an owner and officers."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.authentication import cookie_name, realm_of
from pos_gateway.auth.policies import CASHIERS, ROLES, Policy
from pos_gateway.auth.sessions import csrf_of
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD
from tests.support.app_with_drop import WANG, DropApp
from tests.support.endpoint_table import Address

HERE = {"Sec-Fetch-Site": "same-origin"}


class AllRolesApp(DropApp):
    """An app with a drop and a paid bakery, in which anybody can be signed in for one request."""

    def __init__(self, database_url: str, var: Path) -> None:
        super().__init__(database_url, var)
        self._numbers = count()
        self.origin = self.services.settings.origin
        for number in range(6):
            self.redeem(f"cake-{number}")
        self.redeem("bread-1", code=self.code(LI_CARD))
        self.ticket(WANG)
        ledger = self.services.ledger
        for role in Role:
            ledger.officers.staff.appoint_staff(
                f"s-{role}", roles=[role], merchant_id=_merchant(role)
            )
        ledger.officers.offers.contribute(
            "culture", source="d", amount_minor=1, by="officer-s-treasurer", as_proposal="prop-1"
        )
        ledger.officers.statements.draw_up_statement(
            "st-1", fund_id="culture", merchant_id="bakery", by="officer-s-clerk"
        )
        self.catch_up()

    def catch_up(self) -> None:
        """Bring the projections to the end of the log."""
        catch_up(self.services.views, self.services.ledger.facts)

    def staff(self, role: Role, *roles: Role) -> str:
        """Appoint a new person with these roles and an unused rate limit.

        Return the session secret.
        """
        staff_id = f"new-{next(self._numbers)}"
        self.services.ledger.officers.staff.appoint_staff(
            staff_id, roles=[role, *roles], merchant_id=_merchant(role)
        )
        return self.begin("shop" if role in OF_MERCHANTS else "desk", f"staff-{staff_id}")

    def member(self) -> str:
        """Register a new member. Return the session secret."""
        number = next(self._numbers)
        self.enrol(f"neighbour-{number}", f"{number + 1:024x}")
        return self.begin("card", f"member-neighbour-{number}")

    def begin(self, door: str, subject: str) -> str:
        """Start a session. Return its secret."""
        return self.services.sessions.begin(door, subject, device="test", methods="test")

    def let_in(self, address: Address) -> str:
        """Return a session secret that the address accepts."""
        match address.policy:
            case Policy.MEMBER if "<member_id>" in address.path:
                return self.begin("card", f"member-{WANG}")
            case Policy.MEMBER:
                return self.member()
            case Policy.TILL:
                return self.key
            case policy:
                return self.staff(min(ROLES[policy]))

    def open(
        self,
        address: Address,
        secret: str = "",
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = HERE,
    ) -> TestResponse:
        """Request a page with a session cookie of its realm, and with a form if it takes one."""
        client = self.flask.test_client()
        if secret:
            client.set_cookie(cookie_name(realm_of(address.policy), self.origin), secret)
        data = None
        if address.method == "POST":
            data = {"csrf": csrf_of(secret)} if form is None else form
        return client.open(address.asked, method=address.method, headers=headers, data=data)


def _merchant(role: Role) -> str:
    return "bakery" if role in CASHIERS else ""


@pytest.fixture(scope="module")
def all_roles_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllRolesApp]:
    """Return one app for all tests of a module, because refused requests change nothing."""
    path = tmp_path_factory.mktemp("everybody")
    made = AllRolesApp(f"sqlite:///{path}/log.db", path / "var")
    yield made
    made.services.close()
