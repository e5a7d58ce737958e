"""What people set over the API, of a site whose Redis is its own: saved with the rest, put back.

Where the data folder has the server, its append-only file has all of this.
"""

from pathlib import Path

import msgspec
import redis

from service.adapters.redis.backgrounds import RedisBackgrounds
from service.adapters.redis.connection import connect
from service.adapters.redis.site_store import RedisSiteStore
from service.commands.site_config import site_redis
from service.config.settings import Settings
from service.ports.site import Section
from service.roles.connections import redis_url
from tracker.errors import ConfigError

FILE = "site/site.json"


class SavedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One document of the site."""

    section: Section
    name: str
    body: bytes


class SavedSite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was set, in the order in which it was; pictures by camera."""

    documents: list[SavedDocument]
    backgrounds: dict[str, bytes]


def save_site(settings: Settings, target: Path) -> None:
    """Write what was set at redis.url into a file; without redis.url nothing.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    if settings.redis.url is None:
        return
    with connect(redis_url(settings)) as client:
        saved = _read(client)
    if saved.documents:
        target.parent.mkdir(parents=True, mode=0o700)
        target.write_bytes(msgspec.json.encode(saved))


def read_saved(file: Path) -> SavedSite | None:
    """Return what was saved; None where the backup has nothing of it.

    Raises:
        msgspec.MsgspecError: it does not read.
    """
    return msgspec.json.decode(file.read_bytes(), type=SavedSite) if file.is_file() else None


def require_nothing_set(settings: Settings) -> None:
    """Refuse to restore over what was set since.

    Raises:
        ConfigError: something is set at redis.url.
        StoreUnavailable: Redis did not answer.
    """
    if settings.redis.url is None:
        return
    with connect(redis_url(settings)) as client:
        if RedisSiteStore(client).read().sections:
            raise ConfigError(
                "the Redis at redis.url has cameras or other settings of the API already; "
                "name an empty one, or `posewarden export-config` and delete them first"
            )


def restore_site(settings: Settings, saved: SavedSite) -> None:
    """Set everything again, at redis.url or in the data folder.

    Raises:
        StoreUnavailable: Redis did not answer; some of it may be set.
    """
    with site_redis(settings, make=True) as client:
        assert client is not None  # noqa: S101 -- made if there was none
        store, pictures = RedisSiteStore(client), RedisBackgrounds(client)
        for camera, picture in saved.backgrounds.items():
            pictures.put(camera, picture)
        for each in saved.documents:
            store.write(each.section, each.name, each.body)


def _read(client: redis.Redis) -> SavedSite:
    found, pictures = RedisSiteStore(client).read(), RedisBackgrounds(client)
    documents = [
        (document.version, SavedDocument(section, name, document.body))  # type: ignore[arg-type] # one of the names
        for section, named in found.sections.items()
        for name, document in named.items()
    ]
    taken = {name: pictures.get(name) for name in found.of("backgrounds")}
    return SavedSite(
        [document for _, document in sorted(documents, key=lambda each: each[0])],
        {name: picture for name, picture in taken.items() if picture is not None},
    )
