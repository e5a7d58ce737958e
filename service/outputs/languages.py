"""The texts of messages by language."""

from service.outputs.korean import Korean
from service.outputs.message import Language
from service.outputs.moments import SiteZone, in_utc
from service.outputs.wording import English, Wording


def wording_of(language: Language, zone: SiteZone = in_utc) -> Wording:
    """Return the texts of a language.

    Args:
        zone: of the site, whose times they say.
    """
    return Korean(zone) if language == "ko" else English(zone)
