"""What each route asks for: the one table of rights. A route without a row serves nobody."""

import re
from collections.abc import Mapping

from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from service.access.directory import Identity
from service.access.principal import Principal, Right
from service.api.problems import Problem
from service.sentences.requests import NO_RIGHT, NO_RIGHT_FOR_ANYBODY
from tracker.wording import Sentence

# By method and path as the route has it; WS: a WebSocket, which is asked by its own door.
RIGHTS_OF_ROUTES: Mapping[tuple[str, str], Right] = {
    # The page's files hold nothing of the site.
    ("GET", "/"): "open",
    ("GET", "/page/{path:path}"): "open",
    # The description of the API; neither does it.
    ("GET", "/docs"): "open",
    ("GET", "/docs/docs.js"): "open",
    ("GET", "/docs/swagger-ui.css"): "open",
    ("GET", "/docs/swagger-ui-bundle.js"): "open",
    ("GET", "/openapi.json"): "open",
    ("GET", "/schemas/ws-alerts.json"): "open",
    ("GET", "/schemas/ws-live.json"): "open",
    ("GET", "/schemas/ws-client.json"): "open",
    # What lets people in.
    ("GET", "/setup"): "open",
    ("POST", "/setup"): "open",
    ("POST", "/session"): "open",
    ("GET", "/session"): "view",
    ("DELETE", "/session"): "view",
    ("PUT", "/session/password"): "view",
    ("GET", "/users"): "administer",
    ("POST", "/users"): "administer",
    ("PATCH", "/users/{name}"): "administer",
    ("DELETE", "/users/{name}"): "administer",
    ("GET", "/keys"): "administer",
    ("POST", "/keys"): "administer",
    ("DELETE", "/keys/{key_id}"): "administer",
    ("GET", "/audit"): "administer",
    # Probes. Without a right to view, /readyz names no camera.
    ("GET", "/healthz"): "open",
    ("GET", "/readyz"): "open",
    ("GET", "/metrics"): "measure",
    ("GET", "/about"): "view",
    ("POST", "/score"): "view",
    ("GET", "/cameras"): "view",
    ("POST", "/cameras"): "administer",
    ("POST", "/cameras/discover"): "administer",
    # It connects to addresses of the site's network, and says what answers.
    ("POST", "/cameras/probe"): "administer",
    # Addresses, though without passwords, to admins alone.
    ("GET", "/cameras/{name}"): "view",
    ("PATCH", "/cameras/{name}"): "administer",
    ("DELETE", "/cameras/{name}"): "administer",
    ("GET", "/cameras/{name}/zones"): "view",
    ("PUT", "/cameras/{name}/zones"): "administer",
    ("DELETE", "/cameras/{name}/zones"): "administer",
    ("GET", "/cameras/{name}/preview"): "view",
    # People in ignored zones, too: to those who may draw them.
    ("GET", "/cameras/{name}/traces"): "administer",
    ("GET", "/cameras/{name}/still"): "administer",
    ("GET", "/cameras/{name}/background"): "view",
    ("PUT", "/cameras/{name}/background"): "administer",
    ("DELETE", "/cameras/{name}/background"): "administer",
    ("GET", "/cameras/{name}/calibration"): "view",
    ("GET", "/cameras/{name}/rarity"): "view",
    ("PUT", "/cameras/{name}/budget"): "administer",
    ("DELETE", "/cameras/{name}/budget"): "administer",
    ("GET", "/cameras/{name}/watched"): "view",
    ("GET", "/cameras/{name}/drift"): "view",
    ("POST", "/cameras/{name}/drift/accept"): "administer",
    ("GET", "/watched"): "view",
    ("POST", "/cameras/{name}/pause"): "operate",
    ("POST", "/cameras/{name}/resume"): "operate",
    ("GET", "/alerts"): "view",
    ("GET", "/alerts.csv"): "view",
    ("GET", "/alerts.jsonl"): "view",
    ("GET", "/alerts/{alert_id}"): "view",
    ("GET", "/alerts/{alert_id}/poses"): "view",
    ("GET", "/alerts/{alert_id}/scores"): "view",
    ("POST", "/alerts/{alert_id}/acknowledge"): "operate",
    ("POST", "/alerts/{alert_id}/verdict"): "operate",
    ("POST", "/alerts/{alert_id}/notes"): "operate",
    ("GET", "/near-misses"): "view",
    ("GET", "/near-misses/{near_miss_id}/poses"): "view",
    ("POST", "/near-misses/{near_miss_id}/verdict"): "operate",
    # A model scores all cameras: only who sees all of them may change it.
    ("GET", "/models"): "view",
    ("GET", "/models/shadow"): "view",
    ("DELETE", "/models/shadow"): "administer",
    ("POST", "/models/{sha256}/shadow"): "administer",
    ("POST", "/models/{sha256}/promote"): "administer",
    ("POST", "/models/rollback"): "administer",
    ("GET", "/snoozes"): "view",
    ("POST", "/snoozes"): "operate",
    ("DELETE", "/snoozes/{snooze_id}"): "operate",
    # Modes hold for all cameras: only who sees all of them may change any.
    ("GET", "/arming"): "view",
    ("GET", "/arming/week"): "view",
    ("PUT", "/arming/mode"): "operate",
    ("PUT", "/cameras/{name}/armed"): "operate",
    ("PUT", "/arming"): "administer",
    ("DELETE", "/arming"): "administer",
    # Outputs are the whole site's. What alerts go where, to who may change it.
    ("GET", "/outputs"): "administer",
    ("POST", "/outputs"): "administer",
    ("PATCH", "/outputs/{name}"): "administer",
    ("DELETE", "/outputs/{name}"): "administer",
    ("POST", "/outputs/{name}/test"): "administer",
    ("GET", "/deliveries"): "administer",
    ("GET", "/alerts/{alert_id}/deliveries"): "view",
    # The token in the path is the right.
    ("GET", "/links/{token}"): "open",
    ("POST", "/links/{token}"): "open",
    # Each event to who may see its camera.
    ("GET", "/system-events"): "view",
    # Names processes, no cameras.
    ("GET", "/canary"): "view",
    ("WS", "/ws/alerts"): "view",
    ("WS", "/ws/live"): "view",
}
OPEN_PATHS = frozenset(path for (_, path), right in RIGHTS_OF_ROUTES.items() if right == "open")
# What stands in a route's path for one part, and for all that follows, once it is escaped.
ONE_NAME, WHOLE_PATH = r"\\{\w+\\}", r"\\{\w+:path\\}"
_OPEN = re.compile(
    "|".join(
        f"{method} {re.sub(ONE_NAME, '[^/]+', re.sub(WHOLE_PATH, '.+', re.escape(path)))}"
        for (method, path), right in RIGHTS_OF_ROUTES.items()
        if right == "open"
    )
)


def is_open(method: str, path: str) -> bool:
    """Tell whether such a request may come without a key or session."""
    asked = "GET" if method == "HEAD" else method
    return _OPEN.fullmatch(f"{asked} {path}") is not None


def check_right(connection: HTTPConnection) -> None:
    """Refuse a request whose principal lacks the right that the route asks for.

    Raises:
        Problem: it lacks it, or the table has no row for the route.
    """
    route = connection.scope.get("route")
    if connection.scope["type"] != "http" or not isinstance(route, APIRoute):
        return
    right = RIGHTS_OF_ROUTES.get((connection.scope["method"], route.path))
    if right == "open":
        return
    identity: Identity | None = connection.scope["identity"]
    principal = None if identity is None else identity.principal
    if right is None or principal is None or not principal.may(right):
        connection.app.state.telemetry.count("access_refused_total", reason="right")
        raise Problem(403, "no-right", _refusal(principal, right))


def _refusal(principal: Principal | None, right: Right | None) -> Sentence:
    if principal is None or right is None:
        return NO_RIGHT_FOR_ANYBODY()
    return NO_RIGHT(right=right, name=principal.name, role=principal.role)
