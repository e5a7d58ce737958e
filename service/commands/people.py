"""`posewarden users`: who may sign in, changed on the machine itself.

Whoever may read the archive's database may do this: it is how somebody who is locked out comes in
again. Processes that run know of it within a second.
"""

import getpass
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from service.access.changes import Edit, add_user, find_user, remove_user, set_password
from service.access.passwords import Passwords, check_password
from service.access.people import User
from service.access.ports import Author, PeopleState
from service.access.principal import Role
from service.adapters.database.connection import FILE, Database
from service.adapters.database.people import DatabasePeople
from service.adapters.database.site import archive_url
from service.commands.account import account
from service.config.settings import Settings
from tracker.errors import ConfigError

LONGEST_LINE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What somebody may do.

    Attributes:
        cameras: those that it sees; None: all.
    """

    role: Role
    cameras: Sequence[str] | None


def add(settings: Settings, name: str, rights: Rights, password: str) -> str:
    """Add somebody; return that it is done, as text.

    Raises:
        PeopleRefused: the name is taken or wrong, or the password too easily guessed.
        ArchiveUnavailable: the database does not answer.
    """
    name, author = name.lower(), here()
    check_password(password, name)
    user = User(
        name=name,
        role=rights.role,
        cameras=None if rights.cameras is None else tuple(rights.cameras),
        password=Passwords().keep(password),
        created_at=author.at,
        password_at=author.at,
    )
    change(settings, add_user(user), author)
    return f"{name} may sign in: {rights.role}, {seen(user.cameras)}"


def list_users(settings: Settings) -> Iterator[str]:
    """Yield a line for everybody who may sign in.

    Raises:
        ArchiveUnavailable: the database does not answer.
    """
    users = read(settings).people.users
    for name in sorted(users):
        user = users[name]
        yield f"{name}  {user.role}  {seen(user.cameras)}  since {date(user.created_at)}"
    if not users:
        yield "nobody may sign in"


def remove(settings: Settings, name: str) -> str:
    """Remove somebody; return that it is done, as text.

    Raises:
        PeopleRefused: nobody has the name, or it is the last admin.
        ArchiveUnavailable: the database does not answer.
    """
    find_user(read(settings).people, name)
    change(settings, remove_user(name), here())
    return f"{name} may not sign in any more; its sessions have ended"


def reset(settings: Settings, name: str, password: str) -> str:
    """Set somebody's password; return that it is done, as text.

    Raises:
        PeopleRefused: nobody has the name, or the password is too easily guessed.
        ArchiveUnavailable: the database does not answer.
    """
    find_user(read(settings).people, name)
    check_password(password, name)
    author = here()
    change(settings, set_password(name, Passwords().keep(password), author.at), author)
    return f"{name} has a new password; its sessions have ended"


def ask_password() -> str:
    """Return a password that somebody types twice, or the first line of a pipe.

    Never an argument: every list of processes would show it.

    Raises:
        ConfigError: the two differ, or nothing came.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
        if not line:
            raise ConfigError("no password came; write it as one line to standard input")
        return line
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        raise ConfigError("the two differ; nothing was changed")
    return password


def here() -> Author:
    """Return who works at this machine, for the audit log."""
    return Author(name=account(), origin="command line", at=time.time())


def change(settings: Settings, edit: Edit, author: Author) -> None:
    """Make a change of people in the site's archive, which is made where there is none.

    The first admin is added before the first start.

    Raises:
        PeopleRefused: by the edit.
        ArchiveUnavailable: the database does not answer.
    """
    with _opened(settings) as people:
        people.change(edit, author)


def read(settings: Settings) -> PeopleState:
    """Return who is who of the site.

    Raises:
        ConfigError: the data folder holds no archive.
        ArchiveUnavailable: the database does not answer.
    """
    # A misspelt folder must not become an empty archive in which nobody is found.
    if settings.archive.url is None and not (settings.data / FILE).is_file():
        raise ConfigError(f"--data {settings.data} holds no archive; name the folder of `up`")
    with _opened(settings) as people:
        return people.read()


@contextmanager
def _opened(settings: Settings) -> Iterator[DatabasePeople]:
    database = Database(archive_url(settings))
    try:
        yield DatabasePeople(database)
    finally:
        database.close()


def seen(cameras: Sequence[str] | None) -> str:
    """Return which cameras somebody sees, in words."""
    return "all cameras" if cameras is None else f"cameras {', '.join(cameras)}"


def date(at: float) -> str:
    """Return the day of a time, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
