import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from support.waiting import PATIENCE_S

from service.adapters.memory.leases import MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.site_store import MemorySiteStore
from service.config.load import load
from service.config.site_watch import SiteWatch
from service.roles import api, camera, deciding, worker
from tracker.errors import ModelMismatch
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture
def signals() -> Iterator[None]:
    """Roles take the signals; afterwards they are ours again."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def replace_parts(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a role run without Redis, model or archive, with one loop that fails."""

    def fail() -> None:
        raise ZeroDivisionError

    watch = SiteWatch(load(None), MemorySiteStore())
    site = SimpleNamespace(client=None, telemetry=InMemoryTelemetry(), watch=watch, role="decide")
    homes = MemoryMembership(MemorySite(), what="archives", owner="here", clock=time.time)
    audit = SimpleNamespace(flush=lambda: None)
    archive = SimpleNamespace(carrier=SimpleNamespace(homes=homes), home="here", audit=audit)
    flow = SimpleNamespace(card=SimpleNamespace(weights_hash="ab"))
    loops = [("alerts", "deciding alerts", fail)]
    for name, value in {
        "connect_site": site,
        "open_models": flow,
        "start_models": None,
        "build_archive": archive,
        "deciding_loops": loops,
        "watch_service": None,
    }.items():
        monkeypatch.setattr(module, name, lambda *_, value=value: value)


@pytest.mark.usefixtures("signals")
def test_an_api_that_cannot_decide_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in deciding ends the whole role, so that it is started again."""
    replace_parts(api, monkeypatch)
    monkeypatch.setattr(api, "build_app", lambda *_: FastAPI())
    monkeypatch.setattr(api, "build_access", lambda *_: SimpleNamespace(directory=None))
    for name in ("follow", "tell_how_to_begin", "follow_people", "start_monitoring"):
        monkeypatch.setattr(api, name, lambda *_: None)
    monkeypatch.setattr(api, "RedisScoring", lambda *_, **__: None)

    with pytest.raises(deciding.AlertLoopFailed):
        api.run_api_alone(load(None, {"port": 0}))

    assert "ZeroDivisionError" in caplog.text


@pytest.mark.usefixtures("signals")
def test_a_decider_that_cannot_decide_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As an API that decides does."""
    replace_parts(deciding, monkeypatch)

    with pytest.raises(deciding.AlertLoopFailed):
        deciding.run_decide(load(None, {"metrics_port": 0}))

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
    monkeypatch.setattr(worker, "start_clock_watch", lambda *_: None)
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
