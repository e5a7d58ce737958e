"""Connects to the archive's database: short time-outs, errors as ArchiveUnavailable."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pg8000.exceptions
from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from service.adapters.database.migration import upgrade
from service.adapters.database.tables import meta
from tracker.errors import ArchiveUnavailable, ConfigError

TIMEOUT_S = 5.0
LOCK_WAIT_S = 2.0
FILE = "archive/archive.db"
MIGRATION_LOCK = 0x706F7365  # any number that nobody else locks
TLS = {"disable", "require", "verify-full"}

# Classes of SQLSTATE: by their first letters, the longest that fits.
_REASONS = {
    "23": "conflict",  # a row that another process wrote
    "22": "unstorable",  # text or number that the database does not take
    "53": "full",  # resources: disk, memory, connections
    "55P03": "locked",
    "40": "conflict",  # serialization, deadlock
    "25006": "unreachable",  # a replica
    "08": "unreachable",
    "28": "unreachable",  # password
    "3D": "unreachable",  # no such database
    "42501": "unreachable",  # a role without rights
    "57": "unreachable",  # shutting down
    "XX": "damaged",
}
_SQLITE_REASONS = {
    "locked": "locked",
    "busy": "locked",
    "full": "full",
    "malformed": "damaged",
    "not a database": "damaged",
}


class Database:
    """One database of the archive; connects, and brings the schema up to date, at its first use.

    Args:
        url: SQLAlchemy's, of SQLite or PostgreSQL; see `sqlite_url` and `postgresql_url`.
        lock_wait_s: a call waits this long for what another one holds.

    Attributes:
        url: as given, with its password.
        engine: the pool of connections.
        is_file: it is SQLite's.
    """

    def __init__(self, url: URL, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
        self.url = url
        self.is_file = url.get_backend_name() == "sqlite"
        self._file = Path(url.database or "") if self.is_file else None
        self.engine = (_sqlite if self.is_file else _postgresql)(url, lock_wait_s)
        self._writing = (
            self.engine.execution_options(begin="BEGIN IMMEDIATE")
            if self.is_file
            else self.engine.execution_options(isolation_level="SERIALIZABLE")
        )
        self._ready = False
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return str(self._file) if self._file else self.engine.url.render_as_string()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the archive.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        self.migrate()
        with _used(self.engine) as connection:
            yield connection

    @contextmanager
    def as_it_is(self) -> Iterator[Connection]:
        """Give a connection to whatever schema there is, which is not brought up to date.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        with _used(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together, or not at all.

        Raises:
            ArchiveUnavailable: the database does not take them.
        """
        self.migrate()
        with _used(self._writing) as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema up to date, once.

        Raises:
            ArchiveUnavailable: the database does not answer, or a newer version wrote it.
        """
        if self._ready:
            return
        with self._lock:
            if self._file is not None:
                _make_folder(self._file.parent)
            # Not serializable on PostgreSQL: who waited there for another process's migration
            # would still see the schema as it was before.
            with _used(self._writing if self.is_file else self.engine) as connection:
                self._upgrade(connection)
            self._ready = True

    def check(self) -> None:
        """Read something.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        with self.reading() as connection:
            connection.execute(select(meta)).all()

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self.engine.dispose()

    def _upgrade(self, connection: Connection) -> None:
        if not self.is_file:  # SQLite's BEGIN IMMEDIATE keeps others out, too
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        upgrade(connection, self.place)
        if connection.execute(select(meta).where(meta.c.name == "id")).first() is None:
            connection.execute(insert(meta).values(name="id", value=uuid4().hex))


def sqlite_url(data: Path) -> URL:
    """Return the address of the archive under a data folder."""
    return URL.create("sqlite", database=str((data / FILE).absolute()))


def postgresql_url(address: str) -> URL:
    """Return the address of a PostgreSQL database.

    Raises:
        ConfigError: it is none.
    """
    try:
        url = make_url(address)
        if url.get_backend_name() != "postgresql" or not url.database:
            raise ArgumentError
        if set(url.query) - {"sslmode"} or url.query.get("sslmode", "disable") not in TLS:
            raise ArgumentError
    except (ArgumentError, ValueError):
        # The cause may contain a part of the password.
        raise ConfigError(
            "archive.url is not the address of a PostgreSQL database; write "
            "postgresql://user:password@host:5432/name, with ?sslmode=require or verify-full "
            "for TLS; without a url the archive is a file under data"
        ) from None
    return url.set(drivername="postgresql+pg8000")


@contextmanager
def _used(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            try:
                yield connection
            except (DBAPIError, OSError):
                connection.invalidate()  # nobody knows what it still holds
                raise
    except DBAPIError as err:
        raise _translated(err) from err
    except OSError as err:
        raise ArchiveUnavailable(f"the archive's database: {err}", reason="unreachable") from err


def _translated(err: DBAPIError) -> Exception:
    """Return the error as ours, what cannot be stored as ValueError, a bug as it is."""
    cause = err.orig
    if isinstance(cause, pg8000.exceptions.InterfaceError):
        return ArchiveUnavailable(f"the archive's database: {cause}", reason="unreachable")
    if isinstance(cause, pg8000.exceptions.DatabaseError):
        said: Any = cause.args[0] if cause.args else {}
        fields = said if isinstance(said, dict) else {}
        state, message = fields.get("C", ""), fields.get("M", str(cause))
        fitting = (reason for begin, reason in _REASONS.items() if state.startswith(begin))
        reason = next(fitting, None)
    else:
        message = str(cause)
        kind = type(cause).__name__
        if kind == "IntegrityError":
            return ArchiveUnavailable(f"the archive's database: {message}", reason="conflict")
        operational = kind in {"OperationalError", "DatabaseError"}
        fitting = (reason for word, reason in _SQLITE_REASONS.items() if word in message)
        reason = next(fitting, "unreachable") if operational else None
    if reason is None:
        return err
    if reason == "unstorable":
        return ValueError(f"the archive's database does not take it: {message}")
    return ArchiveUnavailable(f"the archive's database: {message}", reason=reason)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise ArchiveUnavailable(
            f"the archive's folder {folder} cannot be made: {err.strerror}", reason="unreachable"
        ) from err


def _sqlite(url: URL, lock_wait_s: float) -> Engine:
    options = {"timeout": lock_wait_s, "check_same_thread": False}
    engine = create_engine(url, connect_args=options)

    # Any: the driver's own connection.
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # transactions begin as `begin` says
        # A killed process loses nothing by NORMAL; a power cut the last moments, which Redis has.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-4096"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _postgresql(url: URL, lock_wait_s: float) -> Engine:
    tls = url.query.get("sslmode", "disable")
    context: ssl.SSLContext | None = None
    if tls != "disable":
        context = ssl.create_default_context()
        if tls == "require":  # as libpq: encrypted, whoever answers
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    options = {"timeout": TIMEOUT_S, "ssl_context": context, "application_name": "posewarden"}
    engine = create_engine(url.set(query={}), connect_args=options, pool_pre_ping=True)

    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {int(lock_wait_s * 1000)}")
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine
