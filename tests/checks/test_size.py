"""`scripts/size` counts the lines of the tree and finds the smallest example of each extension."""

import subprocess
from pathlib import Path

from scripts.size_of_tree import PRODUCT, lines_of, packages, smallest
from tests.support.source_tree import ROOT, write

MODULE = '''"""A module.

# no comment, but a line of the docstring
"""

TEXT = """
# no comment, but a line of a text
"""
ONE = 1  # a line of code


def one() -> int:
    """Return one."""
    # a comment
    return ONE
'''
EXTENSIONS = {
    "ledger/benefits/kinds/small.py": '"""A kind."""\n\nKIND = "small"\n',
    "ledger/benefits/kinds/larger.py": '"""A kind."""\n' + "KIND = 1\n" * 9,
    "tests/ledger/benefits/kinds/test_small.py": "def test_it() -> None: ...\n",
    "projections/few.py": 'NAME = "few_1"\n',
    "ledger/shops.py": """
@topic("shop.closed")
class Closed(Event):
    shop_id: str


def close(state):
    return [Closed(shop_id=state.shop_id)]
""",
    "ledger/services/shops.py": """
class ShopService(Service):
    def close_shop(self, shop_id):
        return self._do(shop_id, shops.close)
""",
    "pos_gateway/cli/shops.py": "def close(shop_id):\n    ledger.shops.close_shop(shop_id)\n",
    "pos_gateway/pages/officer/shops.py": """
class ShopPages:
    @page("desk-shops", "/desk/shops", Policy.SEE_SHOPS)
    def listed(self):
        return self._shown()

    def _shown(self):
        return show("shops.html")

    @page("desk-shop-new", "/desk/shops/new", Policy.KEEP_SHOPS, FORM)
    def new(self):
        return show("shop_new.html")

    @page("desk-shop", "/desk/shops/<shop_id>", Policy.SEE_SHOPS)
    def shop(self):
        return self._shown()
""",
    "pos_gateway/templates/desk/shops.html": "{% for shop in shops %}\n{{ shop }}\n{% endfor %}\n",
    "pos_gateway/templates/desk/shop_new.html": "<form></form>\n",
}


def test_every_line_is_counted_once_by_its_sort() -> None:
    assert lines_of(MODULE) == {"code": 6, "docstring": 5, "comment": 1, "blank": 3}


def test_the_packages_add_up_to_the_tree() -> None:
    counted = sum(lines.total() for room, _, lines in packages(ROOT) if room in PRODUCT)

    files = (path for room in PRODUCT for path in (ROOT / room).rglob("*.py"))
    assert counted == sum(len(path.read_text("utf-8").splitlines()) for path in files)


def test_the_smallest_example_of_each_extension_is_found(tmp_path: Path) -> None:
    for name, text in EXTENSIONS.items():
        write(tmp_path, name, text)

    found = {one.subject: (one.name, one.parts) for one in smallest(tmp_path)}

    assert found == {
        "kind of benefit": ("small", {"module": 3, "test": 1}),
        "projection": ("few", {"module": 1}),
        "list page": ("/desk/shops", {"declaration": 1, "view": 4, "template": 3}),
        "form": ("/desk/shops/new", {"declaration": 1, "view": 2, "template": 1}),
        "verb": (
            "close_shop",
            {"event": 3, "decision": 2, "service method": 2, "route or command": 2},
        ),
    }


def test_the_script_prints_rooms_and_costs() -> None:
    printed = subprocess.run(
        [ROOT / "scripts/size"], capture_output=True, text=True, check=True, timeout=120
    ).stdout

    for word in (*PRODUCT, "tests", "product", "list page", "form", "kind", "projection", "verb"):
        assert word in printed
