"""Archives under test: a file of SQLite, or a database of Debian's PostgreSQL."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import msgspec
from sqlalchemy import create_engine, text

from inference.types import (
    Act,
    Alert,
    AlertEvent,
    Explanation,
    ExplanationFacts,
    Kind,
    KindScore,
)
from service.adapters.database.connection import FILE, Database, postgresql_url, sqlite_url
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.database.reader import DatabaseArchive
from service.adapters.database.writer import DatabaseArchiveWriter
from service.adapters.memory.alerts import MemoryAlertLog, MemoryAlerts
from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryPoseFeed
from service.adapters.redis.alerts import RedisAlerts
from service.archive.carrier import Carrier, CarrierDependencies, CarrierOptions
from service.archive.episode_recorder import EpisodeRecorder
from service.archive.reading import AlertReader
from service.archive.retention import Retention, RetentionRule, RetentionRules
from service.ports.deciding import AlertChange
from service.ports.telemetry import SiteTelemetry
from service.records import AlertFilter, CarriedAlert
from service.system_events import StreamEvent
from support.postgresql import PostgresqlServer

EXPLANATION = Explanation(
    code="fall", parameters=ExplanationFacts(at=100.0, within_s=0.9, here_h=336.0)
)
# Only tests of locks wait for one, and these wait in vain.
LOCK_WAIT_S = 0.1


@dataclass
class Archive:
    """An empty archive and what reads and writes it."""

    name: str
    database: Database

    @property
    def writer(self) -> DatabaseArchiveWriter:
        """The writing side."""
        return DatabaseArchiveWriter(self.database)

    @property
    def reader(self) -> DatabaseArchive:
        """The reading side."""
        return DatabaseArchive(self.database)


def sqlite_archive(folder: Path, lock_wait_s: float = LOCK_WAIT_S) -> Archive:
    """Return the archive under a data folder."""
    return Archive("sqlite", Database(sqlite_url(folder), lock_wait_s=lock_wait_s))


def postgresql_archive(server: PostgresqlServer) -> Archive:
    """Return the server's archive, emptied."""
    url = postgresql_url(server.url("postgres"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return Archive("postgresql", Database(url, lock_wait_s=LOCK_WAIT_S))


def alert(name: str, opened_at: float = 100.0, **changes: object) -> Alert:
    """An open alert with some changes."""
    first = Alert(
        id=name,
        camera="gate",
        person="gate/s1/1",
        state="open",
        opened_at=opened_at,
        updated_at=opened_at,
        closed_at=None,
        peak_score=2.5,
        peak_at=opened_at,
        threshold=1.5,
        joints=("nose",),
        model="hash",
        version=1,
        explanation=EXPLANATION,
    )
    return msgspec.structs.replace(first, **changes)


def of_kinds(*kinds: Kind) -> dict[str, object]:
    """What an alert says of its kinds, the most severe first, as changes of `alert`."""
    scores = tuple(
        KindScore(kind=each, peak_score=2.5, peak_at=1.0, threshold=1.5) for each in kinds
    )
    return {"kind": kinds[0], "kinds": scores}


def carry(archive: Archive, *alerts: Alert, up_to: str | None = None) -> int:
    """Carry alerts without clips."""
    return archive.writer.carry([CarriedAlert(alert=one, poses=None) for one in alerts], up_to)


def names(archive: Archive, wanted: AlertFilter | None = None, limit: int = 2) -> list[str]:
    """Walk all pages."""
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = archive.reader.page(wanted or AlertFilter(), cursor=cursor, limit=limit)
        found += [one.alert.id for one in page]
        if cursor is None:
            return found


def no_retention(
    archive: Archive, alerts: MemoryAlerts | RedisAlerts, telemetry: SiteTelemetry
) -> Retention:
    """Return a retention that keeps everything."""
    rules = RetentionRules(everything=RetentionRule())
    keeper = DatabaseArchiveKeeper(archive.database)
    return Retention(rules, keeper, alerts, telemetry=telemetry, clock=time.time)


@cache
def _template() -> bytes:
    """Return an empty archive of this version; made once a process, for hundreds of tests."""
    with TemporaryDirectory() as folder:
        database = sqlite_archive(Path(folder)).database
        database.migrate()
        database.close()
        return (Path(folder) / FILE).read_bytes()


def _begin_from_template(folder: Path) -> None:
    """Put an empty archive into a folder that has none, with an id of its own."""
    file = folder / FILE
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True)
    file.write_bytes(_template())
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE meta SET value = ? WHERE name = 'id'", (uuid4().hex,))


class ArchivedAlerts(MemoryAlerts):
    """Alerts in memory whose every change is in an archive before `put` returns."""

    def __init__(
        self,
        events: list[tuple[str, StreamEvent]],
        *,
        telemetry: SiteTelemetry,
        folder: Path,
        clock: Callable[[], float],
        site: MemorySite | None = None,
        stamped: bool = False,
        lock_wait_s: float = LOCK_WAIT_S,
    ) -> None:
        super().__init__(events, telemetry=telemetry, clock=clock if stamped else None)
        self._folder = folder
        log = MemoryAlertLog(events)
        _begin_from_template(folder)
        archive = sqlite_archive(folder, lock_wait_s)
        self.database = archive.database
        self.episodes = DatabaseEpisodes(archive.database)
        self.site = site or MemorySite()
        self.reader = AlertReader(archive.reader, log, self)
        self._carrier = Carrier(
            CarrierDependencies(
                lease=MemoryLeases(MemorySite(), owner="test", clock=clock),
                homes=MemoryMembership(MemorySite(), what="archives", owner="here", clock=clock),
                log=log,
                history=self,
                writer=archive.writer,
                recorder=EpisodeRecorder(
                    self.episodes, MemoryPoseFeed(self.site), telemetry=telemetry, clock=clock
                ),
                retention=no_retention(archive, self, telemetry),
                telemetry=telemetry,
                clock=clock,
                options=CarrierOptions(wait_s=0.001),
            )
        )

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        written = super().put_all(changes)
        self.carry()
        return written

    def lose(self, number: int) -> None:
        """Lose all changes after so many events, as a fail-over does; the archive keeps its own."""
        lost = [event for _, event in self._events[number:] if isinstance(event, AlertEvent)]
        del self._events[number:]
        for gone in lost:
            self._alerts.pop(gone.alert.id, None)
        for _, event in self._events:
            if isinstance(event, AlertEvent):
                self._alerts[event.alert.id] = event.alert

    def append(self, act: Act, alert: Alert) -> str:
        event_id = super().append(act, alert)
        self.carry()
        return event_id

    def break_database(self) -> None:
        """Put something that is no database in the place of the file."""
        file = self._folder / FILE
        broken = file.with_name("broken")
        broken.write_bytes(b"no database" * 1000)
        broken.replace(file)
        for other in file.parent.glob(f"{file.name}-*"):
            other.unlink()
        # Last: a connection that another thread opens before would go on in the removed file.
        self.database.close()

    def carry(self, now: float = 0.0) -> None:
        """Let the archive catch up."""
        self._carrier.step(now)
