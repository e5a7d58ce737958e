"""docs/configuration.md names every key."""

import dataclasses
import re
from pathlib import Path

import pytest

from inference.alert_options import AlertOptions
from service.config.camera_settings import CameraSettings
from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.mqtt import MqttSettings
from service.config.outputs.ntfy import NtfySettings
from service.config.outputs.webhook import WebhookSettings
from service.config.retention_settings import RetentionSettings
from service.config.settings import Settings, TraceSettings
from service.config.storage_settings import ArchiveSettings, RedisSettings
from service.config.system_alerts import SystemAlertSettings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
GROUPS = {
    "redis": RedisSettings,
    "archive": ArchiveSettings,
    "retention": RetentionSettings,
    "traces": TraceSettings,
    "cameras[]": CameraSettings,
    "system_alerts": SystemAlertSettings,
}
OUTPUTS = (
    WebhookSettings,
    FrigateSettings,
    NtfySettings,
    EmailSettings,
    MqttSettings,
    AppriseSettings,
)
KEYS = [
    *(
        key
        for key in Settings.model_fields
        if key
        not in {"redis", "archive", "retention", "traces", "cameras", "alerts", "system_alerts"}
    ),
    *(f"{group}.{key}" for group, model in GROUPS.items() for key in model.model_fields),
    *(f"outputs[].{key}" for model in OUTPUTS for key in model.model_fields),
    *(f"alerts.{field.name}" for field in dataclasses.fields(AlertOptions)),
]


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_documented(key: str) -> None:
    """A key of the site file is named on the page, in a table or in the text."""
    assert re.search(rf"`{re.escape(key)}`", PAGE.read_text())
