"""Signs in passwords, placeholders and other tools' words are found before anything connects."""

import socket
import threading
from contextlib import closing

import pytest
from support.waiting import PATIENCE_S

from service.adapters.redis.connection import connect
from tracker.errors import ConfigError
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.diagnose import is_reachable
from tracker.sources.network_address import unescaped_sign, without_zone_escape
from tracker.sources.source_url import check_source, parse_source


@pytest.mark.parametrize("scheme", ["rtsp", "https", "redis", "rediss"])
@pytest.mark.parametrize("sign", "/?#[]")
@pytest.mark.parametrize("password", ["s3{}cret", "{}s3cret", "12{}s3cret"])
@pytest.mark.parametrize("host", ["10.0.0.7:554/x", "gate.example/x", "[fe80::1]:554/x"])
def test_a_sign_in_a_password_is_named_with_its_remedy(
    scheme: str, sign: str, password: str, host: str
) -> None:
    """The message says which sign to write how, and shows neither user nor password."""
    address = f"{scheme}://warden:{password.format(sign)}@{host}"

    with pytest.raises(ConfigError) as caught:
        (connect if scheme.startswith("redis") else check_source)(address)

    said = str(caught.value)
    assert f"has a {sign!r}" in said
    assert f"write it as %{ord(sign):02X}" in said
    assert "cret" not in said
    assert "warden" not in said


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://warden:p@ss@10.0.0.7/x",
        "rtsp://warden:50%off@10.0.0.7/x",
        "rtsp://warden:p%23%2F%3F%5B%5D%40%25@10.0.0.7/x",
        "rtsp://warden:p{w}d@10.0.0.7/x",
        "rtsp://cam:554/live@1",
        "rtsp://10.0.0.7:554/user@10.0.0.8/x",
        "http://cam:8080/video?user=me@example.com",
        "rtsp://gate/user=admin_password=_channel=1_stream=0.sdp?real_stream",
        "RTSP://gate/x",
        "rtsp://[fe80::1%25eth0]:554/x",
    ],
)
def test_what_is_no_fault_is_left_alone(address: str) -> None:
    """An `@` of a path or query, escaped signs and those without another meaning pass."""
    check_source(address)

    assert unescaped_sign(address) is None
    assert parse_source(address).place == address.replace("RTSP", "rtsp")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("rtsp://gate/x#backchannel=0", "what follows the # is no part of an address"),
        ("rtsp://gate/x#transport=udp", "write transport: udp"),
        ("rtsp://{FRIGATE_RTSP_USER}:{FRIGATE_RTSP_PASSWORD}@gate/x", "a placeholder"),
        ("rtsp://me:${CAM_PASSWORD}@gate/x", "a placeholder"),
        ("rtsp://me:{{ password }}@gate/x", "a placeholder"),
        ("rtsp://<user>:<password>@<ip>/x", "a placeholder"),
        ("ffmpeg:rtsp://gate/x", "ffmpeg: is another tool's; write the address"),
        ("rtspx://gate:7441/x", "write rtsps://"),
        ("exec:ffmpeg -i x", "let go2rtc or MediaMTX publish it"),
        ("onvif://me:s3cret@gate", "let go2rtc or MediaMTX publish it"),
    ],
)
def test_addresses_of_other_tools_are_told_apart(source: str, says: str) -> None:
    """What go2rtc and Frigate write beside an address gets a remedy instead of passing as good."""
    with pytest.raises(ConfigError, match=says) as caught:
        check_source(source)

    assert "s3cret" not in str(caught.value)


def test_an_ipv6_zone_is_understood_by_all() -> None:
    """`%25eth0` is the zone eth0, for our own connection as for FFmpeg's; no server hears of it."""
    address = Address.parse("rtsp://me:a%2525b@[fe80::1%25eth0]:8554/x%25y")

    assert (address.host, address.endpoint) == ("fe80::1%eth0", "[fe80::1%eth0]:8554")
    assert address.target == "rtsp://[fe80::1]:8554/x%25y"
    assert without_zone_escape("rtsp://me:a%2525b@[fe80::1%25eth0]:8554/x%25y[1%25]") == (
        "rtsp://me:a%2525b@[fe80::1%eth0]:8554/x%25y[1%25]"
    )


def test_a_camera_in_a_zone_is_reached() -> None:
    """A real connection goes through the zone."""
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")

    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")

    with closing(server):
        thread = threading.Thread(target=answer)
        thread.start()
        assert is_reachable(f"rtsp://[::1%251]:{server.getsockname()[1]}/x", PATIENCE_S)
        thread.join()
