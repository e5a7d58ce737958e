"""The page's texts, in two languages."""

import re
from importlib import resources
from importlib.resources.abc import Traversable

PAGE = resources.files("service") / "page"
ENTRY = re.compile(r'^  "([A-Za-z_.0-9-]+)": "(.*)",$', re.M)
# t("name"), t(`name.${…}`), t(condition ? "one" : "other"), and names in tables of keys.
CALL = re.compile(r"\b(?:t|tOr)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
NAME = re.compile(r'"([a-z_]+(?:\.[a-z_]+)+)"')
WORD = re.compile(r'"([a-z_]+)"')
PATTERN = re.compile(r"`([a-z_.]*)\$\{[^`]*\}([a-z_.]*)`")


def catalogue(language: str) -> dict[str, str]:
    """Return a language's texts; the forms of plural under one name."""
    text = (PAGE / "texts" / f"{language}.js").read_text()
    return {re.sub(r"\.(one|other)$", "", name): value for name, value in ENTRY.findall(text)}


def sources(folder: Traversable = PAGE) -> list[str]:
    """Return every script of the page, but libraries and catalogues."""
    found: list[str] = []
    for each in folder.iterdir():
        if each.is_dir() and each.name not in ("vendor", "texts"):
            found += sources(each)
        elif each.name.endswith(".js"):
            found.append(each.read_text())
    return found


def test_both_languages_have_every_text() -> None:
    """No text is missing in one, and all fill in the same values."""
    english, korean = catalogue("en"), catalogue("ko")

    assert english.keys() == korean.keys()
    for name, text in english.items():
        # The catalogue has the plural form last; a singular may leave its number out.
        filled, other = (set(re.findall(r"\{(\w+)\}", each)) for each in (text, korean[name]))
        assert other - {"count"} <= filled | {"count"}, name
        assert filled - {"count"} == other - {"count"}, name


def test_korean_is_korean() -> None:
    """A text that was never translated is found; names and signs are the same everywhere."""
    same = {"health.store", "why.sentence", "why.sentence_rare"}
    untranslated = {
        name for name, text in catalogue("ko").items() if not re.search("[가-힣]", text)
    }

    assert untranslated - same - {name for name in untranslated if "bits" in name} == set()


def test_every_text_that_is_asked_for_is_there() -> None:
    """Each name in the scripts stands in the catalogue, and each text is asked for."""
    known = set(catalogue("en"))
    asked: set[str] = set()
    patterns: set[tuple[str, str]] = set()
    for source in sources():
        asked |= set(NAME.findall(source)) & known
        for call in CALL.findall(source):
            asked |= set(NAME.findall(call)) | (set(WORD.findall(call)) & known)
            patterns |= set(PATTERN.findall(call))
    made = {
        name
        for name in known
        for begin, end in patterns
        if begin and name.startswith(begin) and name.endswith(end)
    }

    assert asked - known == set()
    assert known - asked - made == set()
