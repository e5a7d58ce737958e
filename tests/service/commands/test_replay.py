"""`posewarden replay` over an archive on disk."""

from pathlib import Path

import msgspec
import pytest
from support.alert_site import AlertSite
from support.archives import sqlite_archive
from support.small_model import CARD, write_model

from service.adapters.database.decisions import DatabaseDecisions
from service.commands import replay
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


def test_a_registered_model_scores_what_it_scored(
    recorded: tuple[Settings, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An alert of a model that does not score any more is replayed by that model."""
    settings, name = recorded
    card = msgspec.structs.replace(CARD, weights_hash="m")
    file = write_model(tmp_path / "other.onnx", card).read_bytes()
    asked: list[str] = []

    def registered(_settings: Settings, weights: str) -> bytes:
        asked.append(weights)
        return file

    monkeypatch.setattr(replay, "registered_file", registered)
    lines = [line for line, _ in replay_alerts(settings, [name])]

    assert asked == ["m"]
    assert not any("model is" in line for line in lines)


def test_what_is_not_there_is_said(recorded: tuple[Settings, str], tmp_path: Path) -> None:
    """An alert without records, and a folder without an archive."""
    settings, _ = recorded
    with pytest.raises(ConfigError, match="no record of the alert nobody"):
        list(replay_alerts(settings, ["nobody"]))
    with pytest.raises(ConfigError, match="holds no archive"):
        list(replay_alerts(Settings(data=tmp_path / "none", provider="cpu"), []))
