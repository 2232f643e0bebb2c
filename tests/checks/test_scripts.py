"""Programs beside the product, which no other test starts."""

import pkgutil
from importlib import import_module

import pytest

import scripts


@pytest.mark.parametrize("name", [one.name for one in pkgutil.iter_modules(scripts.__path__)])
def test_a_script_finds_what_it_imports(name: str) -> None:
    assert import_module(f"scripts.{name}")
