"""The page's texts, in two languages."""

import json
import re
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from support.page_scripts import said_by_node
from support.service_sentences import parts

from service.sentences.alerts import SNOOZE_ZONE
from service.sentences.cameras import NETWORK_AWAY, NO_SUCH_CAMERA, NO_SUCH_CAMERA_OF
from service.sentences.events import AWAY_FOR, spoken
from service.sentences.requests import WRONG_PARAMETER
from service.sentences.shown import shown_sentence
from service.sentences.values import AT_SETTING, NOT_ABOVE
from tracker.wording import Sentence, joined, sentence_of

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


# Of what is left of each part in Korean; without a browser, which would take seconds to start.
SAID = """
import { patternsOf, translated } from %s;
import rows from %s;
const [known, all] = [patternsOf(rows), JSON.parse(process.argv[1])];
console.log(JSON.stringify(all.map((text) => translated(text, known))));
"""
# Made of others, or with a unit that is filled in.
MADE_OF_OTHERS = {"7 within 7 s", "answers with 7"}


def by_node(script: str, files: list[Traversable], given: object) -> list[str | None]:
    """Return what a script of the page says of what it is given; None: nothing is known."""
    script %= tuple(json.dumps(f"file://{file}") for file in files)
    found: Any = said_by_node(script, json.dumps(given))
    return list(found)


def in_korean(texts: list[str]) -> list[str | None]:
    """Return what the page says in Korean of texts of the service."""
    files = [PAGE / name for name in ("core/said.js", "texts/said_ko.js")]
    return by_node(SAID, files, texts)


def test_what_the_service_says_is_known_in_korean() -> None:
    """Why a camera is lost, what to do, notes, what receivers answer, what a canary lacks."""
    said = sorted(parts() - MADE_OF_OTHERS)
    # Some begin with whom they are about.
    alone, about = in_korean(said), in_korean([f"7 {each}" for each in said])

    known = zip(said, alone, about, strict=True)
    assert [text for text, one, other in known if one is None and other is None] == []


def test_korean_keeps_who_and_how_long() -> None:
    """What is filled in stands in the Korean, too; what is not known stays as it was said."""
    said = [
        "rtsp://10.0.0.9 refuses connections; check the port, and that the camera's RTSP is on",
        "no frame from rtsp://10.0.0.9 for 31 s",
        "10.0.0.7 port 443: Connection refused; the moon is full",
        "a sentence of tomorrow",
    ]

    first, second, third, last = in_korean(said)

    assert first == (
        "rtsp://10.0.0.9: 연결을 거부합니다. 포트와 카메라의 RTSP 설정을 확인하십시오."
    )
    assert second == "rtsp://10.0.0.9에서 31초 동안 화면이 오지 않았습니다."
    assert third == "10.0.0.7 포트 443: 연결이 거부되었습니다. the moon is full"
    assert last is None


# A sentence as a message has it, in Korean.
SPOKEN = """
import { patternsOf, spoken } from %s;
import rows from %s;
import sentences from %s;
const known = { sentences, patterns: patternsOf(rows) };
console.log(JSON.stringify(JSON.parse(process.argv[1]).map((each) => spoken(each, known))));
"""


def spoken_in_korean(sentences: list[Sentence]) -> list[str | None]:
    """Return what the page says in Korean of sentences as messages have them."""
    files = [PAGE / name for name in ("core/said.js", "texts/said_ko.js", "texts/sentences_ko.js")]
    sent = [msgspec.to_builtins(shown_sentence(each)) for each in sentences]
    return by_node(SPOKEN, files, sent)


def test_a_sentence_is_said_by_its_code() -> None:
    """With its values, sentences within it and lists; one of a later service is not known."""
    refused = joined(
        [
            AT_SETTING(setting="rate", problem=NOT_ABOVE(limit=0.5)),
            SNOOZE_ZONE(zone="gate", zones=("door", "yard")),
            SNOOZE_ZONE(zone="gate", zones=()),
        ]
    )
    later = Sentence("a sentence of tomorrow", "tomorrow.sentence", {})
    within = WRONG_PARAMETER(place="query", name="limit", problem=later)

    known, unknown, part = spoken_in_korean([refused, later, within])

    assert known == (
        "rate: 0.5보다 커야 합니다. 구역 'gate'이(가) 없습니다. 있는 것: door, yard "
        "구역 'gate'이(가) 없습니다. 있는 것: 없음"
    )
    assert unknown is None
    assert part == "query 매개변수 limit: a sentence of tomorrow"


def test_what_another_said_stands_within_a_sentence() -> None:
    """A camera's reason has no code yet: it is said by its parts, within the event's sentence."""
    lost = AWAY_FOR(time=spoken(300.0), problem=sentence_of("no frame from rtsp://a for 31 s"))

    (said,) = spoken_in_korean([lost])

    assert lost == "for 5 min: no frame from rtsp://a for 31 s"
    assert said == "5분째: rtsp://a에서 31초 동안 화면이 오지 않았습니다."


def test_a_name_stays_though_it_reads_like_a_sentence() -> None:
    """What a person typed is not translated; what another program said is."""
    named = NO_SUCH_CAMERA(name="Connection refused")
    listed = NO_SUCH_CAMERA_OF(name="timed out", cameras=("Broken pipe", "gate"))
    said = NETWORK_AWAY(problem=sentence_of(OSError("Network is unreachable")))

    name, names, other = spoken_in_korean([named, listed, said])

    assert name == "이름이 'Connection refused'인 카메라가 없습니다. 카메라 목록을 보십시오."
    assert names == ("이름이 'timed out'인 카메라가 없습니다. 사이트에 있는 것: Broken pipe, gate")
    assert other is not None
    assert "네트워크에 닿을 수 없습니다." in other
