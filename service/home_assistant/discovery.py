"""How Home Assistant is told of a site's cameras: one retained message a device.

Device discovery as Home Assistant has it since 2024.11.
"""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from inference.calibration.budget import LEAST_PER_DAY, MOST_PER_DAY
from inference.types import KINDS, Severity
from service.home_assistant.topics import Topics
from service.running_version import running_version

EVENT_TYPES = (
    "opened", "updated", "closed", "raised", "acknowledged", "verdict", "note", "escalated",
)  # fmt: skip
SITE_EVENT_TYPES = ("summary", "system", "test")
LONGEST_SUSPENSION_MIN = 30 * 24 * 60

EXPIRE_AFTER_S = 90


def camera_device(topics: Topics, camera: str, page: str | None, *, commands: bool) -> bytes:
    """Return the message that describes a camera.

    Args:
        page: the service's address from outside; None: it has none.
        commands: whether what can be set is shown as such.
    """
    node = f"{topics.node}_{camera}"
    components = _alert_components(topics, camera) | _measured_components(topics, camera)
    if commands:
        components |= _settable_components(topics, camera)
    device = {
        "identifiers": [node],
        "name": camera.replace("-", " ").capitalize(),
        "model": "Camera",
        "via_device": topics.node,
    }
    availability = [{"topic": topics.status}, {"topic": topics.of(camera, "status")}]
    return _message(node, device, components, availability, page)


def site_device(topics: Topics, modes: Sequence[str], page: str | None, *, commands: bool) -> bytes:
    """Return the message that describes the site itself."""
    mode: dict[str, Any] = {"platform": "sensor", "name": "Mode", "state_topic": topics.mode}
    if commands:
        mode |= {
            "platform": "select",
            "command_topic": topics.mode_command,
            "options": list(modes),
        }
    components: dict[str, dict[str, Any]] = {
        "mode": mode | {"icon": "mdi:shield-home"},
        "trouble": {
            "platform": "binary_sensor",
            "name": "Trouble",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": topics.trouble,
            "json_attributes_topic": topics.troubles,
        },
        "system": {
            "platform": "event",
            "name": "Notices",
            "event_types": list(SITE_EVENT_TYPES),
            "state_topic": topics.system,
        },
    }
    device = {"identifiers": [topics.node], "name": topics.node, "model": "Site"}
    return _message(topics.node, device, components, [{"topic": topics.status}], page)


def _message(
    node: str,
    device: dict[str, Any],
    components: dict[str, dict[str, Any]],
    availability: list[dict[str, str]],
    page: str | None,
) -> bytes:
    number = running_version()
    device |= {"manufacturer": "posewarden", "sw_version": number}
    origin = {"name": "posewarden", "sw_version": number}
    if page is not None:
        device["configuration_url"] = page
        origin["support_url"] = page
    named = {
        key: {"unique_id": f"{node}_{key}", **component} for key, component in components.items()
    }
    return msgspec.json.encode(
        {
            "device": device,
            "origin": origin,
            "availability": availability,
            "availability_mode": "all",
            "qos": 1,
            "components": named,
        }
    )


def _alert_components(topics: Topics, camera: str) -> dict[str, dict[str, Any]]:
    return {
        "alert": {
            "platform": "event",
            "name": "Alert",
            "event_types": list(EVENT_TYPES),
            "state_topic": topics.of(camera, "alert"),
        },
        "abnormal": {
            "platform": "binary_sensor",
            "name": "Abnormal movement",
            "device_class": "safety",
            "state_topic": topics.of(camera, "abnormal"),
        },
        "kind": _enum(topics, camera, "kind", "Kind of alert", ("none", *KINDS)),
        "severity": _enum(topics, camera, "severity", "Severity", ("none", *get_args(Severity))),
        "rarity": {
            "platform": "sensor",
            "name": "Rarity",
            "unit_of_measurement": "h",
            "state_topic": topics.of(camera, "rarity"),
        },
        "last_alert": {
            "platform": "sensor",
            "name": "Last alert",
            "device_class": "timestamp",
            "state_topic": topics.of(camera, "last_alert"),
        },
        "figure": {
            "platform": "image",
            "name": "Stick figure",
            "content_type": "image/png",
            "image_topic": topics.of(camera, "figure"),
        },
    }


def _enum(
    topics: Topics, camera: str, fact: str, name: str, options: Sequence[str]
) -> dict[str, Any]:
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "enum",
        "options": list(options),
        "state_topic": topics.of(camera, fact),
    }


def _measured_components(topics: Topics, camera: str) -> dict[str, dict[str, Any]]:
    units = {"score": ("Score", "bits/dim"), "people": ("People", None), "fps": ("Rate", "fps")}
    measured: dict[str, dict[str, Any]] = {}
    for fact, (name, unit) in units.items():
        measured[fact] = {
            "platform": "sensor",
            "name": name,
            "state_class": "measurement",
            "expire_after": EXPIRE_AFTER_S,
            "state_topic": topics.of(camera, fact),
        }
        if unit is not None:
            measured[fact]["unit_of_measurement"] = unit
        if fact != "people":
            measured[fact]["entity_category"] = "diagnostic"
    measured["connected"] = {
        "platform": "binary_sensor",
        "name": "Connected",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": topics.of(camera, "connected"),
        # A camera that is away is not connected; only without the service nobody knows.
        "availability": [{"topic": topics.status}],
    }
    return measured


def _settable_components(topics: Topics, camera: str) -> dict[str, dict[str, Any]]:
    always = {"availability": [{"topic": topics.status}]}
    return {
        "armed": {
            "platform": "switch",
            "name": "Armed",
            "icon": "mdi:shield",
            "state_topic": topics.of(camera, "armed"),
            "command_topic": topics.command(camera, "armed"),
            **always,
        },
        "suspend": {
            "platform": "number",
            "name": "Suspend",
            "unit_of_measurement": "min",
            "min": 0,
            "max": LONGEST_SUSPENSION_MIN,
            "mode": "box",
            "state_topic": topics.of(camera, "suspend"),
            "command_topic": topics.command(camera, "suspend"),
            **always,
        },
        "alarms_per_day": {
            "platform": "number",
            "name": "False alarms a day",
            "entity_category": "config",
            "min": LEAST_PER_DAY,
            "max": MOST_PER_DAY,
            "step": 0.1,
            "mode": "box",
            "state_topic": topics.of(camera, "alarms_per_day"),
            "command_topic": topics.command(camera, "alarms_per_day"),
            **always,
        },
    }
