"""What Apprise sends, and what is said of it."""

import base64
import sys
from typing import Any

import pytest
from support.messages import opened
from support.receiver import Receiver

from service.adapters.outputs.apprise import AppriseOutput
from service.config.outputs.apprise import AppriseSettings
from service.outputs.ports import NotDelivered
from tracker.errors import ConfigError


def output(url: str) -> AppriseOutput:
    """An output to a service that Apprise knows."""
    return AppriseOutput(AppriseSettings(name="any", type="apprise", url=url))


def test_title_text_links_and_figure_arrive() -> None:
    """By Apprise's plain JSON, which carries attachments."""
    with Receiver(status=200) as receiver:
        output(f"json://127.0.0.1:{receiver.port}/hook").send(opened())
        got: Any = receiver.received[0].json

    assert (got["title"], got["type"]) == ("Fall at gate", "failure")
    assert got["message"].splitlines()[:2] == ["Somebody fell.", "https://warden.example/#alert-a"]
    [figure] = got["attachments"]
    assert base64.b64decode(figure["base64"]).startswith(b"\x89PNG")


def test_the_token_in_the_url_is_never_shown() -> None:
    """Neither where the service refuses nor where Apprise knows no such one."""
    with Receiver(status=500) as receiver:
        address = f"json://user:tok3nvalue@127.0.0.1:{receiver.port}/s3cretpath"
        with pytest.raises(NotDelivered) as failed:
            output(address).send(opened())
    with pytest.raises(ConfigError) as unknown:
        output("nosuch://tok3nvalue")

    for error in (failed.value, unknown.value):
        assert "tok3nvalue" not in str(error)
        assert "s3cretpath" not in str(error)
    assert "500" in str(failed.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise is not part of every installation."""
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(ConfigError, match=r"posewarden\[notify\]"):
        output("json://localhost")
