"""`posewarden keys`: what programs prove themselves by, changed on the machine itself."""

import time
from collections.abc import Iterator

from service.access.changes import add_key, revoke_key
from service.access.credentials import digest_of, new_id, new_key
from service.access.people import ApiKey
from service.commands.people import Rights, change, date, here, read, seen
from service.config.settings import Settings


def add(settings: Settings, name: str, rights: Rights, days: float | None) -> str:
    """Make a key; return it, which nobody can do again.

    Raises:
        PeopleRefused: the name is taken or wrong.
        ArchiveUnavailable: the database does not answer.
    """
    author, secret = here(), new_key()
    key = ApiKey(
        id=new_id(),
        name=name.lower(),
        role=rights.role,
        cameras=None if rights.cameras is None else tuple(rights.cameras),
        digest=digest_of(secret),
        created_at=author.at,
        created_by=author.name,
        expires_at=None if days is None else author.at + days * 86_400,
    )
    change(settings, add_key(key), author)
    return secret


def list_keys(settings: Settings) -> Iterator[str]:
    """Yield a line for every key.

    Raises:
        ArchiveUnavailable: the database does not answer.
    """
    keys = sorted(read(settings).people.keys.values(), key=lambda key: key.name)
    for key in keys:
        rights = f"{key.id}  {key.name}  {key.role}  {seen(key.cameras)}"
        yield f"{rights}  {_end(key)}  by {key.created_by}, {date(key.created_at)}"
    if not keys:
        yield "there are no keys"


def revoke(settings: Settings, key_id: str) -> str:
    """End a key; return that it is done, as text.

    Raises:
        PeopleRefused: there is none of this id.
        ArchiveUnavailable: the database does not answer.
    """
    read(settings)  # raises where there is no archive
    change(settings, revoke_key(key_id), here())
    return f"key {key_id} opens nothing any more"


def _end(key: ApiKey) -> str:
    if key.expires_at is None:
        return "without an end"
    word = "until" if key.holds_at(time.time()) else "ended"
    return f"{word} {date(key.expires_at)}"
