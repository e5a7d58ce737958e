"""Builds who is who of the API role, and keeps it up to date."""

import logging
import threading
import time
from dataclasses import dataclass

from service.access.directory import Directory
from service.access.passwords import Passwords
from service.access.ports import AuditReader, PeopleStore
from service.access.sign_in import SignIn, SignInDependencies
from service.access.throttle import SignInThrottle
from service.adapters.database.audit import DatabaseAuditReader
from service.adapters.database.people import DatabasePeople
from service.config.settings import Settings
from service.roles.archive import SiteArchive
from service.roles.threads import repeat_until
from tracker.errors import ArchiveUnavailable

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAccess:
    """Who is who, and what changes it."""

    directory: Directory
    people: PeopleStore
    passwords: Passwords
    sign_in: SignIn
    audit_reader: AuditReader


def build_access(settings: Settings, archive: SiteArchive) -> SiteAccess:
    """Return who is who, over the archive's database."""
    people, passwords = DatabasePeople(archive.database), Passwords()
    directory = Directory(site_key(settings), people, clock=time.time)
    return SiteAccess(
        directory=directory,
        people=people,
        passwords=passwords,
        audit_reader=DatabaseAuditReader(archive.database),
        sign_in=SignIn(
            SignInDependencies(
                directory=directory,
                store=people,
                passwords=passwords,
                throttle=SignInThrottle(),
                audit=archive.audit,
                clock=time.time,
                session_s=settings.session_hours * 3600,
            )
        ),
    )


def site_key(settings: Settings) -> str | None:
    """Return the configured key; None where the site has none."""
    return None if settings.api_key is None else settings.api_key.get_secret_value()


def tell_how_to_begin(access: SiteAccess) -> None:
    """Log the token by which the first admin is made, while there is none and it takes one."""
    directory = access.directory
    try:
        if directory.is_open() or directory.state.people.users:
            return
        token = access.people.setup_token()
    except ArchiveUnavailable:
        return  # by `posewarden users add`, once the database answers
    log.info(
        "nobody can sign in with a password yet; make the first admin on the page, with the token "
        "%s, or by `posewarden users add NAME --role admin`",
        token,
    )


def follow_people(access: SiteAccess, archive: SiteArchive, stop: threading.Event) -> None:
    """Read who is who, and write audit entries that wait, every second until stopped."""
    away = False

    def step() -> None:
        nonlocal away
        reason = follow(access.directory)
        if reason is not None and not away:  # once, however often it is tried again
            log.warning("who may come in stays as it was read last", extra={"reason": reason})
        away = reason is not None
        archive.audit.flush()

    repeat_until(step, LOOK_EVERY_S, stop)


def follow(directory: Directory) -> str | None:
    """Read who is who again; return why not, while the database is away.

    What was read before holds meanwhile.
    """
    try:
        directory.refresh()
    except ArchiveUnavailable as err:
        return str(err)
    return None
