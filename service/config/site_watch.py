"""Follows what people set over the API: every process takes it within a second or so."""

import logging
from collections.abc import Callable
from threading import Lock

from service.config.camera_settings import CameraSettings
from service.config.effective import EffectiveSite, effective_site
from service.config.problem import ConfigProblem
from service.config.settings import Settings
from service.ports.site import SiteChanged, SiteDocuments, SiteStore
from service.sentences.cameras import SITE_CROSSED
from tracker.errors import ConfigError

log = logging.getLogger(__name__)
CHECK_EVERY_S = 1.0
TRIES = 5


class SiteWatch:
    """Holds the settings that hold in this process, and tells who needs to know that they changed.

    Until the first `refresh` they are the file's alone.
    """

    def __init__(self, settings: Settings, store: SiteStore) -> None:
        self._file = settings
        self._store = store
        self._lock = Lock()
        self._current = effective_site(settings, SiteDocuments())
        self._listeners: list[Callable[[EffectiveSite], None]] = []

    @property
    def current(self) -> EffectiveSite:
        """The site as of the last refresh; never changed in place."""
        return self._current

    def file_camera(self, name: str) -> CameraSettings:
        """Return what the site's file says of one of its cameras.

        Raises:
            KeyError: it is not there.
        """
        return {camera.name: camera for camera in self._file.cameras}[name]

    def subscribe(self, listener: Callable[[EffectiveSite], None]) -> None:
        """Call a function with the site now, and again after every change, in whatever thread."""
        with self._lock:
            self._listeners.append(listener)
            listener(self._current)

    def refresh(self) -> EffectiveSite:
        """Take what was changed, if anything was; return the site.

        Raises:
            StoreUnavailable: Redis did not answer; what was taken before still holds.
        """
        with self._lock:
            if self._store.version() == self._current.version:
                return self._current
            site = effective_site(self._file, self._store.read())
            self._report(site)
            self._current = site
            for listener in self._listeners:
                listener(site)
            return site

    def make(self, attempt: Callable[[EffectiveSite], None]) -> EffectiveSite:
        """Make a change that others may cross, on the site as it then is; return the site with it.

        Raises:
            SiteChanged: others changed the same again and again.
        """
        for _ in range(TRIES):
            try:
                attempt(self.refresh())
            except SiteChanged:
                continue
            return self.refresh()
        raise SiteChanged(SITE_CROSSED())

    def step(self) -> float:
        """Take what was changed; return for how many seconds to rest.

        Raises:
            StoreUnavailable: as of `refresh`.
        """
        self.refresh()
        return CHECK_EVERY_S

    def start(self) -> None:
        """Take what is there when the process starts.

        Raises:
            ConfigError: a camera is in the site's file and was added over the API, too.
            StoreUnavailable: Redis did not answer.
        """
        if conflicts := self.refresh().conflicts:
            raise ConfigError("\n".join(str(conflict) for conflict in conflicts))

    def _report(self, site: EffectiveSite) -> None:
        """Log what is wrong with the documents, once."""
        before: set[ConfigProblem] = {*self._current.problems, *self._current.conflicts}
        for problem in (*site.problems, *site.conflicts):
            if problem not in before:
                log.error("a setting of the API does not hold", extra={"reason": str(problem)})
