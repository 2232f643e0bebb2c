"""The pages use only features that the oldest supported browsers have."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest

from tests.support.browser import ROOT
from tests.support.js_modules import BROWSER, PACKAGES

CHROME, FIREFOX, SAFARI = (97, 0), (115, 0), (15, 4)
OLDEST = {
    "chrome": CHROME,
    "chrome_android": CHROME,
    "webview_android": CHROME,
    "firefox": FIREFOX,
    "firefox_android": FIREFOX,
    "safari": SAFARI,
    "safari_ios": SAFARI,
}
ASKED_FOR = {
    "canShare": "else the picture is saved",
    "hasBeenActive": "else a till sounds",
    "requestVideoFrameCallback": "else ten pictures a second",
    "share": "asked after canShare",
    "userActivation": "else a till sounds",
    "vibrate": "else it only sounds",
    "wakeLock": "else the screen goes dark as ever",
    "srcObject": "for a camera's stream all have it; newer is what else it takes",
}
LOOKS_ALONE = {
    ":has": "a box that is ticked has no border of another colour",
    "accent-color": "boxes to tick are blue",
    "outline": "all have it; newer is that it follows round corners",
    "scrollbar-width": "a bar shows that categories scroll",
    "text-size-adjust": "an iPhone reads its own name of it",
    "text-wrap": "a heading breaks where it is full",
    "user-select": "a key pressed long is marked; esbuild adds Safari's name of it",
}
IN_TEMPLATES = {
    "autocapitalize": "a keyboard starts with small letters",
    "autofocus": "a tap focuses the field",
    "command": "dialogs.js does it",
    "commandfor": "dialogs.js does it",
}
ADDRESSED = r"\b(?:navigator|document|crypto|location|self|globalThis)\??\.([A-Za-z]\w*)"

Tree = dict[str, Any]


@cache
def known() -> Tree:
    """Return MDN's data on each feature of the web: the first version of each browser."""
    data = PACKAGES / "@mdn/browser-compat-data/data.json"
    if not data.exists():
        pytest.skip("LEFT OUT: @mdn/browser-compat-data is not installed")
    read: Tree = json.loads(data.read_bytes())
    return read


def is_old(feature: Tree) -> bool:
    """Return whether each of the oldest browsers has the feature by this name without a flag."""
    support = feature["__compat"]["support"]
    return all(
        any(_since(one) <= oldest for one in _listed(support[browser]))
        for browser, oldest in OLDEST.items()
        if browser in support
    )


def _listed(told: Any) -> list[Tree]:
    return told if isinstance(told, list) else [told]


def _since(told: Tree) -> tuple[int, ...]:
    added = str(told["version_added"]).removeprefix("≤")
    is_whole = not {"flags", "prefix", "version_removed"} & told.keys()
    numbers = re.fullmatch(r"(\d+)(?:\.(\d+))?.*", added)
    return tuple(int(one or 0) for one in numbers.groups()) if numbers and is_whole else (999,)


def newer(trees: Iterable[Tree]) -> set[str]:
    """Return the names of features that are newer than the oldest browsers."""
    found: dict[str, list[bool]] = {}
    for tree in trees:
        for name, feature in tree.items():
            if name != "__compat" and "__compat" in feature:
                found.setdefault(name.removesuffix("_static"), []).append(is_old(feature))
    return {name for name, old in found.items() if not any(old)}


@cache
def owners() -> dict[str, Tree]:
    """Return the known members of each class, by its name."""
    return {**known()["api"], **known()["javascript"]["builtins"]}


@cache
def newer_members() -> set[str]:
    """Return the names of members that no class of the oldest browsers has."""
    return newer(owners().values())


def is_newer(owner: str, name: str) -> bool:
    """Return whether the oldest browsers lack a static member, such as `AbortSignal.timeout`."""
    members = owners().get(owner, {})
    given = members.get(f"{name}_static", members.get(name))
    return given is not None and not is_old(given)


def sources(pattern: str) -> Iterator[str]:
    """Yield the text of our own files without comments."""
    folder = BROWSER.parent / "templates" if pattern.endswith("html") else BROWSER
    for path in sorted(folder.rglob(pattern)):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield re.sub(r"(?<![:\"'`])//[^\n]*", "", text)


def beyond(text: str) -> set[str]:
    """Return the features of a script that the oldest browsers lack.

    Only members with a capital inside their name count, because `take` or `first` may be our own;
    of navigator and the like, and of static members of the language's classes, all count.
    """
    members = {name for name in re.findall(r"\.([a-z]\w*)", text) if re.search("[A-Z]", name)}
    named = re.findall(r"\b([A-Z]\w*)\.([A-Za-z]\w*)", text)
    given = {f"{owner}.{name}" for owner, name in named if is_newer(owner, name)}
    return (members | set(re.findall(ADDRESSED, text))) & newer_members() | given


def test_pages_are_built_for_the_supported_browsers() -> None:
    build = (BROWSER / "build.mjs").read_text(encoding="utf-8")
    promises = [BROWSER.parent / "templates/macros.html", ROOT / "README.md"]

    assert 'target: ["chrome97", "firefox115", "safari15.4"]' in build
    for promise in promises:
        assert "Chrome 97, Safari 15.4, Firefox 115" in promise.read_text(encoding="utf-8")


def test_a_script_uses_nothing_newer_than_the_oldest_browsers_unless_it_asks() -> None:
    found = set(chain.from_iterable(beyond(text) for text in sources("*.js")))

    assert found == ASKED_FOR.keys()


def test_styles_newer_than_the_oldest_browsers_are_decoration() -> None:
    text = "".join(sources("*.css"))
    css = known()["css"]

    properties = set(re.findall(r"[;{]\s*([a-z-]+)\s*:", text)) & newer([css["properties"]])
    selectors = set(re.findall(r"(?<=:)[a-z-]+", text)) & newer([css["selectors"]])
    rules = set(re.findall(r"(?<=@)[a-z-]+", text)) & newer([css["at-rules"]])

    assert properties | {f":{one}" for one in selectors} | rules == LOOKS_ALONE.keys()


def test_an_attribute_newer_than_the_oldest_browsers_has_a_fallback() -> None:
    html = known()["html"]
    text = "".join(sources("*.html"))

    used = set(re.findall(r"[\s'\"]([a-z]+)(?:=|': )", text))

    assert used & newer([*html["elements"].values(), html["global_attributes"]]) == (
        IN_TEMPLATES.keys()
    )


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("await fetch(at, {signal: AbortSignal.timeout(9)});", {"AbortSignal.timeout"}),
        ("Promise.withResolvers()", {"Promise.withResolvers", "withResolvers"}),
        ("rows.toSorted().findLast(isOpen)", {"toSorted"}),
        ("if (navigator.virtualKeyboard) form.requestSubmit();",
         {"virtualKeyboard", "requestSubmit"}),
        ("navigator.locks.request(name, work); rows.at(-1); Object.entries(all);", set()),
    ],
)  # fmt: skip
@pytest.mark.control
def test_newer_features_are_found(script: str, found: set[str]) -> None:
    assert beyond(script) == found
