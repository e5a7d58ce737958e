"""What the metrics say of a site's arming."""

from service.adapters.memory.site_store import MemorySiteStore
from service.config.live_arming import LiveArming
from service.config.settings import Settings
from service.monitoring.arming_metrics import ArmingMetrics
from service.operations.arming import ModeChoice
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

NOW = 1_800_000_000.0


class GoneStore(MemorySiteStore):
    """A store that does not answer."""

    def version(self) -> int:
        raise StoreUnavailable("gone")


def test_the_mode_and_each_camera_are_told() -> None:
    """A camera is armed while one of its kinds is; the mode that was before is 0."""
    telemetry, store, seconds = InMemoryTelemetry(), MemorySiteStore(), [0.0]
    modes = {"away": {}, "night": {"kinds": ["fall"]}}
    settings = Settings(arming={"modes": modes})  # type: ignore[arg-type]
    arming = LiveArming(store, settings, telemetry=telemetry, clock=lambda: seconds[0])
    metrics = ArmingMetrics(
        arming,
        lambda: {"gate": ("fall", "movement"), "yard": ("movement",)},
        telemetry=telemetry,
        clock=lambda: NOW,
    )

    metrics.report()
    before = [telemetry.value("camera_armed", camera=each) for each in ("gate", "yard")]
    arming.choose(ModeChoice(mode="night", until=None, by="guard", at=NOW - 1))
    seconds[0] += 2
    metrics.report()

    assert before == [1, 1]
    assert [telemetry.value("camera_armed", camera=each) for each in ("gate", "yard")] == [1, 0]
    assert telemetry.value("arming_mode_info", mode="night") == 1
    assert telemetry.value("arming_mode_info", mode="away") == 0


def test_a_camera_that_was_removed_is_told_no_more() -> None:
    """Its series goes; those of the others stay."""
    telemetry, names = InMemoryTelemetry(), ["gate", "yard"]
    arming = LiveArming(MemorySiteStore(), Settings(), telemetry=telemetry, clock=lambda: 0.0)
    metrics = ArmingMetrics(
        arming,
        lambda: dict.fromkeys(names, ("movement",)),
        telemetry=telemetry,
        clock=lambda: NOW,
    )
    metrics.report()

    names.remove("yard")
    metrics.report()

    assert [telemetry.value("camera_armed", camera=each) for each in ("gate", "yard")] == [1, 0]


def test_a_store_that_is_gone_leaves_them_as_they_were() -> None:
    """The health check tells of it; this one goes on."""
    telemetry = InMemoryTelemetry()
    arming = LiveArming(GoneStore(), Settings(), telemetry=telemetry)

    ArmingMetrics(arming, dict, telemetry=telemetry, clock=lambda: NOW).report()

    assert telemetry.value("arming_mode_info", mode="away") == 0
