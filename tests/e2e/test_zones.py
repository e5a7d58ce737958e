"""Zones before simulated cameras of a running service: in the site's file, and drawn meanwhile."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.running_site import EVERYBODY, metric
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService

pytestmark = pytest.mark.slow
SOURCE = "sim:?people=3&fps=10&seed=7"
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]
LEFT = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]


def camera(name: str, *zones: dict[str, Any], threshold: float = EVERYBODY) -> dict[str, Any]:
    """Return a camera before the same people, with these zones."""
    drawn = [{"kind": "zone", **zone} for zone in zones]
    return {"name": name, "source": SOURCE, "threshold": threshold, "zones": drawn}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A site with an ignored picture, one with alerts in its left half, and one without zones."""
    folder: Path = tmp_path_factory.mktemp("site")
    cameras = [
        camera("ignored", {"name": "all", "kind": "ignore", "polygon": EVERYWHERE}),
        camera("door", {"name": "left", "polygon": LEFT, "only_here": True}),
        camera("square"),
        camera("shop", {"name": "all", "polygon": EVERYWHERE, "dwell_s": 2}, threshold=1000.0),
    ]
    with RunningService(cameras, folder=folder) as running:
        yield running


def put(site: RunningService, camera: str, *zones: dict[str, Any]) -> dict[str, Any]:
    """Draw a camera's zones over the API."""
    body = json.dumps({"zones": zones}).encode()
    url = f"{site.url}/cameras/{camera}/zones"
    request = urllib.request.Request(url, body, method="PUT")  # noqa: S310 -- our own
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 -- our own
        found: dict[str, Any] = json.load(answer)
        return found


def row(site: RunningService, camera: str) -> dict[str, Any]:
    """Return what `/cameras` says of one."""
    (found,) = [each for each in site.get("/cameras") if each["name"] == camera]
    return dict(found)


def opened(site: RunningService, camera: str) -> list[dict[str, Any]]:
    """Return the alerts of a camera that have opened so far."""
    alerts = [message.event["alert"] for message in site.opened()]
    return [alert for alert in alerts if alert["camera"] == camera]


def test_people_in_an_ignored_zone_raise_nothing(site: RunningService) -> None:
    """The same people raise alerts elsewhere; the camera says how many it does not watch."""
    eventually(lambda: len(opened(site, "square")) >= 2)
    eventually(lambda: any("in ignored zones" in note for note in row(site, "ignored")["notes"]))

    assert opened(site, "ignored") == []
    counted = 'people_not_watched_total{camera="ignored",reason="ignored_zone"}'
    assert metric(site.metrics(), counted) >= 1
    windows = [
        metric(site.metrics(), f'windows_total{{camera="{name}"}}')
        for name in ("ignored", "square")
    ]
    assert windows[0] == 0 < windows[1]


def test_alerts_open_in_the_zone_alone(site: RunningService) -> None:
    """Each carries it, or nobody knew where the person stood, which is counted."""
    eventually(lambda: [each for each in opened(site, "door") if each["zones"] == ["left"]])

    unsure = [each for each in opened(site, "door") if each["zones"] != ["left"]]
    assert all(each["zones"] == [] for each in unsure)
    counted = 'alerts_unsure_total{camera="door"}'
    eventually(lambda: len(unsure) <= metric(site.metrics(), counted))


def test_a_long_stay_is_an_alert_and_is_found_by_its_zone(site: RunningService) -> None:
    """Of kind dwell, though nothing else is unusual before this camera."""
    alert = eventually(lambda: opened(site, "shop"))[0]
    found = site.get("/alerts?zone=all&kind=dwell")["alerts"]

    assert (alert["kind"], alert["zones"], alert["severity"]) == ("dwell", ["all"], "notice")
    assert "stayed in zone all for longer than 2 s" in alert["reason"]
    assert alert["id"] in [each["id"] for each in found]


def test_zones_are_drawn_while_the_camera_runs(site: RunningService) -> None:
    """The stream is not opened again, and the camera says by which version it runs."""
    before = eventually(lambda: row(site, "square") if row(site, "square")["fps"] else None)
    preview = site.get("/cameras/square/preview?kind=ignore&polygon=0,0;1,0;1,1;0,1")
    traces = eventually(lambda: site.get("/cameras/square/traces")["points"])

    drawn = put(site, "square", {"name": "all", "kind": "ignore", "polygon": EVERYWHERE})
    after = eventually(
        lambda: row(site, "square") if row(site, "square")["version"] >= drawn["version"] else None
    )

    eventually(lambda: any("in ignored zones" in note for note in row(site, "square")["notes"]))
    eventually(lambda: not site.get("/alerts?camera=square&state=open")["alerts"])
    assert after["reconnects"] == before["reconnects"]
    assert len(traces) >= 1
    assert preview["alerts"] >= 2
    eventually(
        lambda: site.get("/cameras/square/preview?kind=ignore&polygon=0,0;1,0;1,1;0,1")["removed"]
    )
