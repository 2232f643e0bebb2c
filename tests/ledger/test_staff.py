"""Staff: appointed, given other roles, dismissed; never by themselves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import errors, staff
from ledger.staff import Appointed, Dismissed, RolesChanged
from tests.support.given_when_then import Given

BY = "officer-zhao"
AT = datetime(2026, 5, 1, 1, tzinfo=UTC)
appointed = Appointed(staff_id="qian", roles=("clerk", "reviewer"), by=BY, at=AT)
cashier = Appointed(staff_id="qian", roles=("cashier",), merchant_id="bakery", by=BY, at=AT)
dismissed = Dismissed(staff_id="qian")
clerk: dict[str, Any] = {
    "staff_id": "qian",
    "roles": ["reviewer", "clerk"],
    "merchant_id": "",
    "by": BY,
    "at": AT,
}


def test_a_person_is_appointed() -> None:
    Given("staff").when(staff.appoint, **clerk).then(appointed)


def test_a_person_works_for_one_merchant() -> None:
    changed = clerk | {"roles": ["cashier"], "merchant_id": "bakery"}

    Given("staff").when(staff.appoint, **changed).then(cashier)


def test_who_was_dismissed_may_come_back() -> None:
    Given("staff", appointed, dismissed).when(staff.appoint, **clerk).then(appointed)


def test_who_works_here_is_not_appointed_otherwise() -> None:
    changed = clerk | {"roles": ["auditor"]}

    Given("staff", appointed).when(staff.appoint, **changed).then_refused(
        errors.StaffAlreadyAppointed
    )


def test_who_left_a_merchant_does_not_come_back_as_an_officer() -> None:
    Given("staff", cashier, dismissed).when(staff.appoint, **clerk).then_refused(
        errors.StaffAlreadyAppointed
    )


@pytest.mark.parametrize(
    ("roles", "merchant_id"),
    [
        *(([], ""), (["king"], ""), (["cashier"], ""), (["clerk"], "bakery")),
        *((["owner", "clerk"], ""), (["service", "clerk"], ""), (["service"], "bakery")),
    ],
)
def test_roles_are_all_of_one_employer(roles: list[str], merchant_id: str) -> None:
    changed = clerk | {"roles": roles, "merchant_id": merchant_id}

    Given("staff").when(staff.appoint, **changed).then_refused(errors.InputInvalid, field="roles")


def test_roles_change() -> None:
    Given("staff", appointed).when(staff.change_roles, roles=["auditor"], by=BY).then(
        RolesChanged(staff_id="qian", roles=("auditor",))
    )


def test_the_dismissed_have_no_roles_to_change() -> None:
    Given("staff", appointed, dismissed).when(
        staff.change_roles, roles=["auditor"], by=BY
    ).then_refused(errors.StaffUnknown)


def test_a_person_is_dismissed() -> None:
    Given("staff", appointed).when(staff.dismiss, by=BY).then(dismissed)


@pytest.mark.parametrize("by", ["officer-qian", "owner-qian"])
def test_nobody_has_a_say_in_their_own_roles(by: str) -> None:
    Given("staff").when(staff.appoint, **clerk | {"by": by}).then_refused(errors.OwnRoles)
    Given("staff", appointed).when(staff.change_roles, roles=["auditor"], by=by).then_refused(
        errors.OwnRoles
    )
    Given("staff", appointed).when(staff.dismiss, by=by).then_refused(errors.OwnRoles)


def test_the_system_account_appoints_a_person_of_its_name() -> None:
    by = "terminal-qian"

    Given("staff").when(staff.appoint, **clerk | {"by": by}).then(
        Appointed(staff_id="qian", roles=("clerk", "reviewer"), by=by, at=AT)
    )


def test_a_service_is_one_for_ever_and_has_no_other_role() -> None:
    job = Appointed(staff_id="qian", roles=("service",), by=BY, at=AT)
    Given("staff").when(staff.appoint, **clerk | {"roles": ["service"]}).then(job)

    for before, roles in ((job, ["treasurer"]), (job, ["service"]), (appointed, ["service"])):
        Given("staff", before).when(staff.change_roles, roles=roles, by=BY).then_refused(
            errors.InputInvalid, field="roles"
        )
