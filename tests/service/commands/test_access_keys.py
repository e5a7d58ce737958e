import time
from pathlib import Path

import pytest

from service.access.directory import Directory
from service.adapters.database.connection import Database, sqlite_url
from service.adapters.database.people import DatabasePeople
from service.cli import main


def test_keys_are_made_listed_and_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`add` prints the key alone, for scripts; `list` shows what it may do, not what it is."""
    data = ["--data", str(tmp_path)]
    assert main(["keys", "add", "prometheus", *data]) == 0
    key = capsys.readouterr().out.strip()
    assert main(["keys", "add", "frigate", "--camera", "gate", "--days", "30", *data]) == 0
    capsys.readouterr()
    assert main(["keys", "list", *data]) == 0
    listed = capsys.readouterr().out
    directory = Directory(None, DatabasePeople(Database(sqlite_url(tmp_path))), clock=time.time)
    directory.refresh()
    known = directory.by_key(key)

    assert known is not None
    assert (known.principal.name, known.principal.role) == ("prometheus", "viewer")
    assert key not in listed
    assert "frigate  viewer  cameras gate  until 20" in listed
    assert "prometheus  viewer  all cameras  without an end" in listed

    key_id = next(line.split()[0] for line in listed.splitlines() if "prometheus" in line)
    assert main(["keys", "revoke", key_id, *data]) == 0
    directory.refresh()
    assert directory.by_key(key) is None
    assert directory.still(known) is None


@pytest.mark.parametrize("days", ["0", "-1", "nan", "1e9"])
def test_an_end_lies_ahead(days: str) -> None:
    """A number of days that ends nothing, or never, is refused with the bounds."""
    with pytest.raises(SystemExit):
        main(["keys", "add", "x", f"--days={days}"])
