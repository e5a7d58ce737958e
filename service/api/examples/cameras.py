"""Examples of cameras, what is drawn on their pictures, and probes."""

from collections.abc import Mapping

from service.api.camera_bodies import CameraChanges, ExpectedVersion, NewCamera
from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.cameras import Background, CameraDetail, CameraInfo, UsualScores
from service.api.shapes.probe import DiscoveredCamera, ProbeBody, ProbedSource, ProbeReport
from service.api.shapes.zones import PreviewAnswer, ShownZone, TracesAnswer, ZonesBody, ZonesDetail

_ZONE = ShownZone(
    name="till",
    kind="zone",
    polygon=[(0.4, 0.6), (0.7, 0.6), (0.7, 1.0), (0.4, 1.0)],
    dwell_s=120.0,
)
_CAMERA = CameraInfo(
    name="gate",
    state="live",
    fps=14.8,
    source_fps=15.0,
    priority=1,
    overloaded=False,
    last_frame_at=AT,
    reconnects=0,
    reason=None,
    notes=(),
    threshold=2.3,
    usual=UsualScores(scores=5120, mean=0.61, spread=0.34),
    watched=True,
)
CAMERA_EXAMPLES: Mapping[Shape, object] = {
    Background: Background(tag="9f3c51d07a2be644", width_px=1600, height_px=900),
    CameraChanges: {"threshold": 2.6, "expected": 7},
    CameraDetail: CameraDetail(
        name="gate",
        origin="api",
        version=7,
        settings={"source": "rtsp://***@10.0.0.7/stream", "stride": 3, "paused": False},
    ),
    ExpectedVersion: ExpectedVersion(expected=7),
    list[CameraInfo]: [_CAMERA],
    list[DiscoveredCamera]: [
        DiscoveredCamera(
            address="10.0.0.9",
            name="Hall",
            hardware="IPC-B140",
            service="http://10.0.0.9/onvif/device_service",
            camera=None,
        )
    ],
    ProbeBody: ProbeBody(source="rtsp://user:password@10.0.0.7/stream"),
    ProbeReport: ProbeReport(
        source=ProbedSource(
            "rtsp://***@10.0.0.7/stream", "stream", "open", "", "H.264", 1920, 1080, 45, 15.0, 15.0
        )
    ),
    NewCamera: {"name": "gate", "source": "rtsp://user:password@10.0.0.7/stream"},
    ZonesBody: ZonesBody(zones=[_ZONE], min_height_px=40.0, expected=7),
    ZonesDetail: ZonesDetail(camera="gate", zones=[_ZONE], min_height_px=40.0, version=8),
    PreviewAnswer: PreviewAnswer(
        alerts=41, removed=17, unsure=2, ids=("3f9a1c07b2",), complete=True
    ),
    TracesAnswer: TracesAnswer(
        since=AT - 3600.0,
        width_px=1280,
        height_px=720,
        points=[(0.412, 0.834)],
        skeletons=[[(0.4, 0.8, 0.9)] * 17],
    ),
}
