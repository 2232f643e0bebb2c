"""bandit finds nothing in our packages except the findings listed here with their reasons."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "projections", "pos_gateway")

KNOWN = {
    # Statements are built from the names of our own columns, never from input.
    ("B608", "ledger/store/database.py"): 3,
    ("B608", "ledger/store/sqlite.py"): 1,
    ("B608", "ledger/store/postgres.py"): 2,
    ("B608", "ledger/store/log_view.py"): 1,
    ("B608", "ledger/store/upgrade_steps/log_0003_merkle_tree.py"): 2,
    # The hash of a recovery sheet is taken away: there is none.
    ("B106", "ledger/control/founding.py"): 1,
    # Our own command and our own gateways, with arguments in a list and no shell.
    ("B603", "pos_gateway/pages/officer/rehearsals.py"): 1,
    ("B603", "pos_gateway/child_process.py"): 1,
    ("B603", "pos_gateway/boxed/__init__.py"): 1,
    # Plays use a seed, so that they repeat; nothing there is secret.
    ("B311", "pos_gateway/rehearsal/run.py"): 1,
    ("B311", "pos_gateway/rehearsal/playing.py"): 1,
    ("B311", "pos_gateway/demonstration/story.py"): 1,
    # XML is written there, and never read.
    ("B405", "pos_gateway/payments/bank_file.py"): 1,
    # JSON with every character escaped that could end its element.
    ("B704", "pos_gateway/web/templating.py"): 1,
    # Our own URL, by http.
    ("B310", "pos_gateway/app/server.py"): 1,
    # A word that people type, only looked up.
    ("B104", "pos_gateway/settings.py"): 1,
}


def found(*paths: str, at: Path = ROOT) -> Counter[tuple[str, str]]:
    """Return how often each rule is broken in each file."""
    judged = subprocess.run(
        [
            *(sys.executable, "-m", "bandit", "-q", "-c", ROOT / "pyproject.toml"),
            *("-f", "json", "-r", *paths),
        ],
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(judged.stdout)
    assert told["errors"] == []
    return Counter((one["test_id"], one["filename"]) for one in told["results"])


def test_every_finding_has_a_reason_here() -> None:
    here = found(*PACKAGES)

    assert here == KNOWN, (
        f"bandit finds {here - Counter(KNOWN)} and no longer {Counter(KNOWN) - here}: correct the"
        " code, or change the line of KNOWN in tests/checks/test_bandit.py, with the reason above"
    )


@pytest.mark.control
def test_unsafe_code_is_found(tmp_path: Path) -> None:
    unsafe = "import subprocess\nsubprocess.run(input(), shell=True)\neval(input())\n"
    (tmp_path / "unsafe.py").write_text(unsafe)

    assert {rule for rule, _ in found("unsafe.py", at=tmp_path)} == {"B602", "B307"}
