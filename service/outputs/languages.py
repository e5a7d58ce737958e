"""The texts of messages by language."""

from service.outputs.korean import Korean
from service.outputs.message import Language
from service.outputs.wording import English, Wording


def wording_of(language: Language) -> Wording:
    """Return the texts of a language."""
    return Korean() if language == "ko" else English()
