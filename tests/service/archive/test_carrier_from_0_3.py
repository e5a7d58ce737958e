"""The first start over a data folder that version 0.3 wrote."""

import shutil
import time
from pathlib import Path

from support.archives import names, no_retention, sqlite_archive

from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases, RedisMembership
from service.adapters.redis.poses import RedisPoseFeed
from service.archive.carrier import Carrier, CarrierDependencies
from service.archive.episode_recorder import EpisodeRecorder
from tracker.memory_telemetry import InMemoryTelemetry

# Written by version 0.3's own adapters: three alerts with clips, two of them closed.
DATA = Path(__file__).with_name("data_of_0_3")


def test_alerts_of_version_0_3_are_carried_over(tmp_path: Path) -> None:
    """Each is in the archive as it was, with its clip; a second start doubles nothing."""
    shutil.copytree(DATA, tmp_path / "data")
    archive, telemetry = sqlite_archive(tmp_path), InMemoryTelemetry()
    with EmbeddedRedis(tmp_path / "data") as server, connect(server.url) as client:
        alerts = RedisAlerts(client, telemetry=telemetry)
        dependencies = CarrierDependencies(
            lease=RedisLeases(client, owner="a", key=Shards.archive_lease),
            homes=RedisMembership(client, what="archives", owner="here"),
            log=RedisAlertLog(client, telemetry=telemetry),
            history=alerts,
            writer=archive.writer,
            recorder=EpisodeRecorder(
                DatabaseEpisodes(archive.database),
                RedisPoseFeed(client, telemetry=telemetry),
                telemetry=telemetry,
                clock=time.time,
            ),
            retention=no_retention(archive, alerts, telemetry),
            telemetry=telemetry,
        )
        carried = [Carrier(dependencies).step(0.0) for _ in range(2)]

    found = [archive.reader.get(f"{number:020x}") for number in (1, 2, 3)]
    states = [
        (one.archived.alert.camera, one.archived.alert.state) for one in found if one is not None
    ]
    assert carried == [True, True]
    assert len(names(archive)) == 3
    assert states == [("gate", "closed"), ("yard", "closed"), ("gate", "open")]
    assert all(
        one is not None and one.poses is not None and len(one.poses.poses) == 24 for one in found
    )
    assert telemetry.value("archive_alerts_written_total") == 3
    archive.database.close()
