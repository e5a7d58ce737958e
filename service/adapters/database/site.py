"""Where a site's archive is, and whether people were ever made in it."""

from sqlalchemy import URL, inspect

from service.adapters.database.connection import FILE, Database, postgresql_url, sqlite_url
from service.adapters.database.people import people_version
from service.adapters.database.tables import meta
from service.config.settings import Settings
from service.config.storage_settings import ArchiveSettings
from tracker.errors import ArchiveUnavailable


def archive_url(settings: Settings) -> URL:
    """Return where the archive is.

    Raises:
        ConfigError: archive.url is not an address of PostgreSQL.
    """
    address = archive_address(settings.archive)
    return sqlite_url(settings.data) if address is None else address


def has_people(settings: Settings) -> bool | None:
    """Tell whether a user or key was ever made; None while the database does not answer.

    Raises:
        ConfigError: archive.url is not an address of PostgreSQL.
    """
    url = archive_url(settings)
    if settings.archive.url is None and not (settings.data / FILE).is_file():
        return False
    database = Database(url)
    try:
        with database.as_it_is() as connection:
            # Whoever only looks at the configuration must not change the schema.
            return inspect(connection).has_table(meta.name) and people_version(connection) > 0
    except ArchiveUnavailable:
        return None
    finally:
        database.close()


def archive_address(archive: ArchiveSettings) -> URL | None:
    """Return the archive's address with its password; None where it is a file under `data`.

    Raises:
        ConfigError: archive.url is not an address of PostgreSQL.
    """
    if archive.url is None:
        return None
    url = postgresql_url(archive.url.get_secret_value())
    if archive.password is None or url.password is not None:
        return url
    return url.set(password=archive.password.get_secret_value())
