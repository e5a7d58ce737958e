"""Finds the cameras of the local network by WS-Discovery, as ONVIF's cameras answer it.

One question goes to a multicast address through every interface; answers come within seconds. They
are untrusted: bounded in number and size, and read for three short texts.
"""

import socket
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

GROUP, PORT = "239.255.255.250", 3702
WITHIN_S = 3.0
MOST = 256
TEXT_CHARACTERS = 64
DATAGRAM_BYTES = 65_535
_SCOPE = "onvif://www.onvif.org/"
_QUESTION = """<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>
<w:MessageID>{message}</w:MessageID>
<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>
<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"""


@dataclass(frozen=True, slots=True, order=True)
class FoundCamera:
    """A camera that answered.

    Attributes:
        address: its IP address.
        name, hardware: what it says of itself; empty if nothing.
        service: address of its ONVIF service; empty if it names none at its own address.
    """

    address: str
    name: str = ""
    hardware: str = ""
    service: str = ""


def discover(
    within_s: float = WITHIN_S, *, group: tuple[str, int] = (GROUP, PORT)
) -> list[FoundCamera]:
    """Ask the local network and collect the answers for so long; sorted, each address once.

    Raises:
        OSError: this machine has no network.
    """
    message = f"urn:uuid:{uuid.uuid4()}"
    found: dict[str, FoundCamera] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        _ask(asking, _QUESTION.format(message=message).encode(), group)
        for data, address in _answers(asking, time.monotonic() + within_s):
            if message.encode() in data and len(found) < MOST:
                camera = read_answer(data, address)
                if camera is not None:
                    found[address] = camera
    return sorted(found.values())


def read_answer(data: bytes, address: str) -> FoundCamera | None:
    """Return who answered; None if this is no answer of a camera.

    Args:
        address: where it came from.
    """
    if b"<!" in data:  # neither comments nor definitions of entities belong into an answer
        return None
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 -- without entities, see above
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return None
    match = next((each for each in root.iter() if _local(each) == "ProbeMatch"), None)
    if match is None:
        return None
    texts = {_local(each): each.text or "" for each in match.iter()}
    scopes = texts.get("Scopes", "").split()
    return FoundCamera(
        address,
        _scope(scopes, "name"),
        _scope(scopes, "hardware"),
        _service(texts.get("XAddrs", "").split(), address),
    )


def _ask(asking: socket.socket, question: bytes, group: tuple[str, int]) -> None:
    """Send a question through every interface."""
    sent = False
    for index, _ in socket.if_nameindex():
        interface = struct.pack("=4s4si", bytes(4), bytes(4), index)  # ip_mreqn
        with suppress(OSError):  # an interface without multicast, or without an address
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
            asking.sendto(question, group)
            sent = True
    if not sent:
        raise OSError("no interface of this machine takes multicast")


def _answers(asking: socket.socket, end_s: float) -> Iterator[tuple[bytes, str]]:
    """Yield datagrams and where they came from, until the time is over."""
    while (left_s := end_s - time.monotonic()) > 0:
        asking.settimeout(left_s)
        try:
            data, (address, _) = asking.recvfrom(DATAGRAM_BYTES)
        except TimeoutError:
            return
        yield data, address


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _scope(scopes: list[str], name: str) -> str:
    prefix = f"{_SCOPE}{name}/"
    found = next((each for each in scopes if each.startswith(prefix)), "")
    text = unquote(found.removeprefix(prefix), errors="replace")
    return "".join(each for each in text if each.isprintable())[:TEXT_CHARACTERS].strip()


def _service(addresses: list[str], host: str) -> str:
    """Return the first address that leads to who answered: others are somebody else's."""
    for each in addresses:
        with suppress(ValueError):
            parts = urlsplit(each)
            if parts.scheme in ("http", "https") and parts.hostname == host and len(each) < 256:
                return each
    return ""
