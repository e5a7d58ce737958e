"""The worker's own loop over the in-memory twin of the road: windows in, scores out."""

import threading
import time
from collections import Counter

import numpy as np
from gpu.job import MODEL, Job
from gpu.report import Row

from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.scoring_loop import serve
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryWindowQueue, MemoryWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32, FrameView, PersonId, Samples

NOW = 1_800_000_000.0
# A camera with three people, each scored at every third of 24 frames a second.
NEED_A_CAMERA = 24.0
LIMIT_S = 120.0


def measure_worker(job: Job) -> list[Row]:
    """Measure the loop at each number of cameras, against what so many cameras need."""
    flow = OnnxFlow(MODEL, provider=job.best)
    flow.warm_up()
    return [_row(job, cameras, flow) for cameras in job.sizes.cameras]


def _row(job: Job, cameras: int, flow: OnnxFlow) -> Row:
    site, telemetry, stop = MemorySite(), InMemoryTelemetry(), threading.Event()
    number = _fill(site, telemetry, cameras, job.sizes.windows_a_camera, flow.card.frames)
    queue = MemoryWindowQueue(site, worker="w", clock=lambda: NOW, telemetry=telemetry)

    begun_s = time.perf_counter()

    def end_when_done() -> None:
        if not (site.unread or site.pending) or time.perf_counter() - begun_s > LIMIT_S:
            stop.set()

    serve(queue, flow, telemetry, stop, WorkerOptions(), clock=lambda: NOW, mark=end_when_done)
    rate = number / (time.perf_counter() - begun_s)
    scores = [score for entries in site.scores.values() for _, score in entries]
    providers = Counter(score.provider.removesuffix("ExecutionProvider") for score in scores)
    need = cameras * NEED_A_CAMERA
    return Row(
        what=f"worker loop, {cameras} cameras",
        text=f"{round(rate)} windows/s, {rate / need:.0f} × what they need",
        figures={
            "windows": number,
            "windows_per_s": round(rate),
            "needed_windows_per_s": need,
            "scored": telemetry.value("windows_scored_total"),
            "kept_scores_by_provider": {**providers},
        },
        passed=telemetry.value("windows_scored_total") == number,
    )


def _fill(
    site: MemorySite, telemetry: InMemoryTelemetry, cameras: int, each: int, frames: int
) -> int:
    """Put each camera's windows on the road; return how many there are."""
    store = MemoryWindowStore(site, frames=frames, telemetry=telemetry, bound=cameras * each)
    random = np.random.default_rng(0)
    for window in range(each):
        for camera in range(cameras):
            name = f"camera-{camera}"
            person = PersonId(name, "s", window % 3)
            sample = Samples(person, window, NOW, _body(random, frames), restarts=True, due=True)
            store.push(FrameView(name, "s", window, NOW, 1280, 720, ()), [sample])
    return cameras * each


def _body(random: np.random.Generator, frames: int) -> Float32:
    """Return poses of a body of about 100 px that moves a little, (T, 17, 3)."""
    middle = random.uniform([300.0, 200.0], [340.0, 300.0], (1, 17, 2))
    points = middle + random.normal(0.0, 2.0, (frames, 17, 2))
    return np.concatenate([points, np.full((frames, 17, 1), 0.9)], -1).astype(np.float32)
