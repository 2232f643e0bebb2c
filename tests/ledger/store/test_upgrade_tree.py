"""The upgrade step that gives a log of release 2026.11.2 its Merkle tree."""

from contextlib import closing

import pytest

from ledger.proof.heads import HeadSigner
from ledger.store import Log, WrongVersion
from ledger.store.upgrade import log_part, upgrade
from ledger.store.upgrade_steps import log_0003_merkle_tree
from tests.ledger.store.test_log import execute
from tests.support.log_fixture import record
from tests.support.postgres import OWNER, as_role
from tests.support.tampered_log import SECRET, drafts


@pytest.fixture
def database_url(database_url: str) -> str:
    """Return the database as its owner, who may change tables."""
    return as_role(OWNER, database_url)


def test_a_log_gets_the_tree_of_all_its_facts(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a log of version 2, without a tree
    monkeypatch.setattr(log_0003_merkle_tree, "_PAGE", 7)
    with closing(Log(database_url)) as log:
        log.create()
        record(log, *drafts(0, 30))
        with log.reading() as view:
            whole = view.head
        for statement in (
            "ALTER TABLE head DROP COLUMN frontier",
            "DROP TABLE tile",
            "DROP TABLE signed_head",
            "UPDATE schema_version SET version = 2 WHERE part = 'log'",
        ):
            execute(log, statement)
    with closing(Log(database_url)) as log, pytest.raises(WrongVersion):
        log.create()
    # When it is upgraded
    shares: list[float] = []
    upgrade(database_url, [log_part(database_url)], lambda _step, share: shares.append(share))
    # Then its head has the tree, and the progress was told page by page
    with closing(Log(database_url)) as log:
        log.create()
        with log.reading() as view:
            assert view.head == whole
        HeadSigner(log, SECRET, lambda _: None).sign()
        record(log, *drafts(30, 3))
        HeadSigner(log, SECRET, lambda _: None).sign()
    assert len(shares) == 6
    assert sum(shares) == pytest.approx(1.0)
