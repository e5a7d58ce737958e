"""Cameras answer WS-Discovery."""

import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from support.waiting import eventually

from tracker.sources.onvif_discovery import FoundCamera, discover, read_answer

ANSWER = """<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>
 <a:RelatesTo>{message}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>
 <d:Scopes>onvif://www.onvif.org/type/ptz onvif://www.onvif.org/name/Hall%20West
  onvif://www.onvif.org/hardware/IPC-B140</d:Scopes>
 <d:XAddrs>http://10.9.9.9/elsewhere http://{host}/onvif/device_service</d:XAddrs>
 </d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""


@pytest.fixture
def answering() -> Iterator[Callable[..., tuple[str, int]]]:
    """Start something that answers a question with these texts; return where."""
    started: list[tuple[threading.Thread, socket.socket]] = []

    def start(*answers: str) -> tuple[str, int]:
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asked.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                question, who = asked.recvfrom(65_535)
                if not question:
                    return
                (message,) = re.findall(rb"<w:MessageID>(.+)</w:MessageID>", question)
                for each in answers:
                    text = each.format(message=message.decode(), host="127.0.0.1")
                    asked.sendto(text.encode(), who)

        thread = threading.Thread(target=answer)
        thread.start()
        started.append((thread, asked))
        return asked.getsockname()  # type: ignore[no-any-return] # of IPv4

    yield start
    for thread, asked in started:
        asked.sendto(b"", asked.getsockname())  # ends it
        thread.join()
        asked.close()


def test_who_answers_is_found_once(answering: Callable[..., tuple[str, int]]) -> None:
    """With its name, hardware and own service; what is no answer to this question counts not."""
    strange = ANSWER.replace("{message}", "urn:uuid:another")
    group = answering(strange, "rubbish {message}", ANSWER, ANSWER)

    found = eventually(lambda: discover(0.2, group=group))

    service = "http://127.0.0.1/onvif/device_service"
    assert found == [FoundCamera("127.0.0.1", "Hall West", "IPC-B140", service)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><ProbeMatch>&b;</ProbeMatch>',
        b"<?xml version='1.0' encoding='nonsense'?><ProbeMatch/>",
        b"\xff" * 100,
        b"<a>" * 50_000,
    ],
)
def test_hostile_answers_are_nobodys(data: bytes) -> None:
    """They neither fail nor cost anything."""
    assert read_answer(data, "10.0.0.9") is None


def test_what_a_camera_says_is_shown_within_bounds() -> None:
    """No control characters, no long names, no service on another machine."""
    text = ANSWER.replace("Hall%20West", "%1b" + "x" * 500).format(message="m", host="10.0.0.8")

    found = read_answer(text.encode(), "10.0.0.9")

    assert found == FoundCamera("10.0.0.9", "x" * 64, "IPC-B140", "")
