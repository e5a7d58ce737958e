"""What a camera scores live is what POST /score makes of the same poses."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from support.running_site import EVERYBODY, metric
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService
from service.adapters.redis.connection import connect
from service.adapters.redis.scores import RedisScoreFeed
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.simulator.source import Simulation, simulate

pytestmark = pytest.mark.slow
FPS, SECONDS, STRIDE = 24, 3, 3


def _write(path: Path) -> list[list[list[float]]]:
    """Record somebody who falls as a pose file; return the poses as they stand there."""
    simulation = Simulation.parse({"people": "1", "fps": str(FPS), "seed": "5", "events": "fall@1"})
    poses = np.round(simulate(simulation, SECONDS).joints[:, 0].astype(float), 3)
    frames = {str(index): {"keypoints": row.ravel().tolist()} for index, row in enumerate(poses)}
    path.write_text(json.dumps({"1": frames}))
    return poses.tolist()


def test_live_scores_are_offline_scores(tmp_path: Path) -> None:
    """Every live window has the score that the same frames get over HTTP; the camera then ends."""
    poses = _write(tmp_path / "fall.json")
    source = f"poses:{tmp_path / 'fall.json'}?fps={FPS}"
    camera = {"name": "tape", "source": source, "threshold": EVERYBODY, "stride": STRIDE}
    with RunningService([camera], folder=tmp_path) as service:
        eventually(lambda: service.get("/cameras")[0]["state"] == "ended")
        expected = (FPS * SECONDS - 24) // STRIDE + 1
        with connect(f"unix://{tmp_path}/data/redis.sock") as client:
            feed = RedisScoreFeed(client, telemetry=InMemoryTelemetry())

            def live_scores() -> dict[int, float | None] | None:
                found = {s.last_seq: s.nll for _, s in feed.read({"tape": "0"}, 0.2)["tape"]}
                return found if len(found) >= expected else None

            if metric(
                httpx.get(service.url + "/metrics", timeout=PATIENCE_S).text, "frames_dropped_total"
            ):
                pytest.skip("this machine is too busy to play poses in real time")
            live = eventually(live_scores)
        ready = httpx.get(service.url + "/readyz", timeout=PATIENCE_S)
        body = {"poses": poses, "fps": FPS}
        answer = httpx.post(service.url + "/score", json=body, timeout=PATIENCE_S).json()

    offline = {window["end_frame"]: window["score"] for window in answer["windows"]}
    assert ready.status_code == 200
    assert set(live) == set(range(23, FPS * SECONDS, STRIDE))
    assert live == {end: pytest.approx(offline[end], abs=1e-4) for end in live}
