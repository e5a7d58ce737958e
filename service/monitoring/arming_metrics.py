"""Reports which mode holds and which cameras are armed."""

from collections.abc import Callable, Mapping, Sequence

from inference.types import Kind
from service.config.live_arming import LiveArming
from service.metric_names import SiteGauge
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable

OF_CAMERA: tuple[SiteGauge, ...] = ("camera_armed",)


class ArmingMetrics:
    """Sets the gauges of a site's arming each time it is called.

    Args:
        kinds: which kinds of alerts each camera of the site raises.
        clock: UTC seconds.
    """

    def __init__(
        self,
        arming: LiveArming,
        kinds: Callable[[], Mapping[str, Sequence[Kind]]],
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._arming, self._kinds = arming, kinds
        self._telemetry, self._clock = telemetry, clock
        self._modes: set[str] = set()
        self._cameras: set[str] = set()

    def report(self) -> None:
        """Set them; what Redis does not answer stays as it was."""
        now = self._clock()
        try:
            arming = self._arming.current()
        except StoreUnavailable:  # the health check counts it
            return
        mode = arming.mode_at(now)
        self._modes |= arming.plan.modes.keys()
        for each in self._modes:
            self._telemetry.gauge("arming_mode_info", float(each == mode), mode=each)
        cameras = self._kinds()
        for gone in self._cameras - cameras.keys():
            self._telemetry.forget_gauges(OF_CAMERA, camera=gone)
        self._cameras = set(cameras)
        for camera, kinds in cameras.items():
            armed = bool(arming.armed_kinds(camera, kinds, now))
            self._telemetry.gauge("camera_armed", float(armed), camera=camera)
