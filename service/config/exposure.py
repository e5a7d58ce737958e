"""Refuses to show a site to other machines where nobody is asked for proof."""

from collections.abc import Callable

from service.config.settings import Settings
from service.web_address import is_loopback
from tracker.errors import ConfigError


def require_proof(settings: Settings, has_people: Callable[[Settings], bool | None]) -> None:
    """Refuse to start where other machines reach the API and nobody could prove who it is.

    Args:
        has_people: tells whether users or keys were made; None: not known, then nobody comes in
            before it is.

    Raises:
        ConfigError: everybody who reaches the address would be admin.
    """
    if (said := open_to_others(settings)) and has_people(settings) is False:
        raise ConfigError(said)


def open_to_others(settings: Settings) -> str | None:
    """Return a sentence if other machines reach the API and no key is configured; else None."""
    if settings.api_key is not None or is_loopback(settings.host):
        return None
    return (
        f"the API at {settings.host or 'all addresses'} has neither api_key nor users: everybody "
        "who reaches it would be admin; make the first user by `posewarden users add NAME --role "
        "admin`, set api_key_file, or host to 127.0.0.1"
    )
