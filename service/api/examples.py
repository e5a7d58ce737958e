"""An example of each body and answer, for the OpenAPI document; mypy and a test hold them valid."""

from collections.abc import Mapping
from typing import Any

from inference.provider_choice import BatchChoice
from inference.types import Act, Explanation, ExplanationFacts, KindScore
from service.api.access_examples import ACCESS_EXAMPLES
from service.api.calibration_examples import CALIBRATION_EXAMPLES
from service.api.camera_bodies import CameraChanges, ExpectedVersion, NewCamera
from service.api.description import Shape
from service.api.output_examples import OUTPUT_EXAMPLES
from service.api.scene_examples import SCENE_EXAMPLES
from service.api.shapes.about import ABOUT_EXAMPLES
from service.api.shapes.acts import ActDone, NoteBody, VerdictBody
from service.api.shapes.alerts import (
    AlertDetail,
    AlertPage,
    AlertScores,
    HeldScore,
    ListedAlert,
    ScorePoint,
)
from service.api.shapes.arming import (
    ArmedBody,
    ArmedInfo,
    ArmingBlock,
    ArmingBody,
    ArmingChange,
    ArmingEntry,
    ArmingHoliday,
    ArmingInfo,
    ArmingMode,
    ModeBody,
)
from service.api.shapes.cameras import Background, CameraDetail, CameraInfo, UsualScores
from service.api.shapes.models import MODEL_EXAMPLES
from service.api.shapes.near_misses import NEAR_EXAMPLES
from service.api.shapes.poses import Body, EpisodeFrame, EpisodePerson, EpisodePoses
from service.api.shapes.probe import DiscoveredCamera, ProbeBody, ProbedSource, ProbeReport
from service.api.shapes.readiness import Alive, ArchiveState, Readiness, WorkerInfo
from service.api.shapes.scores import (
    ModelInfo,
    PeopleScoreRequest,
    PeopleScores,
    PersonPoses,
    ScoreRequest,
    ScoreResponse,
    ShownKind,
    WindowScore,
)
from service.api.shapes.snoozes import ListedSnooze, SnoozeBody
from service.api.shapes.zones import PreviewAnswer, ShownZone, TracesAnswer, ZonesBody, ZonesDetail
from service.canary_ports import CanaryShowing
from service.system_events import SystemEvent

_AT = 1_796_000_000.0
_HASH = "3f1a" * 16
# Somebody who stands, 17 × (x_px, y_px, confidence).
_BODY: Body = [
    (320.0, 110.0, 0.97),
    (326.0, 104.0, 0.96),
    (314.0, 104.0, 0.96),
    (333.0, 107.0, 0.91),
    (307.0, 107.0, 0.92),
    (345.0, 150.0, 0.98),
    (295.0, 150.0, 0.98),
    (352.0, 200.0, 0.95),
    (288.0, 200.0, 0.95),
    (355.0, 245.0, 0.93),
    (285.0, 245.0, 0.92),
    (337.0, 255.0, 0.98),
    (303.0, 255.0, 0.98),
    (338.0, 335.0, 0.96),
    (302.0, 335.0, 0.96),
    (339.0, 410.0, 0.94),
    (301.0, 410.0, 0.94),
]
_MODEL = ModelInfo(
    hash=_HASH, name="site", frames=24, fps=24.0, provider="CPUExecutionProvider", threshold=2.3
)
_CHOICES = (BatchChoice(windows=16, provider="CPUExecutionProvider", seconds={"cpu": 0.011}),)
_ALERT: dict[str, Any] = {
    "id": "5b0c8e9f6a7d4c21",
    "camera": "gate",
    "person": "gate/1f0e9d/7",
    "state": "closed",
    "opened_at": _AT,
    "updated_at": _AT + 6.4,
    "closed_at": _AT + 6.4,
    "peak_score": 3.1,
    "peak_at": _AT + 0.9,
    "threshold": 1.0,
    "joints": ("left_knee", "right_hip"),
    "model": _HASH,
    "version": 3,
    "kind": "fall",
    "kinds": (KindScore(kind="fall", peak_score=3.1, peak_at=_AT + 0.9, threshold=1.0),),
    "reason": "fell within 0.6 s",
    "rarity_hours": 31.0,
    "severity": "critical",
    "explanation": Explanation(
        code="fall",
        parameters=ExplanationFacts(at=_AT + 0.9, within_s=0.6, here_h=336.0, ordinary_h=31.0),
    ),
    "acknowledged_at": _AT + 20.0,
    "acknowledged_by": "API key",
    "verdict": "true",
    "verdict_by": "API key",
    "notes": 1,
}
_ACT = Act(id="9d5e3c", at=_AT + 30.0, author="API key", type="verdict", verdict="true")
_ZONE = ShownZone(
    name="till",
    kind="zone",
    polygon=[(0.4, 0.6), (0.7, 0.6), (0.7, 1.0), (0.4, 1.0)],
    dwell_s=120.0,
)
_SNOOZE = ListedSnooze(
    id="0b8e6f3c",
    camera="gate",
    kind="movement",
    until=_AT + 7200.0,
    reason="painters",
    author="API key",
    created_at=_AT,
    active=True,
    hidden=4,
)
_SYSTEM_EVENT = SystemEvent(
    id="77e0c1d2a3b4f5e6",
    type="no-worker",
    camera=None,
    state="raised",
    at=_AT,
    reason="no worker is alive: windows are not scored",
    remedy="start a worker: posewarden worker --config site.yaml",
)
_SHOWING = CanaryShowing(
    process="camera-1-3f9a2c",
    path="yolox",
    state="failed",
    at=_AT,
    stage="detect",
    reason="somebody was found in 0 of 20 pictures searched",
    remedy="restart the camera role; if it fails again, fetch the weights anew and look at the "
    "machine's memory: its cameras may see nobody",
    failures=1,
    passed_at=_AT - 3600.0,
    worked_s=2.4,
)
_PLAN: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "modes": {
        "away": ArmingMode(),
        "home": ArmingMode(armed=False),
        "night": ArmingMode(cameras=("gate",), kinds=("fall", "fight")),
    },
    "otherwise": "away",
    "calendar": (ArmingEntry(mode="night", rule="FREQ=DAILY", start="22:00", end="06:00"),),
    "holidays": (ArmingHoliday(date="2026-12-25", mode="away"),),
}
_ARMING = ArmingInfo(
    **_PLAN,
    mode="home",
    chosen="home",
    until=_AT + 3600.0,
    by="guard",
    since=_AT,
    next=ArmingChange(at=_AT + 3600.0, mode="night"),
    origin="api",
)
_CAMERA = CameraInfo(
    name="gate",
    state="live",
    fps=14.8,
    source_fps=15.0,
    priority=1,
    overloaded=False,
    last_frame_at=_AT,
    reconnects=0,
    reason=None,
    notes=(),
    threshold=2.3,
    usual=UsualScores(scores=5120, mean=0.61, spread=0.34),
)
_SCORES = ScoreResponse(
    score=0.42,
    threshold=2.3,
    anomalous=False,
    rarity_hours=0.01,
    windows=[WindowScore(start_frame=0, end_frame=12, score=0.42)],
    model=_MODEL,
    kinds=[ShownKind(kind="fall", score=0.0, frame=0, seen=False)],
)
EXAMPLES: Mapping[Shape, object] = {
    ActDone: ActDone(event_id="1796000030000-0", alert="5b0c8e9f6a7d4c21", act=_ACT),
    AlertDetail: AlertDetail(
        **_ALERT, acts=(_ACT,), fps=24.0, poses=[_BODY], joint_map=[[0.1] * 18]
    ),
    AlertScores: AlertScores(
        alert="5b0c8e9f6a7d4c21",
        points=[
            ScorePoint(at=_AT + 0.1, score=1.84, threshold=2.1),
            ScorePoint(at=_AT + 0.2, score=2.37, threshold=2.1),
        ],
        held=[HeldScore(kind="fall", since=_AT, until=_AT + 9.9, score=1.4, threshold=1.0)],
    ),
    AlertPage: AlertPage(alerts=[ListedAlert(**_ALERT)], next="MTc5NjAwMDAwMA"),
    Alive: Alive(),
    ArmingBody: ArmingBody(**_PLAN),
    ArmingInfo: _ARMING,
    EpisodePoses: EpisodePoses(
        alert="5b0c8e9f6a7d4c21",
        camera="gate",
        person=7,
        width_px=640,
        height_px=480,
        done=True,
        complete=True,
        thinned_from=None,
        frames=[EpisodeFrame(at=_AT, people=[EpisodePerson(number=7, joints=_BODY)])],
    ),
    dict[str, Any]: {"$schema": "https://json-schema.org/draft/2020-12/schema"},
    list[ArmingBlock]: [
        ArmingBlock(begin=_AT, end=_AT + 28_800.0, mode="night"),
        ArmingBlock(begin=_AT + 28_800.0, end=_AT + 86_400.0, mode="away"),
    ],
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
    list[ListedSnooze]: [_SNOOZE],
    list[SystemEvent]: [_SYSTEM_EVENT],
    list[CanaryShowing]: [_SHOWING],
    ListedSnooze: _SNOOZE,
    ArmedBody: ArmedBody(armed=False),
    ArmedInfo: ArmedInfo(armed=False, by_hand=False),
    ZonesBody: ZonesBody(zones=[_ZONE], min_height_px=40.0, expected=7),
    ZonesDetail: ZonesDetail(camera="gate", zones=[_ZONE], min_height_px=40.0, version=8),
    PreviewAnswer: PreviewAnswer(
        alerts=41, removed=17, unsure=2, ids=("3f9a1c07b2",), complete=True
    ),
    TracesAnswer: TracesAnswer(
        since=_AT - 3600.0,
        width_px=1280,
        height_px=720,
        points=[(0.412, 0.834)],
        skeletons=[[(0.4, 0.8, 0.9)] * 17],
    ),
    ModeBody: ModeBody(mode="home", until=_AT + 3600.0),
    NoteBody: NoteBody(text="a delivery; the man stumbled over the step"),
    Readiness: Readiness(
        ready=True,
        reasons=[],
        redis=True,
        model=_MODEL,
        wanted_provider="auto",
        batches=_CHOICES,
        workers=[
            WorkerInfo(
                name="w1",
                model=_HASH,
                provider="CPUExecutionProvider",
                wanted="auto",
                batches=_CHOICES,
            )
        ],
        deciders=1,
        cameras={"gate": "live"},
        archive=ArchiveState(available=True, reason=None),
    ),
    ScoreRequest: ScoreRequest(poses=[_BODY] * 13, fps=12.0),
    PeopleScoreRequest: PeopleScoreRequest(people=[PersonPoses([_BODY] * 13)] * 2, fps=12.0),
    PeopleScores: PeopleScores(people=[_SCORES]),
    ScoreResponse: _SCORES,
    SnoozeBody: SnoozeBody(until=_AT + 7200.0, reason="painters", camera="gate", kind="movement"),
    VerdictBody: VerdictBody(verdict="false"),
    **ABOUT_EXAMPLES,
    **ACCESS_EXAMPLES,
    **OUTPUT_EXAMPLES,
    **CALIBRATION_EXAMPLES,
    **NEAR_EXAMPLES,
    **MODEL_EXAMPLES,
    **SCENE_EXAMPLES,
}
