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

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  {preferred}
</fontconfig>
"""
_PREFERRED = """<match target="pattern">
    <test name="family" qual="any"><string>{family}</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>Noto Sans SC</string></edit>
  </match>"""


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
    preferred = "\n  ".join(
        _PREFERRED.format(family=family) for family in ("sans-serif", "system-ui")
    )
    text = _FONTS.format(fonts=noto, cache=folder / "cache", preferred=preferred)
    made.write_text(text, encoding="utf-8")
    return made
