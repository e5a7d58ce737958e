"""`posewarden calibration`: lists, shows and goes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.calibrations import snapshot

from inference.drift.record import DriftRecord
from service.adapters.redis.calibrations import RedisCalibrations
from service.adapters.redis.connection import connect
from service.adapters.redis.drift import RedisDrift
from service.adapters.redis.embedded import EmbeddedRedis
from service.cli import main
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Flags of a site whose camera gate was calibrated twice."""
    folder = tmp_path_factory.mktemp("site")
    config = folder / "site.yaml"
    config.write_text("cameras: [{name: gate, source: 'usb:0', alarms_per_day: 1}]\n")
    data = folder / "data"
    server = EmbeddedRedis(data)
    server.start()
    try:
        with connect(server.url) as client:
            store = RedisCalibrations(client, telemetry=InMemoryTelemetry())
            for number in (1, 2):
                store.put_snapshot(snapshot(number))
        yield ["--config", str(config), "--data", str(data)]
    finally:
        server.stop()


def test_calibrations_are_listed_and_shown(
    site: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest first, with thresholds and what they promise."""
    assert main(["calibration", "list", *site]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["calibration", "show", *site, "gate", "1"]) == 0
    shown = capsys.readouterr().out
    assert main(["calibration", "show", *site, "gate"]) == 0
    newest = capsys.readouterr().out

    assert [line.split()[:2] for line in lines] == [["gate", "2"], ["gate", "1"]]
    assert "movement 4.5" in lines[0]
    assert '"number": 1' in shown
    assert '"number": 2' in newest
    assert main(["calibration", "show", *site, "nobody"]) == 1
    assert "nobody has no calibration" in capsys.readouterr().err


def test_a_camera_goes_back_and_on(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By one command each; what is not there is refused with what is."""
    refused = main(["calibration", "rollback", *site, "gate", "9"])
    remedy = capsys.readouterr().err
    back = main(["calibration", "rollback", *site, "gate", "1"])
    said = capsys.readouterr().out
    on = main(["calibration", "resume", *site, "gate"])
    again = main(["calibration", "resume", *site, "gate"])

    assert (refused, back, on, again) == (1, 0, 0, 1)
    assert "there are 1, 2" in remedy
    assert "gate is back at calibration 1, as 3" in said


def test_a_folder_without_a_site_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    assert main(["calibration", "list", "--data", str(tmp_path / "none")]) == 1
    assert "start `up` once" in capsys.readouterr().err


def test_only_a_drift_is_accepted(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Of a camera that sees what it used to see there is nothing to accept."""
    refused = main(["calibration", "accept", *site, "gate"])
    said = capsys.readouterr().err
    data = site[site.index("--data") + 1]
    with connect(EmbeddedRedis(Path(data)).url) as client:
        store = RedisDrift(client, telemetry=InMemoryTelemetry())
        store.put("gate", DriftRecord(number=1, state="drifting", since=1_800_000_000.0))
    accepted = main(["calibration", "accept", *site, "gate"])

    assert (refused, accepted) == (1, 0)
    assert "gate: it is ok; only a drift can be accepted" in said
    assert "gate is calibrated anew by what it sees since 2027-01-15T08:00" in (
        capsys.readouterr().out
    )
