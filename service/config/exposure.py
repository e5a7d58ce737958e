"""Says when anybody who reaches the machine could use the API."""

import logging

from service.config.settings import Settings
from service.web_address import is_loopback

log = logging.getLogger(__name__)


def warn_if_open(settings: Settings) -> None:
    """Log a warning if other machines reach the API and need no key."""
    if said := open_to_others(settings):
        log.warning(said)


def open_to_others(settings: Settings) -> str | None:
    """Return a sentence if other machines reach the API and need no key; else None."""
    if settings.api_key is not None or is_loopback(settings.host):
        return None
    return (
        f"the API at {settings.host or 'all addresses'} has no api_key: everybody who reaches it "
        "sees skeletons and alerts; set api_key_file, or host to 127.0.0.1"
    )
