"""The import contracts: kept by the tree, and broken by every module planted out of place."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "projections", "pos_gateway")

PLANTED = {
    "ledger/stray.py": "",
    "ledger/voucher_shop/__init__.py": "",
    "pos_gateway/kiosk/__init__.py": "",
    "ledger/members/loyalty.py": "import sqlalchemy\n",
    "ledger/members/hello.py": "import flask\n",
    "ledger/members/figures.py": "import projections\n",
    "ledger/offers/library.py": "import eventsourcing\n",
    "ledger/offers/upwards.py": "import ledger.drops.claim\n",
    "ledger/funds/one.py": "import ledger.funds.two\n",
    "ledger/funds/two.py": "import ledger.funds.one\n",
    "projections/asking.py": "import ledger.services.base\n",
    "pos_gateway/web/shortcut.py": "import ledger.write.writer\n",
    "pos_gateway/web/upwards.py": "import pos_gateway.cli\n",
}
"""New modules, each with one fault: no list names them, or any module like them."""

FOUND = [
    "- ledger.stray",
    "- ledger.voucher_shop",
    "- pos_gateway.kiosk",
    "ledger.members.loyalty -> sqlalchemy",
    "ledger.members.hello -> flask",
    "ledger.members.figures -> projections",
    "ledger.offers.library -> eventsourcing",
    "ledger.offers.upwards -> ledger.drops.claim",
    "- .two -> .one",
    "projections.asking -> ledger.services.base",
    "pos_gateway.web.shortcut -> ledger.write.writer",
    "pos_gateway.web.upwards -> pos_gateway.cli",
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of a tree."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The findings of the contracts in a copy of the tree with every planted module."""
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            copy = root / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    shutil.copy(ROOT / "pyproject.toml", root)
    for name, text in PLANTED.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    result = lint_imports(root)
    assert result.returncode != 0
    return result.stdout


def test_imports_point_inwards() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.control
@pytest.mark.parametrize("found", FOUND)
def test_a_new_module_out_of_place_is_found(findings: str, found: str) -> None:
    assert found in findings


@pytest.mark.control
def test_every_contract_is_broken_by_a_planted_module(findings: str) -> None:
    assert " KEPT" not in findings
