from pathlib import Path

import pytest

from service.access.changes import add_user
from service.access.people import User
from service.access.ports import Author
from service.adapters.database.connection import FILE, Database
from service.adapters.database.people import DatabasePeople
from service.adapters.database.site import archive_url, has_people
from service.config.load import load

ANNA = User(
    name="anna", role="admin", cameras=None, password="hash", created_at=1.0, password_at=1.0
)


def test_a_folder_without_an_archive_has_nobody(tmp_path: Path) -> None:
    """It is not made by looking."""
    settings = load(None, {"data": tmp_path})

    assert has_people(settings) is False
    assert not (tmp_path / FILE).exists()


def test_people_are_found_without_changing_the_schema(tmp_path: Path) -> None:
    """An archive of an older version is looked at as it is; one with people has some."""
    settings = load(None, {"data": tmp_path})
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).touch()
    empty = has_people(settings)
    left_alone = (tmp_path / FILE).stat().st_size
    database = Database(archive_url(settings))
    author = Author(name="user 0", origin="command line", at=1.0)
    DatabasePeople(database).change(add_user(ANNA), author)
    database.close()

    assert (empty, has_people(settings)) == (False, True)
    assert left_alone <= 4096  # SQLite's own header, no tables


def test_a_database_that_does_not_answer_says_nothing(tmp_path: Path) -> None:
    """Neither that there are people, nor that there are none."""
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_bytes(b"no database" * 1000)

    assert has_people(load(None, {"data": tmp_path})) is None


@pytest.mark.parametrize("password", [None, "secret"])
def test_the_password_goes_into_the_address(password: str | None) -> None:
    """`archive.password` counts where the url has none."""
    given = {"url": "postgresql://warden@host:5432/alerts"}
    settings = load(None, {"archive": given | ({} if password is None else {"password": password})})

    assert archive_url(settings).password == password
