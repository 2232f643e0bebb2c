"""Place the files of tests in memory, or on disk if a test is about durability.

Settings stay as in production (`synchronous=FULL`, `fsync=on`): a commit in memory does the same
work without waiting for a disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - the file system in memory of every Linux
ROOM_BYTES_MIN = 2 << 30
DISK = Path("/var/tmp")  # noqa: S108 - kept over restarts, so never a file system in memory


def use_memory() -> None:
    """Make temporary files in memory, unless TMPDIR is set or space is short."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir():
        return
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES_MIN:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def folder_on_disk(prefix: str) -> Path:
    """Return a new folder on disk."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=DISK))


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Return the folder of the test, on disk if the test is marked `disk`."""
    if request.node.get_closest_marker("disk") is None:
        yield tmp_path
        return
    path = folder_on_disk("hongka-test-")
    yield path
    shutil.rmtree(path, ignore_errors=True)
