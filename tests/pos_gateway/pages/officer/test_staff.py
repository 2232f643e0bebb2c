"""Staff at the desk: nobody appoints, changes or re-invites alone; the finding K2, tried again."""

import re
from contextlib import closing

import pytest

from ledger.errors import Busy
from ledger.store import credential_rows
from ledger.store.side_tables import Side
from pos_gateway.errors import InvitationOver
from pos_gateway.staff import appointment
from tests.support.app_staff import StaffApp

SUN = "s-treasurer"


@pytest.fixture
def reviewer(staff_app: StaffApp) -> StaffApp:
    """Return an app in which the reviewer is signed in, and another reviewer is appointed."""
    staff_app.services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
    return staff_app.sign_in("reviewer")


def code_on(page: str) -> str:
    """Return the invitation on a page."""
    (code,) = re.findall(r'class="figure mono">([0-9A-Z-]+)<', page)
    return code


def test_somebody_is_appointed_by_two_and_invited_once(reviewer: StaffApp) -> None:
    # Given a reviewer who asks for an appointment
    place = reviewer.propose("/desk/staff/new", staff_id="qian", roles=["clerk", "auditor"])
    assert reviewer.told(f"{place}/invitation") is not None
    # When another reviewer confirms it
    reviewer.sign_in("second")
    assert reviewer.told(f"{place}/decision", deed="confirm") is None
    of_another = reviewer.told(f"{place}/invitation")
    # Then the first one gets the invitation, this once, and nobody else does
    shown = reviewer.sign_in("reviewer").send(f"{place}/invitation").text
    again = reviewer.told(f"{place}/invitation")
    assert of_another is not None
    assert again is not None
    invited = reviewer.services.sign_in.invitations.spend(code_on(shown))
    assert invited == ("staff-qian", "qian")
    assert reviewer.services.ledger.appointed("qian").roles == {"clerk", "auditor"}


def test_a_code_is_not_lost_where_the_credential_tables_are_busy(
    reviewer: StaffApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a confirmed appointment, and credential tables that are busy when its code is asked for
    place = reviewer.propose("/desk/staff/new", staff_id="qian", roles=["clerk"])
    assert reviewer.sign_in("second").told(f"{place}/decision", deed="confirm") is None
    services, proposal_id = reviewer.services, place.rpartition("/")[2]
    busy = Side(services.settings.vault_url, credential_rows.PART, lock_wait_seconds=0.01)
    with services.sign_in._side.writing(), closing(busy), monkeypatch.context() as patched:
        patched.setattr(services.sign_in.credentials, "_side", busy)
        with pytest.raises(Busy):
            appointment.hand_out(services, proposal_id, by="officer-s-reviewer")
    # When its proposer asks again
    shown = reviewer.sign_in("reviewer").send(f"{place}/invitation").text
    # Then the code is there, this once
    invited = services.sign_in.invitations.spend(code_on(shown))
    assert invited == ("staff-qian", "qian")
    assert reviewer.told(f"{place}/invitation") is not None
    with pytest.raises(InvitationOver):
        services.sign_in.invitations.look(code_on(shown))


@pytest.mark.parametrize("fields", [{}, {"deed": ""}, {"roles": ["clerk"]}])
def test_a_form_without_its_deed_dismisses_nobody(
    reviewer: StaffApp, fields: dict[str, object]
) -> None:
    position = reviewer.position

    assert reviewer.told(f"/desk/staff/{SUN}", **fields) is not None

    assert reviewer.position == position
    assert reviewer.services.ledger.appointed(SUN).roles == {"treasurer"}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (f"/desk/staff/{SUN}/invitation", {}),
        ("/desk/staff/new", {"staff_id": SUN, "roles": ["treasurer"]}),
    ],
)
def test_one_reviewer_takes_over_no_colleague(
    reviewer: StaffApp, path: str, fields: dict[str, object]
) -> None:
    # Given a treasurer with a way to sign in
    invitations = reviewer.services.sign_in.invitations
    before = invitations.make(f"staff-{SUN}", SUN)
    # When a reviewer asks for an invitation in the treasurer's name
    place = reviewer.propose(path, **fields)
    # Then there is no code, and asking, confirming or collecting it alone gives none
    assert "figure mono" not in reviewer.see(place).text
    assert reviewer.told(f"{place}/decision", deed="confirm") is not None
    assert reviewer.told(f"{place}/invitation") is not None
    assert invitations.look(before) == (f"staff-{SUN}", SUN)
    # And the log says who asked for it
    facts = reviewer.services.ledger.facts(0, reviewer.position)
    assert facts[-1].topic == "proposal.proposed"
    assert facts[-1].by == "officer-s-reviewer"


def test_who_invited_somebody_does_not_settle_beside_them(reviewer: StaffApp) -> None:
    # Given a treasurer whom the reviewer invited again, with a colleague's consent
    reviewer.agree(f"/desk/staff/{SUN}/invitation")
    # When the reviewer asks for a contribution, and the treasurer looks at it
    place = reviewer.sign_in("treasurer").propose(
        "/desk/funds", deed="contribute", fund_id="culture", source="d", yuan="1", request="r-1"
    )
    page = reviewer.sign_in("reviewer").see(f"{place}?lang=en").text
    told = reviewer.told(f"{place}/decision", deed="confirm")
    # Then the rule is told, and the reviewer is no second person
    assert "one appointed or invited the other within 30 days" in page
    assert "You may not confirm this one." in page
    assert told is not None
    assert reviewer.services.ledger.fund("culture").available_minor == 1_000_000


def test_both_desks_are_told_of_an_invitation_and_of_new_credentials(reviewer: StaffApp) -> None:
    # Given an invitation, and a treasurer who changed how they sign in
    reviewer.agree(f"/desk/staff/{SUN}/invitation")
    reviewer.services.ledger.officers.staff.note_credentials(SUN, what="password+totp")
    # When both look at their desks
    theirs = reviewer.sign_in("treasurer").see("/desk/?lang=en").text
    others = reviewer.sign_in("clerk").see("/desk/?lang=en").text
    # Then each reads of it
    for page in (theirs, others):
        assert "appointed or invited by officer-s-reviewer" in page
        assert "changed how they sign in" in page
    assert f"{SUN}</span> (you)" in theirs
    # And no more after thirty days
    reviewer.now = reviewer.now.replace(year=reviewer.now.year + 1)
    assert "changed how they sign in" not in reviewer.sign_in("clerk").see("/desk/?lang=en").text


def test_nobody_changes_their_own_roles_nor_invites_themselves(reviewer: StaffApp) -> None:
    own = reviewer.told("/desk/staff/s-reviewer", deed="roles", roles=["reviewer", "treasurer"])
    invited = reviewer.told("/desk/staff/s-reviewer/invitation")
    reviewer.agree("/desk/staff/s-clerk", deed="roles", roles=["auditor"])

    assert (own, invited) == ("不能改动自己的岗位", "不能改动自己的岗位")
    assert reviewer.services.ledger.appointed("s-clerk").roles == {"auditor"}


def test_a_form_with_no_field_dismisses_nobody(reviewer: StaffApp) -> None:
    before = reviewer.position

    assert reviewer.told("/desk/staff/s-clerk") is not None
    assert reviewer.told("/desk/staff/s-clerk", deed="roles") is not None

    assert reviewer.position == before
    assert reviewer.services.ledger.appointed("s-clerk").roles == {"clerk"}


def test_who_leaves_is_signed_out_with_no_way_in(reviewer: StaffApp) -> None:
    theirs = reviewer.session("staff-s-clerk", "desk")
    reviewer.sign_in("reviewer")

    reviewer.send("/desk/staff/s-clerk", deed="dismiss")

    assert reviewer.services.sessions.of("desk", theirs) is None
    assert "已离任" in reviewer.see("/desk/staff").text


def test_a_dismissal_that_waits_ends_sessions_once_it_is_confirmed(reviewer: StaffApp) -> None:
    # Given a treasurer without whom two reviewers would be left
    theirs = reviewer.session(f"staff-{SUN}", "desk")
    reviewer.services.sign_in.names.give_handle(f"staff-{SUN}", SUN)
    place = reviewer.sign_in("reviewer").propose(f"/desk/staff/{SUN}", deed="dismiss")
    before = reviewer.services.sessions.of("desk", theirs)
    # When the other reviewer confirms it
    assert reviewer.sign_in("second").told(f"{place}/decision", deed="confirm") is None
    # Then the treasurer is out, and not before
    assert before is not None
    assert reviewer.services.sessions.of("desk", theirs) is None
    assert reviewer.services.sign_in.names.by_handle(SUN) is None
