"""A paused camera says that it is paused."""

import threading
import time

from support.waiting import eventually

from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryStatusStore
from service.cameras.paused import report_paused
from service.cameras.plan import CameraPlan, PlanInForce, VersionedStatusStore
from service.config.camera_settings import CameraSettings
from tracker.memory_telemetry import InMemoryTelemetry


def test_a_paused_camera_reports_its_state_and_version() -> None:
    """Until it is told to stop; a new version that leaves it paused is shown, too."""
    site, stop = MemorySite(), threading.Event()
    status_store = MemoryStatusStore(site, clock=time.time)
    settings = CameraSettings.model_validate({"name": "gate", "source": "sim:", "paused": True})
    plan = PlanInForce(CameraPlan(settings, 4))
    versioned = VersionedStatusStore(status_store, plan)
    thread = threading.Thread(
        target=report_paused, args=("gate", versioned, InMemoryTelemetry(), stop)
    )
    thread.start()
    try:
        first = eventually(lambda: status_store.cameras().get("gate"))
        plan.plan = CameraPlan(settings, 5)
        eventually(lambda: status_store.cameras()["gate"].version == 5)
    finally:
        stop.set()
        thread.join()

    assert (first.state, first.version) == ("paused", 4)
