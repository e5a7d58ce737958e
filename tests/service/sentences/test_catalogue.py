"""Every sentence of the catalogue, in both languages and where it is used."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from service.sentences.catalogue import CATALOGUE, wordings

PACKAGES = ("tracker", "inference", "service")
ROOT = Path(__file__).resolve().parents[3]
KOREAN = resources.files("service") / "page" / "texts" / "sentences_ko.js"
ENTRY = re.compile(r'^  "([a-z0-9.-]+)": "(.*)",$', re.M)


def korean() -> dict[str, str]:
    """Return what the page says in Korean, by code."""
    return dict(ENTRY.findall(KOREAN.read_text()))


def sources() -> list[str]:
    """Return all sources that know sentences."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return [text for file in files if re.search("sentences|wording", text := file.read_text())]


def calls(texts: list[str]) -> Iterator[tuple[str, ast.Call]]:
    """Yield where a sentence is filled in, with its name."""
    names = {name for name, _ in wordings()}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in names:
                    yield name, node


def test_each_code_is_given_once() -> None:
    """A code names one sentence."""
    codes = Counter(wording.code for _, wording in wordings())

    assert [code for code, times in codes.items() if times > 1] == []


def test_every_sentence_is_there_in_korean() -> None:
    """Filled in with the same values, and with Korean words in it."""
    translated = korean()

    assert translated.keys() == CATALOGUE.keys()
    for code, text in translated.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == CATALOGUE[code].names, code
        assert re.search("[가-힣]", text) or not re.sub(r"\{\w+\}|[:,\s]", "", text), code


def test_every_sentence_is_filled_in_where_it_is_said() -> None:
    """Each call gives all values and no other; each sentence is said somewhere."""
    by_name: dict[str, set[frozenset[str]]] = {}
    for name, wording in wordings():
        by_name.setdefault(name, set()).add(wording.names)
    texts = sources()

    for name, call in calls(texts):
        given = frozenset(each.arg for each in call.keywords if each.arg)
        whole = all(each.arg for each in call.keywords)
        assert not whole or given in by_name[name], f"{name} in line {call.lineno}: {given}"

    # Those in tables are named without being called.
    named = Counter(word for text in texts for word in re.findall(r"\b[A-Z][A-Z0-9_]+\b", text))
    assert [name for name in by_name if named[name] < 2] == []
