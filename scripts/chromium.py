"""Find the Chromium of this machine, its flags, and the fonts for Chinese text."""

import shutil
from importlib.resources import files
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
WITHOUT_WINDOWS = "chromium-headless-shell"
"""A build that opens a page in a quarter of the time, but has no wake locks or background sync."""


FLAGS = (
    "--no-sandbox",  # root cannot use the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program(*, whole: bool = True) -> str | None:
    """Return the path of Chromium; None where it is not installed.

    `whole` False prefers the quicker build without windows, if it is installed.
    """
    names = NAMES if whole else (WITHOUT_WINDOWS, *NAMES)
    return next((path for path in map(shutil.which, names) if path), None)


def fonts(folder: Path) -> Path:
    """Write a fontconfig file into a folder and return its path, to be set as FONTCONFIG_FILE.

    With it Chinese text is shown in Noto Sans SC, which the package justmytype-intl-cjk brings.
    """
    made = folder / "fonts.conf"
    noto = files("justmytype_intl_cjk") / "fonts" / "ofl" / "notosanssc"
    template = Path(__file__).with_name("fonts.conf").read_text("utf-8")
    made.write_text(template.format(fonts=noto, cache=folder / "cache"), encoding="utf-8")
    return made
