"""In whose name commands act."""

import os
import pwd

import pytest

from service.commands.account import account


def test_it_is_the_logins_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not its number, which nobody knows; in a container without a name it is the number."""
    name = pwd.getpwuid(os.getuid()).pw_name
    assert account() == f"user {name}"

    monkeypatch.setattr(os, "getuid", lambda: 987_654)
    assert account() == "user 987654"
