"""Sentences with codes."""

import copy
import pickle

import pytest

from tracker.wording import Sentence, Wording, joined, sentence_of

NO_ZONE = Wording("zone.unknown", "no zone is called {name!r}; there is {zones}")


def test_a_sentence_is_its_english_text_and_knows_its_code_and_values() -> None:
    """What reads texts needs no more; what knows codes finds them."""
    sentence = NO_ZONE(name="gate", zones=("door", "yard"))

    assert sentence == "no zone is called 'gate'; there is door, yard"
    assert sentence.code == "zone.unknown"
    assert sentence.values == {"name": "gate", "zones": ("door", "yard")}
    assert NO_ZONE(name="gate", zones=()).endswith("there is none")


def test_a_value_that_is_missing_is_an_error() -> None:
    """Nobody reads a sentence with a hole."""
    with pytest.raises(KeyError, match="zones"):
        NO_ZONE(name="gate")


def test_an_error_keeps_its_sentence() -> None:
    """Also where it is copied, or comes from another process."""
    sentence = NO_ZONE(name="gate", zones=())

    for same in (
        sentence_of(ValueError(sentence)),
        sentence_of(sentence),
        copy.copy(sentence),
        pickle.loads(pickle.dumps(sentence)),  # noqa: S301 -- its own
    ):
        assert (same, same.code, same.values) == (sentence, sentence.code, sentence.values)
    assert sentence_of(OSError(2, "No such file")).code is None


def test_several_sentences_are_one() -> None:
    """The parts keep their codes; a single one stays itself."""
    first, second = NO_ZONE(name="a", zones=()), Sentence("the moon is full")

    both = joined([first, second])

    assert both == f"{first}; the moon is full"
    assert both.values["parts"] == [first, second]
    assert joined([first]) is first
