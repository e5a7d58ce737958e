"""Draws zones on a camera's picture while the site runs."""

from collections.abc import Callable

import msgspec

from service.config.camera_editor import CameraRefused, camera_of, require_version
from service.config.effective import EffectiveSite
from service.config.site_watch import SiteWatch
from service.ports.site import SiteChanged, SiteFull, SiteStore
from service.sentences import cameras as said
from tracker.wording import sentence_of
from tracker.zones.zone import CameraZones


class ZoneEditor:
    """Changes the zones of cameras; every process takes the change within seconds.

    Every call raises CameraRefused with the remedy, or StoreUnavailable while Redis does not
    answer.
    """

    def __init__(self, watch: SiteWatch, store: SiteStore) -> None:
        self._watch = watch
        self._store = store

    def draw(self, name: str, drawn: CameraZones, expected: int | None = None) -> EffectiveSite:
        """Put zones in the place of all that a camera has.

        Args:
            expected: the version that the camera must still have; None: any.
        """

        def attempt(site: EffectiveSite) -> None:
            require_version(name, site, expected)
            _refuse_idle_rules(drawn, site, name)
            self._write(site, name, msgspec.json.encode(drawn))

        return self._retried(attempt)

    def reset(self, name: str, expected: int | None = None) -> EffectiveSite:
        """Take a camera back to the zones that its own settings say."""

        def attempt(site: EffectiveSite) -> None:
            require_version(name, site, expected)
            self._write(site, name, None)

        return self._retried(attempt)

    def _retried(self, attempt: Callable[[EffectiveSite], None]) -> EffectiveSite:
        try:
            return self._watch.make(attempt)
        except SiteChanged as err:
            raise CameraRefused("camera-changed", said.ZONES_CROSSED()) from err
        except SiteFull as err:
            raise CameraRefused("site-full", sentence_of(err)) from err

    def _write(self, site: EffectiveSite, name: str, body: bytes | None) -> None:
        known = site.documents.of("zones").get(name)
        if body == (None if known is None else known.body):
            return  # nothing changes
        self._store.write("zones", name, body, expected=0 if known is None else known.version)


def _refuse_idle_rules(drawn: CameraZones, site: EffectiveSite, name: str) -> None:
    """Refuse rules for stays before a camera that raises no alerts of them."""
    if "dwell" in camera_of(site, name).kinds:
        return
    for place, zone in enumerate(drawn.zones):
        if zone.dwell_s is not None:
            text = said.ZONE_DWELLS_IN_VAIN(zone=zone.name, name=name)
            raise CameraRefused("wrong-camera", text, f"zones/{place}/dwell_s")
