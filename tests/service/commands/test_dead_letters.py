"""`posewarden dead` over a real server."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from service import cli
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.keys import Shards
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """The file of a site of two shards on which one window of each was given up."""
    shards, telemetry = Shards(2), InMemoryTelemetry()
    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        for camera in ("gate", "hall", "yard"):
            joints = np.ones((1, 17, 3), np.float32)
            sample = Samples(PersonId(camera, "s", 1), 7, time.time(), joints, False, True)
            store = RedisWindowStore(client, frames=1, telemetry=telemetry, shards=shards)
            store.push(FrameView(camera, "s", 7, time.time(), 1, 1, ()), [sample])
        for shard in shards.all():
            queue = RedisWindowQueue(
                client, worker="w", clock=time.time, telemetry=telemetry, shard=shard
            )
            queue.dead_letter(queue.take(9, 0.0), "scoring")
        file = tmp_path / "site.yaml"
        file.write_text(f"redis: {{url: '{server.url}', shards: 2}}\n")
        yield file


def test_dead_letters_are_listed_shown_and_deleted(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has a line; one shows its poses; after clearing there is none."""

    def said(*arguments: str) -> str:
        assert cli.main(["dead", *arguments, "--config", str(site)]) == 0
        return capsys.readouterr().out.strip()

    lines = said("list").splitlines()
    shown = json.loads(said("show", lines[0].split()[0]))

    assert len(lines) == 3
    assert all("scoring" in line and "frame 7" in line for line in lines)
    assert np.array(shown["window"]["poses"]).shape == (1, 17, 3)
    assert said("clear") == "deleted: 3"
    assert said("list") == "no dead letters"


def test_an_unknown_id_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that names the known ones."""
    assert cli.main(["dead", "show", "0:1-1", "--config", str(site)]) == 1
    assert "posewarden dead list" in capsys.readouterr().err


def test_a_server_of_up_is_found_in_its_data_folder(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a redis.url the socket there is it; with neither the command says what it needs."""
    assert cli.main(["dead", "list", "--data", str(site.parent / "redis")]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 1

    assert cli.main(["dead", "list", "--data", str(site.parent)]) == 1
    assert "redis.url" in capsys.readouterr().err
