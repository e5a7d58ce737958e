"""What ntfy gets, as its documentation describes publishing."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.messages import acknowledged, opened, system
from support.receiver import Receiver

from service.adapters.outputs.ntfy import Ntfy
from service.config.outputs.ntfy import NtfySettings


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A server that takes messages."""
    with Receiver(status=200) as receiver:
        yield receiver


def topic(server: Receiver, **more: Any) -> Ntfy:
    """An output to a topic of the server."""
    settings = {
        "name": "phone",
        "type": "ntfy",
        "url": f"http://127.0.0.1:{server.port}",
        "topic": "warden-x7",
        "allow_local": True,
    }
    return Ntfy(NtfySettings.model_validate(settings | more))


def test_the_figure_is_attached(server: Receiver) -> None:
    """The body is the PNG; title, text, priority, links and actions are headers."""
    topic(server, token="tk_secret").send(opened())
    [got] = server.received

    assert (got.method, got.path) == ("PUT", "/warden-x7")
    assert got.body.startswith(b"\x89PNG")
    wanted = {
        "x-title": "Fall at gate",
        "x-message": "Somebody fell.",
        "x-filename": "figure.png",
        "x-priority": "5",
        "x-tags": "rotating_light",
        "x-sequence-id": "a",
        "x-click": "https://warden.example/#alert-a",
        "authorization": "Bearer tk_secret",
    }
    assert {name: got.headers[name] for name in wanted} == wanted
    assert got.headers["x-actions"].split("; ") == [
        'view, "Acknowledge", https://warden.example/links/t1, clear=true',
        'view, "Snooze 1 h", https://warden.example/links/t2, clear=true',
        'view, "Not an alarm", https://warden.example/links/t3, clear=true',
    ]


def test_without_a_picture_the_body_is_the_text(server: Receiver) -> None:
    """Where there is none, or none is wanted."""
    topic(server, picture=False).send(opened())
    topic(server).send(system())

    assert [(got.method, got.body) for got in server.received] == [
        ("POST", b"Somebody fell."),
        ("POST", b"no answer; look at its cable"),
    ]
    assert [got.headers["x-priority"] for got in server.received] == ["5", "4"]
    assert "x-filename" not in server.received[0].headers


@pytest.mark.parametrize("status", [400, 413])
def test_a_server_without_attachments_gets_the_text(server: Receiver, status: int) -> None:
    """It answers 400 where it keeps none, and 413 where it has no room: the alert must arrive."""
    server.answer = lambda got: (status if got.method == "PUT" else 200, {})

    answer = topic(server).send(opened())

    assert answer.text.startswith("200")
    assert [(got.method, got.headers["x-title"]) for got in server.received] == [
        ("PUT", "Fall at gate"),
        ("POST", "Fall at gate"),
    ]
    assert server.received[1].body == b"Somebody fell."


def test_a_long_title_is_cut(server: Receiver) -> None:
    """The server refuses titles of over 1 KB."""
    topic(server, picture=False).send(replace(opened(), title="넘" * 1000))

    title = _decoded(server.received[0].headers["x-title"])
    assert title == "넘" * 333


def test_other_scripts_and_lines_survive_the_headers(server: Receiver) -> None:
    """Encoded as RFC 2047 has it; the text's lines as ntfy reads them from a header."""
    korean = replace(opened(), title="넘어짐 · 정문\r\nX-Evil: 1", text="첫째 줄\n둘째 줄")
    topic(server).send(korean)
    [got] = server.received

    assert _decoded(got.headers["x-title"]) == "넘어짐 · 정문 X-Evil: 1"
    assert _decoded(got.headers["x-message"]) == "첫째 줄\\n둘째 줄"
    assert "x-evil" not in got.headers


def test_what_is_over_is_quiet(server: Receiver) -> None:
    """Acts of others wake nobody."""
    topic(server).send(acknowledged())

    assert server.received[0].headers["x-priority"] == "2"


def _decoded(word: str) -> str:
    assert word.startswith("=?UTF-8?B?")
    return b64decode(word[10:-2]).decode()
