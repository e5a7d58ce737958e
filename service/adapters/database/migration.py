"""Brings the archive's schema up to date; Alembic is loaded where it is not."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from service.adapters.database.tables import metadata
from tracker.errors import ArchiveUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0009"  # the last revision in that folder


def upgrade(connection: Connection, place: str) -> None:
    """Apply the steps that a database lacks.

    Args:
        place: names the database in the error.

    Raises:
        ArchiveUnavailable: a newer version wrote it.
    """
    if _revision(connection) == NEWEST:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=metadata)
    try:
        command.upgrade(config, "head")
    except CommandError as err:
        raise ArchiveUnavailable(
            f"the archive {place} has a schema that this version does not know; "
            "run the version that wrote it, or a newer one",
            reason="schema",
        ) from err


def _revision(connection: Connection) -> str | None:
    """Return what Alembic has noted in the database; None in an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
