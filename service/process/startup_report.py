"""Reports once that `posewarden up` is ready: its address, its model and what is missing."""

import http.client
import json
import logging
import urllib.error
import urllib.request
from typing import Any

from service.config.settings import Settings

log = logging.getLogger(__name__)
ASK_EVERY_S = 0.5
ASK_TIMEOUT_S = 1.0
PATIENCE_S = 20.0


class StartupReport:
    """Prints what the service's own /readyz says, so that it describes what really runs."""

    def __init__(self, settings: Settings, address: tuple[Any, ...], started_at: float) -> None:
        self._settings = settings
        self._base = base_url(settings.host, int(address[1]))
        self._started_at = self._due_at = started_at
        self._done = self._warned = False

    def poll(self, now: float) -> None:
        """Ask /readyz every half second; print once it is ready, warn once if it takes long."""
        if self._done or now < self._due_at:
            return
        self._due_at = now + ASK_EVERY_S
        state = readiness(self._base)
        if state.get("ready"):
            self._done = True
            self._print(state)
        elif now - self._started_at > PATIENCE_S and not self._warned:
            self._warned = True
            reasons = "; ".join(state.get("reasons", ["the API does not answer"]))
            log.warning("not ready yet", extra={"reasons": reasons})

    def _print(self, state: dict[str, Any]) -> None:
        model = state["model"]
        print(f"posewarden: page at {self._base}/", flush=True)
        print(
            f"posewarden: model {model['name']} ({model['hash'][:12]}) on {model['provider']}, "
            f"{model['frames']} poses at {model['fps']:g} fps, "
            f"threshold {_number(model['threshold'])}",
            flush=True,
        )
        if not self._settings.cameras:
            print("posewarden: no cameras configured; only POST /score is available", flush=True)
        if model["threshold"] is not None:
            return
        for camera in self._settings.cameras:
            if camera.threshold is None:
                print(
                    f"posewarden: camera {camera.name} raises no alerts: the model card has no "
                    "quantiles and the camera no threshold; set cameras[].threshold",
                    flush=True,
                )


def base_url(host: str, port: int) -> str:
    """Return the address to open from this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 -- compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f} bits/dimension"


def readiness(base: str) -> dict[str, Any]:
    """Return what /readyz answers; nothing if it does not."""
    # A proxy from the environment cannot reach this machine's own addresses.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
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
