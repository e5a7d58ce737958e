"""`posewarden archive`: checks it, forgets alerts on request, writes what was judged."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.adapters.database.checker import check_archive
from service.adapters.database.connection import FILE, Database
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.database.reader import DatabaseArchive
from service.adapters.database.site import archive_url
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import SOCKET
from service.archive.forgetting import forget
from service.archive.verdict_export import export_verdicts
from service.commands.account import account
from service.config.settings import Settings
from service.records import AlertFilter
from service.roles.connections import redis_url
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRequest:
    """What to forget; times as people write them, UTC where they name no zone."""

    camera: str
    since: str
    until: str

    def filter(self) -> AlertFilter:
        """Return what to look for.

        Raises:
            ConfigError: a time does not read, or nothing lies between the two.
        """
        since, until = self.times()
        return AlertFilter(cameras=(self.camera,), since=since, until=until)

    def times(self) -> tuple[float, float]:
        """Return the bounds of the time, UTC seconds; it raises what `filter` does."""
        since, until = _seconds("--from", self.since), _seconds("--to", self.until)
        if until <= since:
            raise ConfigError(f"--to {self.until} is not after --from {self.since}")
        return since, until


def check(settings: Settings) -> tuple[list[str], list[str]]:
    """Return what the archive holds, and what is wrong with it.

    Raises:
        ArchiveUnavailable: its database does not answer.
    """
    with opened_archive(settings) as database:
        return check_archive(database)


def forget_alerts(settings: Settings, request: ForgetRequest) -> str:
    """Forget a camera's closed alerts and stretches of a time; return how many, as text.

    Raises:
        ConfigError: the request is wrong.
        StoreUnavailable: Redis, or the database, did not answer; some alerts may be forgotten.
    """
    wanted = request.filter()
    with opened_archive(settings) as database, connect(_redis_url(settings)) as client:
        forgotten, left_open = forget(
            wanted,
            DatabaseArchiveKeeper(database),
            RedisAlerts(client, telemetry=InMemoryTelemetry()),
            author=account(),
            origin="command line",
            now=time.time(),
        )
        kept = DatabaseStretches(database).forget(request.camera, *request.times())
    still = f"; {left_open} still open, left alone" if left_open else ""
    stretches = f"; stretches of people: {kept}" if kept else ""
    return f"forgotten: {forgotten}{stretches}{still}"


def write_verdicts(settings: Settings, out: Path, fps: float) -> str:
    """Write judged alerts as a labelled data set; return how many, as text.

    Raises:
        ConfigError: the folder is not empty, or cannot be written to.
        ArchiveUnavailable: the database does not answer.
    """
    with opened_archive(settings) as database:
        done = export_verdicts(
            DatabaseArchive(database),
            DatabaseEpisodes(database),
            DatabaseStretches(database),
            out,
            fps,
        )
    left_out = f"; without poses, left out: {done.without_poses}" if done.without_poses else ""
    near = f"; near misses among them: {done.near_misses}" if done.near_misses else ""
    return f"written: {done.right} judged true, {done.wrong} judged false{near}{left_out}"


@contextmanager
def opened_archive(settings: Settings) -> Iterator[Database]:
    """Give the archive of a site, closed afterwards.

    Raises:
        ConfigError: there is none.
    """
    # A misspelt folder must not become an empty archive that is sound.
    if settings.archive.url is None and not (settings.data / FILE).is_file():
        raise ConfigError(f"--data {settings.data} holds no archive; name the folder of `up`")
    database = Database(archive_url(settings))
    try:
        yield database
    finally:
        database.close()


def _redis_url(settings: Settings) -> str:
    # `up` without a redis.url has a server of its own in its data folder.
    socket = (settings.data / SOCKET).absolute()
    if settings.redis.url is not None:
        return redis_url(settings)
    if not socket.is_socket():
        raise ConfigError(
            f"no site runs on {settings.data}; start it first, since Redis has alerts, too"
        )
    return f"unix://{socket}"


def _seconds(flag: str, text: str) -> float:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as err:
        raise ConfigError(f"{flag} {text!r} is no time; write 2026-11-28T14:30") from err
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
