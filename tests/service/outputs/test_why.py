"""The page and the messages say why there is an alert in the same sentences."""

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from inference.types import BodyPart, Explanation, ExplanationCode, ExplanationFacts
from service.outputs import korean, wording
from service.outputs.why import why_sentence

LANGUAGES = {"en": wording.WHY, "ko": korean.WHY}
# Every way of being rare: not at all, hardly, by the card, beyond it, before this camera.
RARE: list[dict[str, float]] = [
    {},
    {"ordinary_h": 0.4},
    {"ordinary_h": 1.0},
    {"ordinary_h": 30.4},
    {"ordinary_h": 999.9},
    {"ordinary_h": 4000.0},
    {"here_h": 1.0, "ordinary_h": 30.0},
    {"here_h": 35.0},
    {"here_h": 24.0 * 14},
]
TIMES_S = [0.4, 1.0, 12.0, 59.6, 89.0, 90.0, 5399.0, 5400.0, 129_599.0, 400_000.0]
# A browser's surroundings, as far as these scripts ask for them.
SURROUNDINGS = """
const listens = { addEventListener() {}, matches: false };
globalThis.matchMedia = () => listens;
globalThis.document = { documentElement: { dataset: {} } };
globalThis.localStorage = {
  getItem: () => JSON.stringify({ language: process.argv[2] }), setItem() {},
};
"""


def explanations() -> list[Explanation]:
    """Return every code with everything that its sentence may be filled in with."""
    rows = [
        Explanation(
            code=code,
            parameters=ExplanationFacts(
                at=1.0,
                within_s=0.9,
                lasted_s=lasted_s,
                limit_s=60.0,
                times=2.0,
                zone="till",
                part=part,
                **rare,
            ),
        )
        for code in get_args(ExplanationCode)
        for part in get_args(BodyPart)
        for rare in RARE
        for lasted_s in TIMES_S[:2]
    ]
    timed = [
        msgspec.structs.replace(
            each, parameters=msgspec.structs.replace(each.parameters, lasted_s=lasted_s)
        )
        for each in rows[:: len(RARE) * len(get_args(BodyPart)) * 2]
        for lasted_s in TIMES_S
    ]
    return rows + timed


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's own scripts, for a run without a browser: prints the sentences of alerts."""
    folder = tmp_path_factory.mktemp("page")
    with resources.as_file(resources.files("service") / "page") as page:
        shutil.copytree(page, folder / "page")
    (folder / "package.json").write_text('{"type": "module"}')
    script = folder / "sentences.js"
    script.write_text(
        SURROUNDINGS
        + 'const { why } = await import("./page/core/why.js");\n'
        + 'const { readFileSync } = await import("node:fs");\n'
        + "const said = JSON.parse(readFileSync(0));\n"
        + "console.log(JSON.stringify(said.map((explanation) => why({ explanation }))));\n"
    )
    return script


def on_the_page(script: Path, said: object, language: str) -> list[str | None]:
    """Return the page's sentences of explanations."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on the PATH; apt-get install nodejs")
    found = subprocess.run(
        [node, str(script), language],
        input=msgspec.json.encode(said),
        capture_output=True,
        check=True,
    )
    sentences: list[str | None] = json.loads(found.stdout)
    return sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_messages_say_the_same(scripts: Path, language: str) -> None:
    """Word by word, for every code, part of the body, time and rarity; nothing is left to fill."""
    expected = [why_sentence(each, LANGUAGES[language]) for each in explanations()]

    assert on_the_page(scripts, explanations(), language) == expected
    assert not [each for each in expected if re.search(r"[{}]|undefined|None", each)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing(language: str) -> None:
    """Every code, part and way of being rare has words, and none are left over."""
    words = LANGUAGES[language]

    assert words.what.keys() == set(get_args(ExplanationCode))
    assert words.parts.keys() == set(get_args(BodyPart))
    assert len({*words.what.values()}) == len(words.what)


def test_other_versions_are_read(scripts: Path) -> None:
    """An alert of an older service does not say why, one of a newer service in words of its own."""
    later = {"code": "later", "parameters": {"at": 1.0, "part": "tail"}}

    assert on_the_page(scripts, [None, later], "en") == [None, None]


def test_operators_read_words() -> None:
    """No unit of the model, and no joint by number or by its name in the code."""
    said = [why_sentence(each, words) for each in explanations() for words in LANGUAGES.values()]

    assert not [each for each in said if re.search(r"bit|dimension|nll|_|joint", each)]
