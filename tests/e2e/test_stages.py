"""Where an alert's time goes: its stages follow one another from the capture to the socket."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis
from support.api import MemoryParts, Serving
from support.running_site import EVERYBODY
from support.waiting import PATIENCE_S, eventually
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_socket

from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.scoring_loop import serve
from service.adapters.redis.alert_stream import RedisAlertFeed
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.codec_windows import decode_window, read_score_fields
from service.adapters.redis.connection import connect, connect_async
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.keys import ONE_SHARD, windows
from service.adapters.redis.leases import RedisDecisionLeases, RedisMembership
from service.adapters.redis.scores import RedisCueFeed, RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.status_store import RedisStatusStore
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.alerts.alert_loop import decide
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.entry_ids import written_at
from service.operations.fair_share import FairShare
from service.ports.leases import DECIDERS
from tracker.camera.dependencies import CameraDependencies
from tracker.camera.loop import run_camera_loop
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.ports import FrameSource
from tracker.simulator.source import Simulation, simulate
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame, Pose

FPS = 24  # of the bundled model: windows then end at frames
GRAIN_S = 0.002  # Redis' clock counts milliseconds


class Stages(InMemoryTelemetry):
    """Keeps every observation of the stages, and of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    def observe(self, name: str, value: float, **labels: str) -> None:
        super().observe(name, value, **labels)
        if name in ("stage_seconds", "capture_to_alert_seconds"):
            self.seconds[labels.get("stage", "whole")].append(value)

    def of_the_alert(self, frame: int, window: int) -> dict[str, float] | None:
        """Return the stages of the first alert, of the frame and window that led to it."""
        if not {"socket", "publish", "whole"} <= self.seconds.keys():
            return None
        place = dict.fromkeys(("wait", "pose", "track", "push"), frame)
        place |= dict.fromkeys(("queue", "score", "decide"), window)
        return {stage: seconds[place.get(stage, 0)] for stage, seconds in self.seconds.items()}


class Walk(FrameSource):
    """A camera before which somebody walks for a few windows, and the time of each frame."""

    def __init__(self, frames: int) -> None:
        walk = simulate(Simulation(people=1, fps=FPS, seed=5), frames / FPS + 1)
        # Near enough for movement to be judged.
        self._bodies = walk.joints[:frames, 0].astype(np.float32) * np.array(
            [6.0, 6.0, 1.0], np.float32
        )
        self.at: list[float] = []

    def __iter__(self) -> Iterator[Frame]:
        begun_at = time.time()
        for seq, joints in enumerate(self._bodies):
            time.sleep(max(begun_at + seq / FPS - time.time(), 0.0))
            self.at.append(begun_at + seq / FPS)
            box = np.concatenate([joints[:, :2].min(axis=0), joints[:, :2].max(axis=0)])
            poses = (Pose(joints, box, 1),)
            yield Frame("gate", "s1", seq, self.at[-1], 3840, 2880, poses=poses)


@dataclass
class Site:
    """A camera process's, a worker's and a decider's work over one Redis, and an API before it."""

    flow: OnnxFlow
    told: Stages
    stop: threading.Event
    client: redis.Redis
    socket: ClientConnection
    source: Walk

    def watch(self) -> None:
        """Play the camera to its end."""
        window_store = RedisWindowStore(
            self.client, frames=self.flow.card.frames, telemetry=self.told
        )
        camera = CameraDependencies(
            source=self.source,
            estimator=CarriedPoses(),
            make_tracker=lambda _session: CarriedIds(),
            windows=WindowOptions(frames=self.flow.card.frames, fps=self.flow.card.fps),
            window_store=window_store,
            status_store=self._board(),
            telemetry=self.told,
        )
        run_camera_loop("gate", camera, self.stop)

    def work(self) -> None:
        """Score windows until stopped."""
        queue = RedisWindowQueue(
            self.client,
            worker="w",
            clock=time.time,
            telemetry=self.told,
            max_age_s=PATIENCE_S,  # a window that was dropped would have no score
        )
        serve(queue, self.flow, self.told, self.stop, WorkerOptions(wait_s=0.05))

    def decide(self) -> None:
        """Decide alerts until stopped; whoever is scored raises one."""
        client, told = self.client, self.told
        alerts, board = RedisAlerts(client, telemetry=told), self._board()
        leases = RedisDecisionLeases(client, owner="api")
        dependencies = AlertLoopDependencies(
            rules=lambda: SiteRules({"gate": CameraRules(threshold=EVERYBODY)}),
            ended=lambda _camera: None,
            leases=leases,
            share=FairShare("api", leases, RedisMembership(client, what=DECIDERS, owner="api")),
            feed=RedisScoreFeed(client, telemetry=told),
            cues=RedisCueFeed(client, telemetry=told),
            episodes=RedisEpisodeStore(client),
            sink=alerts,
            history=alerts,
            archive=board,
            site_status=board,
            flow=self.flow,
            telemetry=told,
        )
        decide(dependencies, self.stop)

    def _board(self) -> RedisStatusStore:
        return RedisStatusStore(self.client, clock=time.time, telemetry=self.told)


@pytest.fixture
def site(model: Path, tmp_path: Path) -> Iterator[Site]:
    """A site that works, and a client of its alerts that has joined."""
    flow, told, stop = OnnxFlow(model, provider="cpu"), Stages(), threading.Event()
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(tmp_path / "redis", binary=find_server()))
        client = stack.enter_context(connect(server.url))
        memory = MemoryParts(tmp_path, directory=None, flow=flow, cameras={"gate": EVERYBODY})
        stack.callback(memory.close)
        feed = RedisAlertFeed(connect_async(server.url), telemetry=told)
        url = stack.enter_context(Serving(replace(memory.dependencies, feed=feed, telemetry=told)))
        address = f"ws{url.removeprefix('http')}/ws/alerts?joined=true"
        socket = stack.enter_context(connect_socket(address, open_timeout=PATIENCE_S))
        assert json.loads(socket.recv(timeout=PATIENCE_S))["type"] == "joined"
        site = Site(flow, told, stop, client, socket, Walk(3 * flow.card.frames))
        roles = (site.work, site.decide, site.watch)
        threads = [threading.Thread(target=each) for each in roles]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(stop.set)
        yield site


@pytest.mark.slow
def test_the_stages_of_an_alert_sum_up_to_its_delay(site: Site) -> None:
    """Each stage begins where the one before it ends, or within its call to Redis: none is lost."""
    message = json.loads(site.socket.recv(timeout=PATIENCE_S))
    assert message["type"] == "opened"
    opened_at = message["alert"]["opened_at"]
    entries: Any = site.client.xrange(windows(0))
    deciding = [decode_window(fields).at for _, fields in entries].index(opened_at)
    scores: Any = site.client.xrange(ONE_SHARD.scores("gate"))
    scored = [at for entry, fields in scores for at in _written(entry, fields)]
    pushed_at, told_at = written_at(entries[deciding][0].decode()), written_at(message["id"])
    stages = eventually(lambda: site.told.of_the_alert(site.source.at.index(opened_at), deciding))

    tracked_at = opened_at + stages["wait"] + stages["pose"] + stages["track"]
    taken_at = pushed_at + stages["queue"]
    decided_at = scored[deciding] + stages["decide"]
    assert tracked_at - GRAIN_S <= pushed_at <= tracked_at + stages["push"] + GRAIN_S
    assert taken_at - GRAIN_S <= scored[deciding] <= taken_at + stages["score"] + GRAIN_S
    assert decided_at - GRAIN_S <= told_at <= decided_at + stages["publish"] + GRAIN_S
    sent_at = told_at + stages["socket"]
    assert sent_at == pytest.approx(opened_at + stages["whole"], abs=GRAIN_S)
    parts_s = sum(seconds for stage, seconds in stages.items() if stage != "whole")
    answers_s = stages["push"] + stages["score"] + stages["publish"]
    assert stages["whole"] - 2 * GRAIN_S <= parts_s <= stages["whole"] + answers_s


def _written(entry: bytes, fields: dict[bytes, bytes]) -> list[float]:
    """Return when each score of an entry was written."""
    return [written_at(entry.decode())] * len(read_score_fields(fields))
