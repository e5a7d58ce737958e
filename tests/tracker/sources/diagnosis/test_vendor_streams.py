"""The other streams of the same camera, by makers' address forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.sources.diagnosis.vendor_streams import siblings


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/Streaming/Channels/101", ["/Streaming/Channels/102", "/Streaming/Channels/103"]),
        ("/Streaming/Channels/1602/", ["/Streaming/Channels/1601/", "/Streaming/Channels/1603/"]),
        ("/h264/ch1/main/av_stream", ["/h264/ch1/sub/av_stream"]),
        (
            "/cam/realmonitor?channel=1&subtype=0",
            ["/cam/realmonitor?channel=1&subtype=1", "/cam/realmonitor?channel=1&subtype=2"],
        ),
        ("/h264Preview_01_main", ["/h264Preview_01_sub"]),
        ("/Preview_01_sub", ["/Preview_01_main"]),
        ("/unicast/c1/s0/live", ["/unicast/c1/s1/live", "/unicast/c1/s2/live"]),
        ("/media/video1", ["/media/video2", "/media/video3"]),
        ("/stream1", ["/stream2"]),
        ("/videoMain", ["/videoSub"]),
        (
            "/user=admin_password=x_channel=1_stream=0.sdp?real_stream",
            ["/user=admin_password=x_channel=1_stream=1.sdp?real_stream"],
        ),
        (
            "/onvif/profile2/media.smp",
            [f"/onvif/profile{number}/media.smp" for number in (1, 3, 4)],
        ),
        (
            "/axis-media/media.amp?videocodec=h264&resolution=640x480",
            [
                "/axis-media/media.amp?videocodec=h264&resolution=1280x720",
                "/axis-media/media.amp?videocodec=h264&resolution=640x360",
            ],
        ),
        (
            "/axis-media/media.amp",
            [f"/axis-media/media.amp?resolution={n}" for n in ("1280x720", "640x480", "640x360")],
        ),
        ("/live", []),
        ("", []),
    ],
)
def test_other_streams_of_known_makers(path: str, others: list[str]) -> None:
    """Only the stream's name changes: scheme, credentials, host and port stay."""
    server = "rtsp://me:stream1@camera:8554"

    found = siblings(server + path)

    assert found == [server + other for other in others]


@given(st.text(alphabet="rtsp:/@?&=streamvideo01Sub%#é \n", max_size=60))
def test_any_text_has_siblings_of_its_own_server(address: str) -> None:
    """Nothing fails, no address is its own sibling, and all begin with the same server."""
    found = siblings(address)

    server = "/".join(address.split("/")[:3]).split("?")[0].split("#")[0]
    assert address not in found
    assert all(other.startswith(server) for other in found)
