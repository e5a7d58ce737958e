"""The texts of messages by language."""

from service.outputs.message import Language
from service.outputs.wording import English, Wording


def wording_of(language: Language) -> Wording:
    """Return the texts of a language; English where it has none yet."""
    known: dict[Language, Wording] = {"en": English()}
    return known.get(language, English())
