"""`bench events` decides what a running site decides."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag

import pytest
from support.alert_site import AlertSite
from support.event_clips import simulated_record

from export.bench.events.camera_side import build_camera_side, record_clip
from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import AlertSeen, LiveRule, Sent, kinds_of, play, send
from export.bench.events.record import ClipRecord
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.scoring_loop import serve
from service.adapters.memory.windows import MemoryWindowQueue, MemoryWindowStore
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules, SiteRules
from tracker.errors import ModelUnavailable
from tracker.simulator.crowd import Event
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

BUNDLED = bundled_model()
GONE_S = 31.0  # a camera without frames for so long has lost its people


@dataclass
class _Told:
    dated_at: float
    decided_at: float
    kinds: set[str] = field(default_factory=set)


class _Site:
    """Cameras, workers and the alert loop of one site in memory, frame by frame."""

    def __init__(self, flow: OnnxFlow, rule: LiveRule) -> None:
        self._site = AlertSite()
        memory, telemetry = self._site.memory, self._site.telemetry
        self._flow = flow
        self._store = MemoryWindowStore(memory, frames=rule.windows.frames, telemetry=telemetry)
        self._queue = MemoryWindowQueue(
            memory, worker="w", clock=lambda: self._now, telemetry=telemetry
        )
        rules = CameraRules(threshold=rule.threshold, kinds=rule.kinds, ordinary=rule.ordinary)
        self._loop = AlertLoop(
            replace(
                self._site.parts(),
                rules=lambda: SiteRules({"events": rules}),
                flow=flow,
            )
        )
        self._now = 0.0
        self._told: dict[str, _Told] = {}
        self._noted = 0

    def take(self, frame: Sent) -> None:
        """Carry a frame from the camera to its alerts."""
        self._now = frame.view.at
        self._store.push(frame.view, frame.samples, frame.cues)
        once = Flag()
        options = WorkerOptions(wait_s=0.001, rest_s=0)
        serve(self._queue, self._flow, self._site.telemetry, once, options, mark=once.set)
        self._loop.step(self._now)
        self._note()

    def end(self) -> None:
        """Let the camera show nothing any more until its people are given up."""
        for _ in range(2):
            self._now += GONE_S
            self._loop.step(self._now)
            self._note()

    def alerts(self) -> list[_Told]:
        """Return the alerts in the order of their opening."""
        return sorted(self._told.values(), key=lambda told: told.dated_at)

    def _note(self) -> None:
        for _, event in self._site.events[self._noted :]:
            alert = event.alert
            told = self._told.setdefault(alert.id, _Told(alert.opened_at, self._now))
            told.kinds |= set(kinds_of(alert))
        self._noted = len(self._site.events)


def _play_live(record: ClipRecord, flow: OnnxFlow, rule: LiveRule) -> _Site:
    """Return a site that has seen a whole record, and nobody any more."""
    site = _Site(flow, rule)
    for frame in send(record, rule.windows):
        site.take(frame)
    site.end()
    return site


def _compare(record: ClipRecord) -> tuple[list[AlertSeen], list[_Told]]:
    """Return the bench's alerts of a record, and those of a site; both tell the same."""
    flow = OnnxFlow(BUNDLED)
    rule = shipped_rule(flow.card)
    site = _play_live(record, flow, rule)

    ours = sorted(play(record, flow, rule).alerts, key=lambda alert: alert.dated_s)

    theirs = site.alerts()
    told = [(one.dated_s, {kind for _, kind in one.kinds}) for one in ours]
    assert [(pytest.approx(record.time_s(one.dated_at)), one.kinds) for one in theirs] == told
    return ours, theirs


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 7])
def test_the_bench_decides_as_a_site_without_options(seed: int) -> None:
    """The same alerts with the same kinds, decided with the same frames, of several people."""
    events = (Event("fall", 8.0), Event("run", 20.0))
    record, _ = simulated_record(*events, people=3, seconds=30.0, seed=seed)

    ours, theirs = _compare(record)

    assert len(ours) > 0
    decided = [record.time_s(one.decided_at) for one in theirs]
    assert decided == pytest.approx([one.opened_s for one in ours])


@pytest.mark.slow
def test_who_vanishes_in_a_fall_is_decided_as_soon_live() -> None:
    """Nobody else is in the picture then."""
    record, (episode,) = simulated_record(Event("fall", 8.0), seed=3)

    ours, theirs = _compare(_emptied(record, episode.start_s + 1.0))

    assert len(ours) == 1
    assert record.time_s(theirs[0].decided_at) == pytest.approx(ours[0].opened_s, abs=0.6)


@pytest.mark.slow
@pytest.mark.shared
def test_a_real_fall_is_told_from_its_video_on(shared: Path) -> None:
    """Detector, poses, tracks, cues and the alert loop: one alert, of the fall, as it happens."""
    clip, weights = shared / "data/real/urfd/fall-15.mp4", shared / "data/weights"
    if not clip.is_file() or not weights.is_dir():
        pytest.skip(f"no {clip.name} or no weights in {shared}")
    store = ModelStore([weights], cache_folder("models"))
    try:
        record = record_clip(clip, build_camera_side("blazepose", store))
    except ModelUnavailable as err:
        pytest.skip(str(err))

    flow = OnnxFlow(BUNDLED)
    site = _play_live(record, flow, shipped_rule(flow.card))

    (alert,) = site.alerts()
    assert "fall" in alert.kinds
    down_s = 1.93  # by the clips' table
    assert record.time_s(alert.decided_at) == pytest.approx(down_s, abs=1.0)


def _emptied(record: ClipRecord, from_s: float) -> ClipRecord:
    """Return the record with nobody in it from a moment on."""
    frames = tuple(
        frame
        if record.time_s(frame.at) < from_s
        else type(frame)(frame.seq, frame.at, frame.boxes, frame.expected, (), frame.refused, ())
        for frame in record.frames
    )
    return ClipRecord(
        record.begin_at, record.fps, record.width_px, record.height_px, record.notes, frames
    )
