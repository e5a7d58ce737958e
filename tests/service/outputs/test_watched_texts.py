"""The sentence on what is not watched, in every language."""

import json
import re
from pathlib import Path

import pytest

from service.outputs.message import Language
from service.outputs.watched_texts import TEXTS, watched_text
from tracker.scene_block import UNWATCHED

PAGE = Path(__file__).resolve().parents[3] / "service" / "page" / "texts"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_reason_has_its_sentence(language: Language) -> None:
    """With camera, share and size in it."""
    for reason in UNWATCHED:
        said = watched_text(language, reason, {"camera": "gate", "percent": 18, "least_px": 70})
        assert "gate" in said
        assert "18 %" in said
        assert "{" not in said


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_says_the_same(language: Language) -> None:
    """What it has under `watched.because` and the reason is the same text."""
    page = (PAGE / f"{language}.js").read_text()
    found = {
        name: json.loads(text)
        for name, text in re.findall(r'^\s+"watched\.because\.([a-z-]+)": (".*"),$', page, re.M)
    }

    assert found.items() <= TEXTS[language].items()
