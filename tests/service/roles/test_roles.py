import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from support.waiting import PATIENCE_S

from service.adapters.memory.leases import MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.site_store import MemorySiteStore
from service.config.load import load
from service.config.site_watch import SiteWatch
from service.roles import api, camera, worker
from tracker.errors import ModelMismatch


@pytest.fixture
def signals() -> Iterator[None]:
    """Roles take the signals; afterwards they are ours again."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_an_api_that_cannot_decide_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in deciding ends the whole role, so that it is started again."""
    card = SimpleNamespace(weights_hash="ab")

    def decide(_parts: object, _stop: threading.Event) -> None:
        raise ZeroDivisionError

    watch = SiteWatch(load(None), MemorySiteStore())
    site = SimpleNamespace(client=None, telemetry=None, watch=watch)
    monkeypatch.setattr(api, "connect_site", lambda *_: site)
    monkeypatch.setattr(api, "open_models", lambda *_: SimpleNamespace(card=card))
    monkeypatch.setattr(api, "build_app", lambda *_: FastAPI())
    monkeypatch.setattr(api, "start_models", lambda *_: None)
    monkeypatch.setattr(api, "build_alert_loop", lambda *_: None)
    carrier = SimpleNamespace(
        homes=MemoryMembership(MemorySite(), what="archives", owner="here", clock=time.time)
    )
    audit = SimpleNamespace(flush=lambda: None)
    archive = SimpleNamespace(carrier=carrier, home="here", audit=audit)
    monkeypatch.setattr(api, "build_archive", lambda *_: archive)
    monkeypatch.setattr(api, "build_access", lambda *_: SimpleNamespace(directory=None))
    monkeypatch.setattr(api, "follow", lambda *_: None)
    monkeypatch.setattr(api, "tell_how_to_begin", lambda *_: None)
    monkeypatch.setattr(api, "follow_people", lambda *_: None)
    monkeypatch.setattr(api, "carry_over", lambda *_: None)
    monkeypatch.setattr(api, "end_snoozes", lambda *_: None)
    monkeypatch.setattr(api, "build_outbox", lambda *_: None)
    monkeypatch.setattr(api, "calibrate_site", lambda *_: None)
    monkeypatch.setattr(api, "try_shadow", lambda *_: None)
    monkeypatch.setattr(api, "start_monitoring", lambda *_: None)
    monkeypatch.setattr(api, "RedisScoring", lambda *_, **__: None)
    monkeypatch.setattr(api, "decide", decide)

    with pytest.raises(api.AlertLoopFailed):
        api.run_api_alone(load(None, {"port": 0}))

    assert "ZeroDivisionError" in caplog.text


@pytest.mark.usefixtures("signals")
def test_a_worker_that_cannot_answer_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in answering requests ends the whole role, too."""

    def answer(*_: object) -> None:
        raise ZeroDivisionError

    def serve(*parts: Any, **_: object) -> None:
        assert parts[3].wait(PATIENCE_S)

    parts = SimpleNamespace(
        requests=None,
        flow=None,
        windows=None,
        options=None,
        shadow=SimpleNamespace(run=lambda _stop: None),
        heartbeat=lambda: None,
    )
    monkeypatch.setattr(worker, "start_models", lambda *_: None)
    monkeypatch.setattr(worker, "connect_site", lambda *_: None)
    monkeypatch.setattr(worker, "build_worker", lambda *_: parts)
    monkeypatch.setattr(worker, "serve_requests", answer)
    monkeypatch.setattr(worker, "serve", serve)

    with pytest.raises(worker.RequestLoopFailed):
        worker.run_worker(load(None, {"metrics_port": 0}))

    assert "ZeroDivisionError" in caplog.text


def test_a_camera_role_refuses_a_bad_model_at_start(tmp_path: Path) -> None:
    """It ends with the reason instead of watching nothing for ever."""
    cameras = [{"name": "gate", "source": "sim:"}]
    settings = load(None, {"model": tmp_path / "none.onnx", "cameras": cameras})

    with pytest.raises(ModelMismatch, match=r"none\.onnx"):
        camera.run_camera(settings)
