"""How the parts are put together."""

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.machine_clock import Stopwatch
from support.rtsp import Encode, StartRtsp
from support.waiting import PATIENCE_S, eventually

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.keys import Shards
from service.adapters.redis.status_store import RedisStatusStore
from service.adapters.redis.window_store import RedisWindowStore
from service.config.camera_settings import CameraSettings
from service.config.load import load
from service.config.settings import Settings
from service.roles import camera_resources, connections, one_camera, worker
from tracker.camera.loop import run_camera_loop
from tracker.errors import CameraLost
from tracker.pose.factory import Estimators
from tracker.sources import live_stream, retry_policy
from tracker.types import Frame, FrameView, PersonId, Samples
from tracker.weights.store import RTMO_S, ModelStore


@dataclasses.dataclass(frozen=True)
class Site:
    """Two cameras with `pose: rtmo`, and a store whose registry knows a small network's hash."""

    folder: Path
    settings: Settings
    store: ModelStore
    weights: Path
    telemetry: PrometheusTelemetry

    @contextmanager
    def watched(self) -> Iterator[RedisStatusStore]:
        """Watch the cameras, a thread each, over a Valkey of their own; give the board."""
        telemetry, stop = self.telemetry, threading.Event()
        estimators = Estimators(self.store, telemetry, provider=self.settings.provider)
        shares = camera_resources.build_resources(self.settings)
        card = connections.read_model_card(self.settings)
        with (
            EmbeddedRedis(self.folder / "redis", binary=find_server()) as server,
            connect(server.url) as client,
        ):
            connection = connections.SiteConnection.over(self.settings, client, telemetry)
            builder = one_camera.CameraBuilder(connection, card, estimators, shares)

            def run(each: CameraSettings) -> None:
                run_camera_loop(each.name, builder.build(each, stop), stop)

            threads = [threading.Thread(target=run, args=(each,)) for each in self.settings.cameras]
            for thread in threads:
                thread.start()
            try:
                yield connection.status_store
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
                estimators.close()


@pytest.fixture
def site(save_rtmo: Callable[..., Path], tmp_path: Path) -> Site:
    """A site of two videos in which somebody walks, again and again: a slow machine needs long."""
    for name in ("gate", "yard"):
        _walk(tmp_path / f"{name}.avi")
    weights = save_rtmo(tmp_path / RTMO_S.file_name, side_px=128)
    (tmp_path / "site.yaml").write_text(
        f"provider: cpu\nmodel_folders: [{tmp_path}]\ncameras:\n"
        f"  - {{name: gate, source: '{tmp_path}/gate.avi?loop=1', pose: rtmo}}\n"
        f"  - {{name: yard, source: '{tmp_path}/yard.avi?loop=1', pose: rtmo}}\n"
    )
    settings = load(tmp_path / "site.yaml")
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    rtmo = dataclasses.replace(RTMO_S, sha256=(sha256,), sources=())
    store = ModelStore(settings.model_folders, tmp_path / "pulled", [rtmo])
    return Site(tmp_path, settings, store, weights, PrometheusTelemetry())


def _walk(path: Path) -> None:
    """Write a video of one bright blue block that crosses the picture in two seconds."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (160, 120))
    for step in range(40):
        image = np.full((120, 160, 3), 50, np.uint8)
        image[30:90, 10 + 2 * step : 60 + 2 * step] = (255, 0, 200)
        video.write(image)
    video.release()


@pytest.mark.slow
def test_a_site_with_rtmo_follows_people(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras of a site.yaml with `pose: rtmo` share a network, and both follow somebody."""
    pulled: list[str] = []
    pull = site.store.pull
    monkeypatch.setattr(site.store, "pull", lambda name: pulled.append(name) or pull(name))

    with site.watched():
        eventually(lambda: _followed(site.telemetry) == {"gate", "yard"})

    assert pulled == [RTMO_S.name]
    assert (
        b'session_provider_info{provider="CPUExecutionProvider",role="camera",wanted="cpu"} 1.0'
        in site.telemetry.render()
    )


@pytest.mark.slow
def test_cameras_wait_for_weights_that_come_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the file is there they are lost and say which one is missing; then they follow."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 0.05)
    elsewhere = site.weights.rename(site.folder / "not.yet")

    with site.watched() as board:
        eventually(lambda: [each.state for each in board.cameras().values()] == ["lost"] * 2)
        reasons = [each.reason or "" for each in board.cameras().values()]
        elsewhere.rename(site.weights)
        eventually(lambda: _followed(site.telemetry) == {"gate", "yard"})

    assert all(f"put {RTMO_S.file_name} with SHA-256" in reason for reason in reasons)


@pytest.mark.slow
def test_a_camera_without_weights_stops_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for the next try, of at least a quarter of a minute, ends when told to."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 30)
    site.weights.unlink()

    with site.watched() as board:
        eventually(lambda: [each.state for each in board.cameras().values()] == ["lost"] * 2)
        stopwatch = Stopwatch()

    assert stopwatch.machine_s() < 5


@pytest.mark.slow
def test_a_wrong_setting_is_told_rather_than_missing_weights(site: Site) -> None:
    """A camera that cannot be put together asks for no weights."""
    (site.folder / "gate.avi").unlink()
    site.weights.unlink()

    with site.watched() as board:
        eventually(lambda: [each.state for each in board.cameras().values()] == ["lost"] * 2)
        reasons = {name: each.reason or "" for name, each in board.cameras().items()}

    assert "there is no file" in reasons["gate"]
    assert RTMO_S.file_name in reasons["yard"]


def _followed(telemetry: PrometheusTelemetry) -> set[str]:
    """Return the cameras that knew somebody again in a later frame."""
    lines = telemetry.render().decode().splitlines()
    return {
        line.split('"')[1]
        for line in lines
        if line.startswith("posewarden_people_seconds_total{") and float(line.split()[1]) > 0
    }


def test_a_worker_drops_what_is_older_than_configured(tmp_path: Path) -> None:
    """`max_age_s` of the site's file is the worker's bound, in every shard."""
    settings = load(None, {"max_age_s": 5, "provider": "cpu", "redis": {"shards": 2}})
    telemetry, shards = PrometheusTelemetry(), Shards(2)
    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        connection = connections.SiteConnection.over(settings, client, telemetry)
        queue = worker.build_worker(connection).windows
        store = RedisWindowStore(client, frames=1, telemetry=telemetry, shards=shards)
        for camera in ("gate", "hall", "yard"):
            for age_s in (4.0, 6.0):
                at = time.time() - age_s
                joints = np.ones((1, 17, 3), np.float32)
                sample = Samples(PersonId(camera, "s", 1), 0, at, joints, False, True)
                store.push(FrameView(camera, "s", 0, at, 1, 1, ()), [sample])
        claims = [*queue.take(9, 0.0), *queue.take(9, 0.0)]

    assert {shards.shard_of(camera) for camera in ("gate", "hall", "yard")} == {0, 1}
    assert sorted(c.window.person.camera for c in claims) == ["gate", "hall", "yard"]
    assert b'windows_dropped_total{reason="stale"} 3.0' in telemetry.render()


def test_the_transport_of_the_site_file_reaches_its_camera(
    rtsp: StartRtsp, encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera is opened as the file says, and refuses what it does not have."""
    server = rtsp({"udp": f"{encoded()}?over=1", "tcp": f"{encoded()}?over=2"})

    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (PATIENCE_S,))
    monkeypatch.setattr(live_stream, "DIAGNOSE_S", PATIENCE_S)

    def first_frame(name: str, transport: str) -> Frame:
        fields = {"name": "gate", "source": server.url(name), "transport": transport}
        settings = CameraSettings.model_validate(fields)
        return next(iter(one_camera._open(settings, threading.Event(), PrometheusTelemetry())))

    assert first_frame("udp", "udp").height_px == 240
    with pytest.raises(CameraLost, match="leave transport: udp out"):
        first_frame("tcp", "udp")
    with pytest.raises(ValueError, match="'auto' or 'udp'"):
        first_frame("tcp", "multicast")
