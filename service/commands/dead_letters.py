"""`posewarden dead`: lists, shows and deletes dead letters."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from service.adapters.redis.connection import connect
from service.adapters.redis.dead_letters import DeadLetter, RedisDeadLetters
from service.adapters.redis.embedded import SOCKET
from service.adapters.redis.keys import Shards
from service.config.settings import Settings
from service.roles.connections import redis_url
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry

NONE = "no dead letters"


def list_dead(settings: Settings) -> Iterator[str]:
    """Yield a line for each dead letter, newest first.

    Raises:
        ConfigError: there is no redis.url.
        StoreUnavailable: Redis did not answer.
    """
    letters = _letters(settings)
    for letter in letters:
        window = letter.window
        what = "not a window" if window is None else f"{window.person} frame {window.last_seq}"
        at = datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="seconds")
        yield f"{letter.id}  {at}  {letter.reason}  {letter.size_bytes} bytes  {what}"
    if not letters:
        yield NONE


def show_dead(settings: Settings, name: str) -> str:
    """Return one dead letter as JSON, with its poses.

    Raises:
        ConfigError: there is no redis.url, or no dead letter with this id.
        StoreUnavailable: Redis did not answer.
    """
    for letter in _letters(settings):
        if letter.id == name:
            return msgspec.json.format(msgspec.json.encode(_fields(letter)), indent=1).decode()
    raise ConfigError(f"{name!r} is not a dead letter; `posewarden dead list` shows all")


def clear_dead(settings: Settings) -> str:
    """Delete the dead letters; return how many there were, as text.

    Raises:
        ConfigError: there is no redis.url.
        StoreUnavailable: Redis did not answer.
    """
    return f"deleted: {sum(shard.clear() for shard in _shards(settings))}"


def _letters(settings: Settings) -> list[DeadLetter]:
    found = [letter for shard in _shards(settings) for letter in shard.read()]
    return sorted(found, key=lambda letter: letter.at, reverse=True)


def _shards(settings: Settings) -> Iterator[RedisDeadLetters]:
    # `up` without a redis.url has a server of its own in its data folder.
    socket = (settings.data / SOCKET).absolute()
    own = settings.redis.url is None and socket.is_socket()
    with connect(f"unix://{socket}" if own else redis_url(settings)) as client:
        for shard in Shards(settings.redis.shards).all():
            yield RedisDeadLetters(client, shard=shard.number, telemetry=InMemoryTelemetry())


def _fields(letter: DeadLetter) -> dict[str, object]:
    window = letter.window
    if window is None:
        read = None
    else:
        read = {
            "person": str(window.person),
            "last_seq": window.last_seq,
            "at": window.at,
            "poses": window.joints.tolist(),
        }
    fields = {"id": letter.id, "at": letter.at, "reason": letter.reason, "entry": letter.entry}
    return {**fields, "size_bytes": letter.size_bytes, "window": read}
