"""What the end-to-end tests share: the default model, and messages held to their schema."""

from pathlib import Path
from typing import Any

import pytest
from support.message_check import check_message

from export.bench.site.service import RunningService
from service.config.load import load


@pytest.fixture(autouse=True)
def model() -> Path:
    """The model that a site runs by default."""
    path = load(None).model_path
    if not path.is_file():
        pytest.skip(f"no bundled model {path.name}")
    return path


@pytest.fixture(autouse=True)
def messages_are_as_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every alert message that a site sends to the JSON Schema that the service serves."""
    leave = RunningService.__exit__

    def leave_checked(service: RunningService, *why: Any) -> None:
        leave(service, *why)
        for message in service.received:
            check_message(message.event)

    monkeypatch.setattr(RunningService, "__exit__", leave_checked)
