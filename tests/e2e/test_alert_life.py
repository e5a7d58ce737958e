"""One alert from the camera to its clients, and over the death of everything."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import httpx
import psutil
import pytest
from support.running_site import EVERYBODY, metric, replay
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService

pytestmark = pytest.mark.slow

# Each loop is a session of its own, so that what one opens the next one closes.
SQUARE = {
    "name": "square",
    "source": "sim:?people=2&fps=15&seed=7&events=fall@1&loop=4",
    "threshold": EVERYBODY,
}
RUNNER = {"name": "runner", "source": "sim:?people=4&fps=15&seed=7&events=run@2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the site's file, data and log."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[RunningService]:
    """A site of two cameras, which the last test kills."""
    with RunningService([SQUARE, RUNNER], folder=folder) as running:
        yield running


def opened_updated_closed(service: RunningService) -> str | None:
    """Return the id of an alert of the square that was received in all three states."""
    told: dict[str, list[str]] = {}
    for message in list(service.received):
        if message.event["alert"]["camera"] == "square":
            told.setdefault(message.event["alert"]["id"], []).append(message.event["type"])
    all_states = {"opened", "updated", "closed"}
    return next((alert for alert, types in told.items() if all_states <= {*types}), None)


def finished_episode(service: RunningService, alert_id: str) -> Any:
    """Return the recorded poses of an alert once they are all there."""
    with suppress(HTTPError):
        told = service.get(f"/alerts/{alert_id}/poses")
        return told if told["done"] else None
    return None


def people(episode: Any) -> list[Any]:
    """Return everybody in all frames of an episode."""
    return [person for frame in episode["frames"] for person in frame["people"]]


def test_an_event_raises_one_alert(service: RunningService) -> None:
    """With the default model and threshold somebody who runs is one alert, the walkers none."""
    (runner,) = [each for each in service.get("/cameras") if each["name"] == "runner"]
    if runner["threshold"] is None:
        pytest.skip("the model has no threshold")

    eventually(lambda: service.get("/alerts?camera=runner&state=closed")["alerts"])
    # On a busy machine the alert may be open before a client listens.
    everything = replay(service, "0-0")
    events = [event for event in everything if event["alert"]["camera"] == "runner"]

    assert len(events) >= 3
    assert len({event["alert"]["id"] for event in events}) == 1
    assert [event["type"] for event in events].count("opened") == 1


def test_an_alert_lives_and_outlives_everything(service: RunningService, folder: Path) -> None:
    """Opened, updated, closed; all views agree; kill -9 and a restart lose and double nothing."""
    alert_id = eventually(lambda: opened_updated_closed(service))
    life = [m.event for m in service.received if m.event["alert"]["id"] == alert_id]
    _looks_right(service, alert_id, life)
    episode = eventually(lambda: finished_episode(service, alert_id))
    assert any(person["number"] == episode["person"] for person in people(episode))
    before = service.get("/alerts?limit=200")["alerts"]
    last_id = service.received[-1].event["id"]
    processes = psutil.Process(service.process.pid).children(recursive=True)
    service.process.kill()
    assert psutil.wait_procs(processes, timeout=PATIENCE_S)[1] == []

    with RunningService([SQUARE, RUNNER], folder=folder) as again:
        after = {alert["id"] for alert in again.get("/alerts?limit=200")["alerts"]}
        assert {alert["id"] for alert in before} <= after
        missed = [event["id"] for event in replay(again, last_id)]
        everything = replay(again, "0-0")

        replayed = eventually(lambda: _replayed(folder, alert_id))

    assert len(replayed) == len(life)
    assert all("the same, bit for bit" in line for line in replayed), replayed
    ids = [event["id"] for event in everything]
    versions = [(event["alert"]["id"], event["alert"]["version"]) for event in everything]
    assert len(set(ids)) == len(ids)
    assert len(set(versions)) == len(versions)
    assert last_id in ids
    assert ids[ids.index(last_id) + 1 :][: len(missed)] == missed


def _looks_right(service: RunningService, alert_id: str, life: list[dict[str, object]]) -> None:
    types = [event["type"] for event in life]
    assert types[0] == "opened"
    assert types[-1] == "closed"
    assert set(types[1:-1]) == {"updated"}
    told = life[-1]["alert"]
    # The archive may be a moment behind; an answer waits for it a second at most.
    detail = eventually(lambda: _as_told(service.get(f"/alerts/{alert_id}"), told))
    assert (len(detail["poses"]), len(detail["poses"][0])) == (24, 17)
    assert len(detail["joints"]) == 4
    page = service.get("/alerts?camera=square&limit=200")["alerts"]
    listed = next(alert for alert in page if alert["id"] == alert_id)
    assert _as_told(listed, told)
    assert listed["verdict"] is None
    states = {each["name"]: each["state"] for each in service.get("/cameras")}
    assert states == {"square": "live", "runner": "live"}
    metrics = httpx.get(service.url + "/metrics").text
    assert metric(metrics, "capture_to_alert_seconds_count") > 0
    assert metric(metrics, 'alerts_total{camera="square"') > 0
    # The clip is the window that peaked: scored again it has the sum of its map.
    answer = httpx.post(
        service.url + "/score", json={"poses": detail["poses"], "fps": detail["fps"]}
    ).json()
    assert sum(map(sum, detail["joint_map"])) == pytest.approx(answer["score"], abs=1e-4)


def _replayed(folder: Path, alert_id: str) -> list[str] | None:
    """Return what `posewarden replay` says of each version, once the closing one is archived."""
    posewarden = Path(sys.executable).with_name("posewarden")
    command = [str(posewarden), "replay", alert_id, "--data", str(folder / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()[:-1]
    if not lines or "closed" not in lines[-1]:
        return None
    assert done.returncode == 0, done.stdout + done.stderr
    return lines


def _as_told(shown: Any, told: Any) -> Any:
    """Return an alert as REST shows it if the WebSocket told the same."""
    return shown if shown.items() >= told.items() else None
