"""How the parts are put together."""

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from service import compose
from service.adapters.connect import connect
from service.adapters.embedded_redis import EmbeddedRedis, find_server
from service.adapters.prometheus import PrometheusTelemetry
from service.config import CameraSettings, Settings, load
from tracker.camera import watch
from tracker.estimators import Estimators
from tracker.models import RTMO_S, ModelStore


@pytest.mark.parametrize(
    ("cores", "pictures", "permits"), [(2, 1, 1), (2, 2, 2), (2, 6, 2), (8, 3, 4), (1, 3, 1)]
)
def test_as_many_turns_as_the_cores_can_serve(
    monkeypatch: pytest.MonkeyPatch, cores: int, pictures: int, permits: int
) -> None:
    """Each turn has its threads' cores; cameras that carry poses take none."""
    monkeypatch.setattr(compose, "_cores", lambda: cores)
    names = [f"c{number}" for number in range(pictures)]
    cameras = [CameraSettings.model_validate({"name": n, "source": f"{n}.mp4"}) for n in names]
    simulated = CameraSettings.model_validate({"name": "sim", "source": "sim:"})

    shares = compose.build_shares(Settings(cameras=(*cameras, simulated)))

    assert shares.turns["blazepose"].permits == permits
    assert shares.turns["rtmo"].permits >= pictures


def _walk(path: Path) -> None:
    """Write a video of one bright blue block that crosses the picture in two seconds."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (160, 120))
    for step in range(40):
        image = np.full((120, 160, 3), 50, np.uint8)
        image[30:90, 10 + 2 * step : 60 + 2 * step] = (255, 0, 200)
        video.write(image)
    video.release()


def test_a_site_with_rtmo_follows_people(save_rtmo: Callable[..., Path], tmp_path: Path) -> None:
    """Two cameras of a site.yaml with `pose: rtmo` share a network, and both follow somebody.

    The network is a small one with RTMO's ports, under a registry that knows its hash.
    """
    for name in ("gate", "yard"):
        _walk(tmp_path / f"{name}.avi")
    weights = save_rtmo(tmp_path / RTMO_S.file_name, side_px=128).read_bytes()
    (tmp_path / "site.yaml").write_text(
        f"provider: cpu\nmodel_folders: [{tmp_path}]\ncameras:\n"
        f"  - {{name: gate, source: {tmp_path}/gate.avi, pose: rtmo}}\n"
        f"  - {{name: yard, source: {tmp_path}/yard.avi, pose: rtmo}}\n"
    )
    settings = load(tmp_path / "site.yaml")
    rtmo = dataclasses.replace(RTMO_S, sha256=(hashlib.sha256(weights).hexdigest(),), sources=())
    store = ModelStore(settings.model_folders, tmp_path / "pulled", [rtmo])
    telemetry, stop = PrometheusTelemetry(), threading.Event()
    estimators = Estimators(store, telemetry, provider=settings.provider)
    shares, card = compose.build_shares(settings), compose.read_model_card(settings)

    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        parts = [
            compose.build_camera(each, card, estimators, shares, client, telemetry, stop)
            for each in settings.cameras
        ]
        threads = [
            threading.Thread(target=watch, args=(each.name, part, stop))
            for each, part in zip(settings.cameras, parts, strict=True)
        ]
        for thread in threads:
            thread.start()
        try:
            _until(lambda: _followed(telemetry) == {"gate", "yard"})
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            estimators.close()

    assert parts[0].estimator is parts[1].estimator
    assert (
        b'session_provider{provider="CPUExecutionProvider",role="camera",wanted="cpu"} 1.0'
        in telemetry.render()
    )


def _followed(telemetry: PrometheusTelemetry) -> set[str]:
    """Return the cameras that put a person's window on the road."""
    lines = telemetry.render().decode().splitlines()
    return {
        line.split('"')[1]
        for line in lines
        if line.startswith("posewarden_windows_total{") and float(line.split()[1]) > 0
    }


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.05)
