"""`check-config --effective` and `export-config` over a real server that runs, or does not."""

import json
from pathlib import Path

import pytest

from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.site_store import RedisSiteStore
from service.cli import main


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's file; its data lies beside it."""
    path = tmp_path / "site.yaml"
    path.write_text(f"data: {tmp_path}/data\ncameras: [{{name: gate, source: 'usb:0'}}]\n")
    return path


def add_hall(url: str) -> None:
    """Add a camera over the API's store."""
    document = {"origin": "api", "settings": {"source": "rtsp://u:hunter2@10.0.0.9/"}}
    with connect(url) as client:
        RedisSiteStore(client).write("cameras", "hall", json.dumps(document).encode())


@pytest.mark.slow
def test_what_holds_is_told_while_the_site_runs_and_after(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded server is asked where it runs, and started for a moment where it does not."""
    with EmbeddedRedis(tmp_path / "data") as server:
        add_hall(server.url)
        assert main(["check-config", "--effective", str(site)]) == 0
    running = capsys.readouterr().out
    assert main(["export-config", "--config", str(site)]) == 0
    ended = capsys.readouterr().out

    assert 'cameras.hall.source: "rtsp://***@10.0.0.9/"  (API, version 1)' in running
    assert "version 1 of what was set over the API" in running
    assert "no site ran" not in running
    assert "rtsp://***@10.0.0.9/" in ended
    assert main(["export-config", "--config", str(site), "--with-secrets"]) == 0
    assert "hunter2" in capsys.readouterr().out


def test_a_site_that_never_ran_has_its_file_alone(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is made of its data folder for it."""
    assert main(["export-config", "--config", str(site)]) == 0

    assert "as of version 0" in capsys.readouterr().out
    assert main(["check-config", "--effective", str(site)]) == 0
    assert "no site ran in the data folder" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("redis", "said"),
    [
        ("{url: 'redis+cluster://one,two', shards: 1}", "leaves masters of the cluster without"),
        ("{url: 'redis+cluster://one,two', shards: 4}", "a cluster, known by 2 of its nodes"),
        ("{url: 'redis+sentinel://one/road'}", "the master road, by one Sentinel"),
        ("{url: 'redis+sentinel://one/road'}", "run three and name them all"),
        ("{url: 'redis+cluster://one,two,one:6379', shards: 4}", "names one:6379 twice"),
        ("{wait_replicas: 1}", "the embedded server has no replicas"),
        ("{url: 'redis://one', wait_replicas: 1}", "set 0 unless it has so many"),
    ],
)
def test_what_kind_of_redis_a_site_has_is_said(
    site: Path, capsys: pytest.CaptureFixture[str], redis: str, said: str
) -> None:
    """Nothing is asked over the network for it."""
    site.write_text(site.read_text() + f"redis: {redis}\n")

    assert main(["check-config", str(site)]) == 0
    assert said in capsys.readouterr().out


def test_more_camera_processes_than_cameras_are_noted(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are started all the same, since cameras may come over the API."""
    site.write_text(site.read_text() + "camera_processes: 3\n")

    assert main(["check-config", str(site)]) == 0
    assert "camera_processes: 3 are more than the cameras of the file, 1" in capsys.readouterr().out
