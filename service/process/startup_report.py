"""Reports once that `posewarden up` is ready: its address, its model and what is missing."""

import http.client
import json
import logging
import ssl
import urllib.error
import urllib.request
from typing import Any

from service.config.settings import Settings

log = logging.getLogger(__name__)
ASK_EVERY_S = 0.5
ASK_LATE_EVERY_S = 2.0  # once cameras take longer than they ordinarily do
ASK_TIMEOUT_S = 1.0
QUIET_S = 2.0  # who is ready sooner needs no words
PATIENCE_S = 20.0
CAMERAS_WITHIN_S = 30.0
NO_CAMERAS = (
    "posewarden: no cameras in the site's file; those of POST /cameras are watched, and "
    "POST /score is available"
)


class StartupReport:
    """Prints what the service's own /readyz says, so that it describes what really runs."""

    def __init__(self, settings: Settings, address: tuple[Any, ...], started_at: float) -> None:
        self._settings = settings
        scheme = "http" if settings.tls is None else "https"
        self._base = base_url(settings.host, int(address[1]), scheme)
        self._started_at = self._due_at = started_at
        self._ready_s: float | None = None
        self._done = self._warned = False
        self._said = ""
        self._away: frozenset[str] | None = None  # cameras that were named as not live yet

    def poll(self, now: float) -> None:
        """Ask /readyz again and again: print what is missing, then once that it is ready.

        It goes on until every camera was live, and says so however late that is.
        """
        if self._done or now < self._due_at:
            return
        self._due_at = now + (ASK_EVERY_S if self._away is None else ASK_LATE_EVERY_S)
        state, past_s = readiness(self._base), now - self._started_at
        if self._ready_s is not None:
            self._tell_cameras(state, past_s, past_s - self._ready_s)
        elif state.get("ready"):
            self._ready_s, self._done = past_s, not self._settings.cameras
            self._print(state)
            self._tell_cameras(state, past_s, 0.0)
        else:
            self._tell_missing(state, past_s)

    def _tell_missing(self, state: dict[str, Any], past_s: float) -> None:
        reasons = "; ".join(state.get("reasons", ["the API does not answer yet"]))
        if past_s >= QUIET_S and reasons != self._said:
            self._said = reasons
            print(f"posewarden: starting, {past_s:.0f} s so far: {reasons}", flush=True)
        if past_s > PATIENCE_S and not self._warned:
            self._warned = True
            log.warning("not ready yet", extra={"reasons": reasons})

    def _tell_cameras(self, state: dict[str, Any], past_s: float, ready_s: float) -> None:
        """Print how many cameras are live: all, or those within their time and then the others.

        Args:
            past_s: since the start.
            ready_s: since the service is ready; a machine that starts slowly opens cameras late.
        """
        cameras = state.get("cameras", {})
        unpaused = [name for name, camera_state in cameras.items() if camera_state != "paused"]
        away = [name for name in unpaused if cameras[name] != "live"]
        if not cameras or (away and ready_s < CAMERAS_WITHIN_S):
            return
        live = f"{len(unpaused) - len(away)} of {len(unpaused)} cameras live after {past_s:.0f} s"
        missing = f"; not yet: {', '.join(away)}" if away else ""
        came = sorted((self._away or set()) - set(away))
        if self._away is None or came:
            begins = f"{', '.join(came)} came: " if came else ""
            print(f"posewarden: {begins}{live}{missing}", flush=True)
        # Whoever was live once is not waited for again: from then on the log says what is lost.
        self._away = frozenset(away) & (set(away) if self._away is None else self._away)
        self._done = not self._away

    def _print(self, state: dict[str, Any]) -> None:
        model = state["model"]
        outside = self._settings.public_url
        others = "" if outside in (None, self._base) else f", for others at {outside}/"
        print(f"posewarden: page at {self._base}/{others}", flush=True)
        print(
            f"posewarden: model {model['name']} ({model['hash'][:12]}) on {model['provider']}, "
            f"{model['frames']} poses at {model['fps']:g} fps, "
            f"threshold {_number(model['threshold'])}",
            flush=True,
        )
        if not self._settings.cameras:
            print(NO_CAMERAS, flush=True)
        if model["threshold"] is not None:
            return
        for camera in self._settings.cameras:
            if camera.threshold is None:
                print(
                    f"posewarden: camera {camera.name} raises no alerts: the model card has no "
                    "quantiles and the camera no threshold; set cameras[].threshold",
                    flush=True,
                )


def base_url(host: str, port: int, scheme: str = "http") -> str:
    """Return the address to open from this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 -- compared, not bound
    return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f} bits/dimension"


def readiness(base: str) -> dict[str, Any]:
    """Return what /readyz answers; nothing if it does not."""
    # A proxy from the environment cannot reach this machine's own addresses.
    # The certificate names the host as others call it; this only asks its own child.
    own = ssl.create_default_context()
    own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=own)
    )
    try:
        try:
            answer = opener.open(f"{base}/readyz", timeout=ASK_TIMEOUT_S)
        except urllib.error.HTTPError as err:
            answer = err
        with answer:
            state = json.load(answer)
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    return state if isinstance(state, dict) else {}
