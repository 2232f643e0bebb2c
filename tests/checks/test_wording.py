"""Rules for names and docstrings, checked by reading the tree; planted faults must be found."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import EVERYTHING, PACKAGES, ROOT, Check, in_package, modules, write

# Each banned word, and the packages where it is the field's own word and stays allowed.
BANNED_WORDS: dict[str, tuple[str, ...]] = {
    "user": (),
    "customer": (),
    "order": (),
    "transaction": ("ledger/store", "ledger/vault", "projections/engine"),
    "token": ("ledger/auth", "pos_gateway/auth", "pos_gateway/pages/sign_in"),
    "void": (),
    "manager": (),
    "handler": ("pos_gateway/app", "pos_gateway/errors", "pos_gateway/web"),
    "helper": (),
    "util": (),
    "data": (),
    "info": (),
}
OTHER_WORDS = (
    "use the words of the README for these names; or, if a word is the field's own in the package,"
    " add the package to the line of BANNED_WORDS in tests/checks/test_wording.py"
)
ALLOWED_NAMES = {
    ("ledger/benefits/terms", "order"): "the position of a benefit among those combined",
    ("ledger/benefits/terms_check", "ORDER_MAX"): "the bound of that position",
}

RIDDLE = re.compile(r"(What|Who|Whoever|Whom|Where|How|Why|Of)\b")


def without_a_sentence(root: Path) -> Iterator[str]:
    """Yield each module whose docstring does not begin with exactly one sentence on its line."""
    for name, tree, _ in modules(root, (*PACKAGES, "scripts")):
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        if not first.endswith(".") or re.search(r"[.!?] +[A-Z]", first):
            yield f"{name}: {first!r}"


def definitions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each name the module defines; names it only uses belong to a library."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno


def has_banned_word(module: str, name: str) -> bool:
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    words |= {word.removesuffix("s") for word in words}
    return any(
        not any(in_package(module, package) for package in BANNED_WORDS[word])
        for word in words & BANNED_WORDS.keys()
    )


def banned_names(root: Path) -> Iterator[str]:
    """Yield each module and each defined name that holds a word banned in its package."""
    for module, tree, _ in modules(root, PACKAGES):
        if has_banned_word(module, module):
            yield f"{module}: the file itself"
        for name, line in definitions(tree):
            if has_banned_word(module, name) and (module, name) not in ALLOWED_NAMES:
                yield f"{module}:{line}: {name}"


def riddles(root: Path) -> Iterator[str]:
    """Yield each docstring that opens with a question word or with Of."""
    for name, tree, _ in modules(root, EVERYTHING):
        for node in ast.walk(tree):
            if isinstance(
                node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            ) and RIDDLE.match(docstring := ast.get_docstring(node) or ""):
                yield f"{name}:{getattr(node, 'lineno', 1)}: {docstring.partition(chr(10))[0]}"


def test_a_module_opens_with_a_sentence() -> None:
    findings = list(without_a_sentence(ROOT))

    assert not findings, "\n".join(["open these modules with one sentence:", *findings])


def test_no_name_holds_a_banned_word() -> None:
    findings = list(banned_names(ROOT))

    assert not findings, "\n".join([f"{OTHER_WORDS}:", *findings])


def test_no_docstring_opens_with_a_question_word() -> None:
    findings = list(riddles(ROOT))
    assert not findings, (
        "say what the function does or returns: 'Return …', 'Reject …'\n" + "\n".join(findings)
    )


CHECKS = (without_a_sentence, banned_names, riddles)
FAULTS: list[tuple[Check, str, str]] = [
    (without_a_sentence, "ledger/mute.py", "CARD = 1\n"),
    (without_a_sentence, "pos_gateway/torn.py", '"""A card that\n\nnever ends."""\n'),
    (without_a_sentence, "projections/two.py", '"""A card. A fund."""\n'),
    (banned_names, "ledger/a.py", "class CardManager: ..."),
    (banned_names, "ledger/a.py", "def issue(*, user_id): ..."),
    (banned_names, "ledger/a.py", "class Card:\n    orders: int = 0"),
    (banned_names, "ledger/a.py", "def begin(transaction): ..."),
    (banned_names, "projections/a.py", "import json as helper"),
    (banned_names, "pos_gateway/a.py", "card.qr_token = 1"),
    (banned_names, "pos_gateway/utils.py", ""),
    (banned_names, "ledger/auth/a.py", "class TokenManager: ..."),
    (riddles, "ledger/a.py", '"""What a card is."""\n'),
    (riddles, "projections/a.py", 'class Card:\n    """Where it is used."""\n'),
    (riddles, "scripts/a.py", 'def f():\n    """Whoever asks."""\n'),
    (riddles, "tests/a.py", 'async def f():\n    """Of a card:\n\n    its number."""\n'),
]
SOUND = {
    "ledger/store/engine.py": "'''Open a transaction.'''\n\ntransaction = 1\n",
    "ledger/auth/credentials.py": "'''However a token is stored, it is hashed.'''\n\ntoken = 1\n",
    "pos_gateway/web/problem_details.py": "'''Officers see errors.'''\n\nerror_handler = 1\n",
    "pos_gateway/api/late.py": "'''Errors as problem details.'''\n\nrows = tills.order_by(1)\n",
}


@pytest.mark.control
@pytest.mark.parametrize(("check", "name", "text"), FAULTS)
def test_a_planted_fault_is_found(tmp_path: Path, check: Check, name: str, text: str) -> None:
    write(tmp_path, name, text)

    assert len(list(check(tmp_path))) == 1


@pytest.mark.control
@pytest.mark.parametrize("check", CHECKS)
def test_correct_code_passes(tmp_path: Path, check: Check) -> None:
    for name, text in SOUND.items():
        write(tmp_path, name, text)

    assert list(check(tmp_path)) == []
