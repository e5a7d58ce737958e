import io
import sqlite3
from pathlib import Path

import pytest

from service.access.directory import Directory
from service.access.passwords import Passwords
from service.adapters.database.connection import FILE, Database, sqlite_url
from service.adapters.database.people import DatabasePeople
from service.cli import main

PASSWORD = "the quick brown fox"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What comes by a pipe to standard input."""
    given = io.StringIO()
    monkeypatch.setattr("sys.stdin", given)
    return given


def run(typed: io.StringIO, words: str, folder: Path, line: str = PASSWORD) -> int:
    """Run a command with one line on standard input."""
    typed.seek(0)
    typed.truncate()
    typed.write(f"{line}\n")
    typed.seek(0)
    return main([*words.split(), "--data", str(folder)])


def directory(folder: Path) -> Directory:
    """Who is who, as a service over the folder would know."""
    found = Directory(None, DatabasePeople(Database(sqlite_url(folder))))
    found.refresh()
    return found


def test_the_first_admin_is_added_before_the_first_start(
    tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a running service, by a password from a pipe; the site is not open any more."""
    assert run(typed, "users add Anna --role admin", tmp_path) == 0
    assert run(typed, "users add ben --role viewer --camera gate --camera yard", tmp_path) == 0
    assert run(typed, "users list", tmp_path) == 0

    told = capsys.readouterr().out
    assert "anna may sign in: admin, all cameras" in told
    assert "ben  viewer  cameras gate, yard  since 20" in told
    assert PASSWORD not in told
    people = directory(tmp_path).state.people
    assert Passwords().matches(PASSWORD, people.users["anna"].password)
    assert not directory(tmp_path).is_open()


def test_a_folder_that_no_site_ran_in_is_named(
    tmp_path: Path,
    typed: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever forgets `--data` reads where it was looked; the environment may say it once."""
    monkeypatch.chdir(tmp_path)
    assert run(typed, "users add anna --role admin", tmp_path / "site") == 0
    assert main(["keys", "list"]) in (0, 1)
    in_vain = capsys.readouterr().err
    monkeypatch.setenv("POSEWARDEN_DATA", str(tmp_path / "site"))
    assert main(["users", "list"]) == 0

    assert f"no site ran in {tmp_path}/data; name the data folder" in in_vain
    found = capsys.readouterr()
    assert "anna  admin" in found.out
    assert found.err == ""


def test_whoever_is_locked_out_is_let_in_on_the_machine(
    tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """`reset` sets a password; every change is in the audit log, by the machine's user."""
    run(typed, "users add anna --role admin", tmp_path)
    assert run(typed, "users reset anna", tmp_path, "nine blue windows") == 0
    assert run(typed, "users remove anna", tmp_path) == 1
    run(typed, "users add ben --role admin", tmp_path)
    assert run(typed, "users remove anna", tmp_path) == 0

    assert "anna is the last admin" in capsys.readouterr().err
    with sqlite3.connect(tmp_path / FILE) as archive:
        rows = archive.execute("SELECT author, origin, action, details FROM audit").fetchall()
    assert [row[2] for row in rows] == ["user.add", "user.password", "user.add", "user.remove"]
    assert {row[1] for row in rows} == {"command line"}
    assert all(row[0].startswith("user ") for row in rows)
    assert "argon2" not in str(rows)


@pytest.mark.parametrize(
    ("words", "line", "reason"),
    [
        ("users add anna", "short", "10 to 256 characters"),
        ("users add anna", "", "no password came"),
        ("users add an/na", PASSWORD, "a name has up to 64"),
        ("users add anna --role admin --camera gate", PASSWORD, "an admin sees all cameras"),
        ("users reset anna", PASSWORD, "holds no archive"),
        ("users remove anna", PASSWORD, "holds no archive"),
        ("keys revoke ab12", PASSWORD, "holds no archive"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path,
    typed: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    words: str,
    line: str,
    reason: str,
) -> None:
    """One sentence on stderr and status 1; a misspelt folder becomes no archive by that."""
    assert run(typed, words, tmp_path / "data", line) == 1

    assert reason in capsys.readouterr().err
    assert words.startswith("users add") or not (tmp_path / "data").exists()
