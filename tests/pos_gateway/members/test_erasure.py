"""A member is forgotten for good: the finding K14 again."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ledger.vault import Person
from pos_gateway.child_process import free_port
from pos_gateway.members.erasure import apply_erasures
from pos_gateway.roster import Row
from pos_gateway.roster.importer import import_roster
from pos_gateway.services import Services
from tests.pos_gateway.app.test_server import PROGRAM
from tests.support.app import WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.vault_fixture import stored

WANG = "member-wang"
SUBJECT = f"member-{WANG}"
PHONE = "13800138000"


def erase(app: StaffApp, member_id: str = WANG) -> None:
    """Ask at the desk for a member to be erased, and let a reviewer confirm it."""
    app.sign_in("clerk").agree(f"/desk/members/{member_id}/erasure", reason="asked")


def found(folder: Path, sought: set[bytes]) -> list[str]:
    """Return the files, write-ahead logs too, in which one of these stands."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return [one.name for one in files if any(it in one.read_bytes() for it in sought)]


def test_an_erased_member_is_gone_from_the_files_and_the_books_stay(
    staff_app: StaffApp, tmp_path: Path
) -> None:
    # Given a member with purchases, a session, a code on its way and a roster that names them
    staff_app.redeem("r1")
    services = staff_app.services
    sought = stored(services.settings, WANG) | {PHONE.encode()}
    services.sessions.begin("card", SUBJECT, device="phone", methods="code")
    services.sign_in.outbox.send(PHONE, "123456")
    roster = services.settings.var / "rosters" / "a.csv.sealed"
    roster.parent.mkdir(exist_ok=True)
    roster.write_bytes(b"sealed")
    assert found(tmp_path, sought)
    before = staff_app.sign_in("auditor").see("/desk/funds").text
    # When two people erase them
    erase(staff_app)
    # Then nothing of them is in any file, and nothing signs them in
    assert found(tmp_path, sought) == []
    assert services.vault.get(WANG) is None
    assert services.sessions.listed(SUBJECT) == []
    assert not roster.exists()
    # And the log knows the id, the card is over, and the books are as they were
    assert services.ledger.card(WANG_CARD).status == "closed"
    assert services.ledger.erased_members() == [WANG]
    assert services.settings.erased.read_text().split() == [WANG]
    assert staff_app.sign_in("auditor").see("/desk/funds").text == before


def test_one_person_erases_nobody(staff_app: StaffApp) -> None:
    place = staff_app.sign_in("clerk").propose("/desk/members/member-wang/erasure", reason="asked")

    assert staff_app.send(f"{place}/decision", deed="confirm").status_code == 403
    assert staff_app.services.vault.get(WANG) is not None


KILLED = """
import os, signal, sys
from pos_gateway.members import erasure
from pos_gateway.services import Services
from pos_gateway.settings import Settings
services = Services(Settings.read(os.environ))
services.vault.scrub = lambda: os.kill(os.getpid(), signal.SIGKILL)
erasure.apply_erasures(services)
"""


def test_a_kill_in_the_middle_leaves_nothing_after_the_next_start(
    staff_app: StaffApp, tmp_path: Path
) -> None:
    # Given an erasure that two agreed to, whose process is killed before the files are clean
    settings = staff_app.services.settings
    sought = stored(settings, WANG)
    staff_app.services.ledger.officers.corrections.erase_member(WANG, reason="asked")
    staff_app.close()
    here = {"PYTHONPATH": str(Path(__file__).parents[3])}
    environment = os.environ | settings.environment | here
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False, env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert found(tmp_path, sought)
    # When the gateway starts again
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    port = free_port()
    environment |= {"HONGKA_PORT": str(port), "HONGKA_HEALTH_PORT": str(port + 1)}
    command = [sys.executable, str(program)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = any(line.startswith("ready") for line in server.stdout)
        # Then nothing of the member is left once it serves, nor when it is killed
        served = found(tmp_path, sought)
        server.kill()
    assert (ready, served, found(tmp_path, sought)) == (True, [], [])


@pytest.mark.parametrize("restored", ["vault", "everything"])
def test_a_restore_brings_nobody_back(staff_app: StaffApp, tmp_path: Path, restored: str) -> None:
    # Given a backup from before an erasure
    settings = staff_app.services.settings
    databases = [Path(url.removeprefix("sqlite:///")) for url in (settings.vault_url,)]
    databases += [Path(settings.ledger_url.removeprefix("sqlite:///"))] * (restored != "vault")
    sought = stored(settings, WANG)
    staff_app.close()
    backup = tmp_path.parent / f"{tmp_path.name}-backup"
    backup.mkdir()
    for one in databases:
        shutil.copy(one, backup)
    services = Services(settings)
    services.ledger.officers.corrections.erase_member(WANG, reason="asked")
    apply_erasures(services)
    services.close()
    # When it is restored, and the gateway starts
    for one in databases:
        shutil.copy(backup / one.name, one)
    assert found(tmp_path, sought)
    services = Services(settings)
    apply_erasures(services)
    # Then the member is forgotten still, and their card is over
    assert found(tmp_path, sought) == []
    assert services.ledger.card(WANG_CARD).status == "closed"
    assert services.ledger.erased_members() == [WANG]
    services.close()


def test_an_erased_person_may_come_again_as_somebody_new(staff_app: StaffApp) -> None:
    # Given somebody of a roster who was erased, twice
    services = staff_app.services
    person = Person("吴建国", None, "110228199003070017"[:-4] + "0033")
    row = Row(2, person, "鼓楼", "", (), date(2090, 1, 1), ())
    cards = []
    for _ in range(3):
        (line,) = import_roster(services.ledger, services.vault, [row], by="officer-zhao")
        cards.append(line.card_id)
        (member_id,) = services.vault.find(identity_number=person.identity_number)
        services.ledger.officers.corrections.erase_member(member_id, reason="left")
        apply_erasures(services)
    # Then each time they are another member with another card
    assert len({*cards}) == 3
    assert "" not in cards
