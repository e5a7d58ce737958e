import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.access import FAST
from support.archives import ArchivedAlerts
from support.waiting import eventually

from service.access.changes import add_user
from service.access.passwords import Passwords
from service.access.people import User
from service.access.ports import Author
from service.config.load import load
from service.roles import access
from tracker.memory_telemetry import InMemoryTelemetry

BY = Author(name="user 0", origin="command line", at=1.0)
ANNA = User(
    name="anna", role="admin", cameras=None, password="hash", created_at=1.0, password_at=1.0
)


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[ArchivedAlerts]:
    """What holds the archive's database."""
    one = ArchivedAlerts([], telemetry=InMemoryTelemetry(), folder=tmp_path, clock=lambda: 1.0)
    yield one
    one.database.close()


def built(
    alerts: ArchivedAlerts, monkeypatch: pytest.MonkeyPatch, **settings: object
) -> tuple[access.SiteAccess, Any]:
    """Return who is who as the role builds it, and the archive beside it."""
    monkeypatch.setattr(access, "Passwords", lambda: Passwords(FAST))
    archive: Any = SimpleNamespace(database=alerts.database, audit=SimpleNamespace(flush=int))
    return access.build_access(load(None, settings), archive), archive


def test_the_start_tells_how_to_begin(
    alerts: ArchivedAlerts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is logged while nobody can sign in and it takes one; not before, not after."""
    caplog.set_level(logging.INFO)
    with_key, _ = built(alerts, monkeypatch, api_key="correct-horse")
    access.tell_how_to_begin(with_key)
    unread = caplog.text
    access.follow(with_key.directory)
    access.tell_how_to_begin(with_key)
    token = with_key.people.setup_token()
    told = caplog.text
    caplog.clear()
    is_open, _ = built(alerts, monkeypatch)
    access.follow(is_open.directory)
    access.tell_how_to_begin(is_open)
    with_key.people.change(add_user(ANNA), BY)
    access.follow(with_key.directory)
    access.tell_how_to_begin(with_key)

    assert unread == ""
    assert token in told
    assert "posewarden users add" in told
    assert caplog.text == ""


def test_changes_are_followed_until_stopped(
    alerts: ArchivedAlerts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What another process changes is known soon; a database that is away is logged once."""
    monkeypatch.setattr(access, "LOOK_EVERY_S", 0.01)
    one, archive = built(alerts, monkeypatch)
    stop = threading.Event()
    thread = threading.Thread(target=access.follow_people, args=(one, archive, stop))
    thread.start()
    try:
        one.people.change(add_user(ANNA), BY)
        eventually(lambda: "anna" in one.directory.state.people.users, what="anna is known")
        alerts.break_database()
        eventually(lambda: caplog.messages, what="it is told")
    finally:
        stop.set()
        thread.join()

    assert caplog.messages == ["who may come in stays as it was read last"]
    assert "anna" in one.directory.state.people.users
