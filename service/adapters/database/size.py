"""How much room the archive takes."""

from sqlalchemy import func, select, text

from service.adapters.database.connection import Database
from service.adapters.database.tables import alerts


def archive_size(database: Database) -> tuple[int, float | None]:
    """Return the database's bytes, and when its oldest alert opened; None without any.

    Raises:
        ArchiveUnavailable: the database does not answer.
    """
    with database.reading() as connection:
        if database.is_file:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            size_bytes = pages * connection.execute(text("PRAGMA page_size")).scalar_one()
        else:
            asked = "SELECT pg_database_size(current_database())"
            size_bytes = connection.execute(text(asked)).scalar_one()
        oldest = connection.execute(select(func.min(alerts.c.opened_at))).scalar_one()
    return int(size_bytes), None if oldest is None else float(oldest)
