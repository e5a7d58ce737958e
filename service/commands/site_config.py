"""`posewarden check-config --effective` and `export-config`: what holds, by file and API."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from service.adapters.redis.addresses import address_notes
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import SOCKET, EmbeddedRedis
from service.adapters.redis.site_store import RedisSiteStore
from service.config.effective import EffectiveSite, effective_site
from service.config.exported import exported_yaml
from service.config.load import Layers
from service.config.output_notes import output_notes
from service.config.settings import Settings
from service.config.shown_origins import shown_settings
from service.ports.site import SiteDocuments
from service.roles.connections import redis_url
from tracker.errors import StoreUnavailable


def effective_lines(settings: Settings, layers: Layers) -> Iterator[str]:
    """Yield what holds, a line for each setting, and where its value comes from.

    Raises:
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    site = read_site(settings)
    yield f"version {site.version} of what was set over the API"
    if settings.redis.url is None and not (settings.data / "appendonlydir").is_dir():
        yield f"no site ran in the data folder {settings.data}: name the one of `up` by --data"
    yield from shown_settings(site, layers)
    yield from (f"problem: {problem}" for problem in (*site.conflicts, *site.problems))


def export_config(settings: Settings, *, with_secrets: bool, with_data: bool) -> str:
    """Return all that holds as the text of a site's file.

    Args:
        with_data: name the data folder: the site's file does, and no flag names another.

    Raises:
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    without = () if with_data else ("data",)
    return exported_yaml(read_site(settings), with_secrets=with_secrets, without=without)


def site_notes(settings: Settings) -> Iterator[str]:
    """Yield a sentence for all that is allowed in a site's file, and probably not meant."""
    redis, cameras = settings.redis, len(settings.cameras)
    yield from output_notes(settings)
    yield from address_notes(redis.address, redis.shards, redis.wait_replicas)
    processes = settings.camera_processes
    if processes != "auto" and processes > cameras > 0:
        yield (
            f"camera_processes: {processes} are more than the cameras of the file, {cameras}; "
            "those without a camera wait for one of the API and take memory"
        )


def read_site(settings: Settings) -> EffectiveSite:
    """Return what holds, whether the site runs or not.

    Raises:
        ConfigError: the data folder cannot be used.
        StoreUnavailable: Redis did not answer.
    """
    with site_redis(settings) as client:
        found = SiteDocuments() if client is None else RedisSiteStore(client).read()
    return effective_site(settings, found)


@contextmanager
def site_redis(settings: Settings, *, make: bool = False) -> Iterator[redis.Redis | None]:
    """Connect to the site's Redis: to that of its data folder, which is started if none runs.

    Args:
        make: begin a new one where the folder holds none.

    Yields:
        a client; None where the folder holds nothing yet.

    Raises:
        ConfigError: the data folder cannot be used.
    """
    with contextlib.ExitStack() as stack:
        if settings.redis.url is not None:
            yield stack.enter_context(connect(redis_url(settings)))
        elif _answers(settings):
            yield stack.enter_context(connect(_socket_url(settings)))
        elif make or (settings.data / "appendonlydir").is_dir():
            server = stack.enter_context(EmbeddedRedis(settings.data))
            yield stack.enter_context(connect(server.url))
        else:
            yield None


def _answers(settings: Settings) -> bool:
    """Tell whether a server runs on the data folder."""
    if not (settings.data / SOCKET).is_socket():
        return False
    with connect(_socket_url(settings)) as client:
        try:
            RedisSiteStore(client).version()
        except StoreUnavailable:
            return False
    return True


def _socket_url(settings: Settings) -> str:
    return f"unix://{(settings.data / SOCKET).absolute()}"
