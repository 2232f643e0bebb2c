"""The demonstration in a real browser, in which people sign in through the pages."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, Playwright

from pos_gateway.demonstration import load
from pos_gateway.demonstration.plan import Plan
from tests.support.browser import LiveServer, WatchedBrowser, launch_chromium, write_camera_film


class BrowserDemo:
    """A served demonstration, a camera that films a chosen code, and sign-ins by role."""

    def __init__(self, live_server: LiveServer, watched: WatchedBrowser, camera: Path) -> None:
        self.live_server = live_server
        self.browser = watched
        self._camera = camera
        self.plan: Plan = load(live_server.services)

    def officer(self, staff_id: str) -> Page:
        """Sign in an officer with the password and code that the demonstration shows."""
        shown = self.browser.desktop()
        shown.goto("/demonstration")
        row = shown.locator("#officers tbody tr", has_text=staff_id)
        page = self.browser.desktop()
        page.goto("/desk/")
        page.get_by_label("登录名").fill(staff_id)
        page.get_by_label("密码").fill(row.locator("td").nth(2).inner_text())
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("验证器上的六位数字").fill(row.locator("td").nth(3).inner_text())
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        shown.close()
        return page

    def by_phone(self, door: str, phone: str) -> Page:
        """Sign in a member or an owner with the code shown in the outbox."""
        page = self.browser.phone()
        page.goto(f"/{door}/sign-in")
        page.get_by_label("手机号").fill(phone)
        page.get_by_role("button", name="获取验证码").click()
        page.get_by_label("六位验证码").fill(self._sent_to(phone))
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(f"/{door}/")
        return page

    def pair(self, clerk: Page, merchant_id: str, till_id: str) -> Page:
        """Pair a device as a till: type the code, compare the words, confirm."""
        clerk.goto(f"/desk/merchants/{merchant_id}")
        clerk.get_by_label("收银端编号").fill(till_id)
        clerk.get_by_role("button", name="生成配对码").click()
        device = self.browser.phone()
        device.goto("/till/pair")
        device.get_by_label("配对码").fill(clerk.locator("#pairing .figure").inner_text())
        device.get_by_role("button", name="配对").click()
        word = device.locator(".pairing .figure").inner_text()
        assert clerk.locator("#pairing .figure", has_text=word).inner_text() == word
        clerk.get_by_role("button", name="一样，确认配对").click()
        device.wait_for_url("**/till/")
        return device

    def show_to_camera(self, member: Page) -> str:
        """Show the code on a member's phone to the camera. Return its text."""
        text = decode_code(member.locator("#code"))
        write_camera_film(self._camera, text)
        return text

    def _sent_to(self, phone: str) -> str:
        page = self.browser.desktop()
        page.goto("/outbox")
        message = page.locator("#messages li", has_text=phone).first.inner_text()
        page.close()
        return re.findall(r"\b\d{6}\b", message.replace(phone, ""))[0]


def decode_code(shown: Locator) -> str:
    """Return the text of a code on a page, decoded from its picture by an independent library."""
    shown.wait_for()
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        picture = Image.open(io.BytesIO(shown.screenshot()))
        found = zxingcpp.read_barcodes(picture)
        if found:
            return found[0].text
    raise AssertionError("there is no code that can be read")


@pytest.fixture
def browser_demo(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserDemo]:
    """Serve the demonstration to a Chromium whose camera films a chosen code."""
    live_server = LiveServer(tmp_path / "var", demonstration=True)
    camera = write_camera_film(tmp_path / "camera.y4m", "HK1:NOTHING YET")
    try:
        with launch_chromium(playwright, tmp_path, camera=camera) as chromium:
            watched = WatchedBrowser(chromium, live_server.address)
            yield BrowserDemo(live_server, watched, camera)
            watched.close()
            assert watched.complaints == []
    finally:
        live_server.close()
