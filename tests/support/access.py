"""Who is who of a service under test, over a real database, with passwords that hash fast."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

import httpx
from argon2 import PasswordHasher

from service.access.directory import Directory
from service.access.passwords import Passwords
from service.access.patient_audit import PatientAuditLog
from service.access.sign_in import SignIn, SignInDependencies
from service.access.throttle import SignInThrottle
from service.adapters.database.audit import DatabaseAuditLog, DatabaseAuditReader
from service.adapters.database.connection import Database
from service.adapters.database.people import DatabasePeople
from service.ports.telemetry import SiteTelemetry
from support.plain_http import PLAIN
from support.stores import Clock

PASSWORD = "the quick brown fox"
# argon2id at costs that fit tests, not people.
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Access(TypedDict):
    """What of ApiDependencies is about people."""

    directory: Directory
    people: DatabasePeople
    sign_in: SignIn
    passwords: Passwords
    audit: PatientAuditLog
    audit_reader: DatabaseAuditReader


def access_over(
    database: Database,
    directory: Directory | str | None,
    *,
    clock: Clock,
    telemetry: SiteTelemetry,
) -> Access:
    """Return who is who over a database.

    Args:
        directory: one of the test's own, or the site's key.
    """
    people, passwords = DatabasePeople(database), Passwords(FAST)
    if not isinstance(directory, Directory):
        directory = Directory(directory, people, clock=clock)
        directory.refresh()
    audit = PatientAuditLog(DatabaseAuditLog(database), telemetry=telemetry)
    sign_in = SignIn(
        SignInDependencies(
            directory=directory,
            store=people,
            passwords=passwords,
            throttle=SignInThrottle(),
            audit=audit,
            clock=clock,
        )
    )
    return Access(
        directory=directory,
        people=people,
        sign_in=sign_in,
        passwords=passwords,
        audit=audit,
        audit_reader=DatabaseAuditReader(database),
    )


@contextmanager
def signed_in(http: httpx.Client, name: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """Sign in; give a client as our page is one: with the cookie, and the token in each change.

    Args:
        http: of the service; its own cookies stay as they are.
    """
    with _browser(http, "/session", name, password) as client:
        yield client


@contextmanager
def set_up(http: httpx.Client, name: str = "anna") -> Iterator[httpx.Client]:
    """Make the first admin; give its client, signed in."""
    with _browser(http, "/setup", name, PASSWORD) as client:
        yield client


@contextmanager
def _browser(http: httpx.Client, path: str, name: str, password: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=http.base_url, timeout=http.timeout, verify=PLAIN) as client:
        answer = client.post(path, json={"name": name, "password": password})
        assert answer.is_success, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client
