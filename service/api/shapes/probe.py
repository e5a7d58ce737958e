"""Shapes of probing a source, and of searching the network for cameras."""

from typing import Annotated

import msgspec

from tracker.sources.diagnosis.diagnosis import Transport


class ProbeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to probe: a source, or a camera of the site by its stored address.

    Attributes:
        source: as in the site's file.
        transport: of RTSP: `auto` takes TCP, and UDP where the camera refuses TCP.
    """

    source: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    camera: str | None = None
    transport: Transport = "auto"


class ProbedSource(msgspec.Struct, frozen=True):
    """What a source delivered.

    Attributes:
        address: without user and password.
        kind: stream, device, file or poses.
        reason: why it delivers nothing; `open` when it delivers pictures or poses.
        text: the same as a sentence with the remedy; of an open source, a remark.
        nominal_fps: what the source says of itself.
        first_frame_s: from the beginning until the first picture was there.
        jitter_ms: standard deviation of the time between two frames.
    """

    address: str
    kind: str
    reason: str
    text: str = ""
    codec: str | None = None
    width_px: int = 0
    height_px: int = 0
    frames: int = 0
    fps: float | None = None
    nominal_fps: float | None = None
    first_frame_s: float | None = None
    jitter_ms: float | None = None


class ProbeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a source and its substreams delivered.

    Attributes:
        substreams: other streams of the same camera.
        recommended: the smallest picture with enough lines; None without a choice.
    """

    source: ProbedSource
    substreams: list[ProbedSource] = []
    recommended: str | None = None


class DiscoveredCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera that answered in the local network.

    Attributes:
        name, hardware: what it says of itself; empty if nothing.
        service: address of its ONVIF service.
        camera: the camera of the site that has its address; None: none yet.
    """

    address: str
    name: str
    hardware: str
    service: str
    camera: str | None
