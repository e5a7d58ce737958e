"""Where browsers find the service, and which pages may speak to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from service.web_address import origin_of, same_host

WARN_EVERY_S = 60.0
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlace:
    """Where the service stands behind proxies.

    Attributes:
        root_path: the path under which a proxy shows it, "" at the top.
        public_url: the page's address from outside; None where nobody said it.
        origins: other pages that may use the API from a browser.
    """

    root_path: str = ""
    public_url: str | None = None
    origins: tuple[str, ...] = ()

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a WebSocket comes from our own page or one that may use it.

        Browsers let every page open a WebSocket; programs send no Origin.
        """
        origin = headers.get("origin")
        if origin is None or origin in self.origins:
            return True
        return same_host(origin, headers.get("host", ""))

    def is_encrypted_at(self, host: str) -> bool:
        """Tell whether the page's address from outside is this host's, by TLS."""
        address = self.public_url or ""
        return address.startswith("https://") and same_host(origin_of(address), host)


class RefusalLog:
    """Logs refused origins, once a minute at most: whoever opens sockets must not fill the log.

    Args:
        clock: seconds.
        warn: takes the two headers, shortened.
    """

    def __init__(self, clock: Callable[[], float], warn: Callable[[str, str], None]) -> None:
        self._clock, self._warn = clock, warn
        self._due_at: float | None = None
        self._lock = Lock()

    def refused(self, headers: Mapping[str, str]) -> None:
        """Take note of a refused request."""
        with self._lock:
            now = self._clock()
            # Absolute: a clock that was set back must not silence it for long.
            if self._due_at is not None and abs(now - self._due_at) < WARN_EVERY_S:
                return
            self._due_at = now
        origin, host = (headers.get(name, "")[:SHOWN_CHARACTERS] for name in ("origin", "host"))
        self._warn(origin, host)
