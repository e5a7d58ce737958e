from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from service.adapters.database.connection import Database, sqlite_url
from service.adapters.database.migration import MIGRATIONS, NEWEST


def test_the_newest_migration_is_the_one_that_is_named() -> None:
    """A database at this number lacks no step."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_a_database_that_is_up_to_date_asks_nothing_of_alembic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its steps are applied once; whoever opens it later only reads its number."""
    applied: list[str] = []
    apply = command.upgrade
    monkeypatch.setattr(
        command, "upgrade", lambda config, to: (applied.append(to), apply(config, to))
    )

    for _ in range(2):
        database = Database(sqlite_url(tmp_path))
        database.check()
        database.close()

    assert applied == ["head"]
