"""Fixtures of browser tests: one Playwright and one Chromium for the package, in each worker.

The package ends before other tests of the worker begin: some of them run a loop of their own,
and the loop of Playwright would be in the way.
"""

from tests.support.browser import browser, chromium, live_server, playwright, whole_chromium
from tests.support.browser_demo import browser_demo
from tests.support.browser_merchant import merchant_browser, merchant_server, visit
from tests.support.browser_till import browser_till, shops
from tests.support.js_modules import page
