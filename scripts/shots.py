"""Take pictures of the pages of a running gateway, on a phone and a desktop, in both languages."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.chromium import FLAGS, fonts, program
from scripts.shown_pages import PAGES, SIGN_INS, Shown

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SYSTEMS = {"phone": "Linux; Android 14; K", "desktop": "Windows NT 10.0; Win64; x64"}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
STILL = "for (const bar of document.querySelectorAll('nav.areas')) bar.style.position = 'static'"
"""JavaScript that keeps the fixed navigation bar in its place in a picture of a whole page."""


def main() -> None:
    """Take the pictures that the command line names, or all, in both sizes and both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="take only these pages")
    parser.add_argument("--address", default="http://localhost:8000")
    parser.add_argument("--whole", action="store_true", help="take the whole page, not one screen")
    asked = parser.parse_intermixed_args()
    path = program()
    if path is None:
        sys.exit(
            "No Chromium on this machine. Next: install it (on Debian: apt-get install chromium)."
        )
    asked.folder.mkdir(parents=True, exist_ok=True)
    pages = [page for page in PAGES if not asked.names or page.name in asked.names]
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts(Path(made)))}
        browser = playwright.chromium.launch(
            executable_path=path, args=list(FLAGS), env=environment
        )
        for visitor in dict.fromkeys(page.visitor for page in pages):
            seen = [page for page in pages if page.visitor == visitor]
            take(browser, asked.address, asked.folder, seen, whole=asked.whole)
        browser.close()


def take(
    browser: Browser, address: str, folder: Path, pages: list[Shown], *, whole: bool = False
) -> None:
    """Write pictures of `pages`, all of one visitor, into `folder`, in each size and language.

    The visitor signs in for each of these. `whole` takes the whole page, not just the screen.
    """
    for size, (width, height) in SIZES.items():
        for language, locale in LANGUAGES.items():
            context = browser.new_context(
                base_url=address,
                viewport={"width": width, "height": height},
                device_scale_factor=2 if size == "phone" else 1,
                has_touch=size == "phone",
                is_mobile=size == "phone",
                locale=locale,
                user_agent=f"Mozilla/5.0 ({SYSTEMS[size]}) AppleWebKit/537.36 (KHTML, like Gecko) "
                f"Chrome/{browser.version} Safari/537.36",
                timezone_id="Asia/Shanghai",
                geolocation={"latitude": 40.3752, "longitude": 116.8432},
                permissions=["geolocation"],
            )
            SIGN_INS[pages[0].visitor](context)
            page = context.new_page()
            for shown in pages:
                page.goto(shown.path, wait_until="networkidle")
                if shown.press:
                    page.locator(shown.press).last.click()
                    page.wait_for_load_state("networkidle")
                if shown.act:
                    shown.act(page)
                if whole:
                    page.evaluate(STILL)
                picture = folder / f"{shown.name}-{size}-{language}.png"
                page.screenshot(path=picture, full_page=whole)
                print(picture)
            context.close()


if __name__ == "__main__":
    main()
