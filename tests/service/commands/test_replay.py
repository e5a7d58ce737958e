"""`posewarden replay` over an archive on disk."""

from pathlib import Path

import pytest
from support.alert_site import AlertSite
from support.archives import sqlite_archive

from service.adapters.database.decisions import DatabaseDecisions
from service.commands.replay import replay_alerts
from service.config.settings import Settings
from tracker.errors import ConfigError


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Settings, str]:
    """A data folder with the records of one alert, decided from scores of another model."""
    site = AlertSite()
    site.write(*[1.0] * 3, *[5.0] * 5, *[1.0] * 12)
    site.process().step(0.0)
    records = [record for _, record in site.decisions.oldest(10) if record is not None]
    archive = sqlite_archive(tmp_path)
    DatabaseDecisions(archive.database).put(records)
    archive.database.close()
    return Settings(data=tmp_path, provider="cpu"), records[0].event.alert.id


def test_every_recorded_version_is_decided_again(recorded: tuple[Settings, str]) -> None:
    """A line each; what another model scored otherwise is said, and does not hold."""
    settings, name = recorded
    lines = list(replay_alerts(settings, [name]))

    assert lines == list(replay_alerts(settings, []))
    versions = [line.split()[0] for line, _ in lines]
    assert versions == [f"{name}-{number}" for number in range(1, len(lines) + 1)]
    assert lines[-1][0].split()[1] == "closed"
    opened, holds = lines[0]
    assert not holds
    assert "differs: model is " in opened
    assert "scores differ by up to " in opened


def test_what_is_not_there_is_said(recorded: tuple[Settings, str], tmp_path: Path) -> None:
    """An alert without records, and a folder without an archive."""
    settings, _ = recorded
    with pytest.raises(ConfigError, match="no record of the alert nobody"):
        list(replay_alerts(settings, ["nobody"]))
    with pytest.raises(ConfigError, match="holds no archive"):
        list(replay_alerts(Settings(data=tmp_path / "none", provider="cpu"), []))
