"""`posewarden what-if` over an archive on disk."""

import json
from pathlib import Path

import msgspec
import pytest
from support.archives import alert, carry, sqlite_archive
from support.stretches import DAY, stretch

from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from inference.scoring import score_windows
from inference.stretches.stretch import Stretch
from inference.types import KindScore
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.redis.embedded import EmbeddedRedis
from service.cli import main
from service.commands.what_if import WhatIfRequest, try_rules
from service.config.load import load
from service.ports.stretches import HourCount, KeptStretch, StretchBounds
from tracker.errors import ConfigError
from tracker.simulator.source import Simulation, simulate

BUNDLED = bundled_model()
NOW = DAY + 86_400.0
HOUR = int(DAY // 3600)


@pytest.fixture
def site(tmp_path: Path) -> list[str]:
    """Flags of a site that recorded a near miss, one of a sample of ten, and an alert."""
    config = tmp_path / "site.yaml"
    config.write_text("provider: cpu\ncameras: [{name: gate, source: 'usb:0'}]\n")
    archive = sqlite_archive(tmp_path)
    stretches = DatabaseStretches(archive.database)
    rows = [
        (stretch(1, score=1.8), True, False),
        (stretch(2, score=1.7), False, True),
        (stretch(3, score=2.4, alert="a"), False, False),
    ]
    kept = [KeptStretch(stretch=one, near=near, sampled=drawn) for one, near, drawn in rows]
    stretches.put(kept, StretchBounds())
    count = HourCount(camera="gate", hour=HOUR, stretches=12, watched_s=43_200.0)
    stretches.count([count])
    kind = KindScore(kind="movement", peak_score=2.4, peak_at=DAY, threshold=2.0, reason="moved")
    carry(archive, alert("a", DAY + 2, state="closed", kinds=(kind,), kind="movement"))
    archive.database.close()
    return ["--config", str(config), "--data", str(tmp_path)]


def tried(site: list[str], **request: object) -> dict[str, object]:
    """Return what the command finds, as JSON shows it."""
    settings = load(Path(site[1]), {"data": Path(site[3])})
    report = try_rules(settings, WhatIfRequest(since="2d", **request), NOW)  # type: ignore[arg-type]
    found: dict[str, object] = msgspec.to_builtins(report)
    return found


def changes(report: dict[str, object]) -> list[tuple[str, str, float]]:
    """Return what would change."""
    rows: list[dict[str, object]] = report["changes"]  # type: ignore[assignment]
    return [(row["change"], row["id"], row["stands_for"]) for row in rows]  # type: ignore[misc]


def test_a_lower_threshold_is_projected_with_its_sample(site: list[str]) -> None:
    """The near miss for itself, the drawn one for the ten that it was drawn from."""
    report = tried(site, thresholds=["1.6"])
    (camera,) = report["cameras"]  # type: ignore[misc]

    assert sorted(changes(report)) == sorted(
        [("appears", stretch(1).id, 1.0), ("appears", stretch(2).id, 10.0)]
    )
    assert (camera["before"]["alarms"], camera["after"]["alarms"]) == (1, 12.0)
    assert camera["after"]["per_day"] == 24.0
    assert camera["after"]["low"] < 24.0 < camera["after"]["high"]
    assert (report["stretches"], report["seen"], report["unrepresented"]) == (3, 12, 0)


def test_a_higher_threshold_takes_the_alert(site: list[str]) -> None:
    """A threshold of another kind does not."""
    assert changes(tried(site, thresholds=["movement=2.5"])) == [("vanishes", "a", 1.0)]
    assert changes(tried(site, thresholds=["running=9"])) == []


def test_lines_say_what_and_why(site: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Time, camera, kind, words; what is not certain is said. The archive stays as it is."""
    words = ["what-if", *site, "--since", "2023-11-01", "--threshold", "1.6"]
    before = (Path(site[3]) / "archive" / "archive.db").read_bytes()

    assert main(words) == 0
    said = capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)

    assert "appears   2023-11-14T00:00:02Z  gate  movement  moved unlike the people" in said
    assert "stands for 10.0" in said
    assert "appear: 2; vanish: 0; stay: 1" in said
    assert shown["kept"] == 1
    assert shown["cameras"][0]["days"] < 1
    assert "less than a day was watched of gate: alarms a day are a guess" in said
    assert (Path(site[3]) / "archive" / "archive.db").read_bytes() == before


def test_a_zone_takes_who_stands_in_it(site: list[str]) -> None:
    """In an ignored one nobody raises alerts; outside the only zone nobody does."""
    whole, corner = "0,0;1,0;1,1;0,1", "0.9,0.9;1,0.9;1,1"

    assert changes(tried(site, zone=whole)) == [("vanishes", "a", 1.0)]
    assert changes(tried(site, zone=whole, zone_kind="zone")) == []
    assert changes(tried(site, zone=corner)) == []
    assert changes(tried(site, zone=corner, zone_kind="zone")) == [("vanishes", "a", 1.0)]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "nothing is to be tried"),
        ({"thresholds": ["flying=2"]}, "--threshold 'flying=2' does not read"),
        ({"thresholds": ["2"], "camera": "roof"}, "is not one of the site's: gate"),
        ({"zone": "0,0;1,1"}, "--zone '0,0;1,1' does not read"),
        ({"alarms_per_day": 900.0}, "it must lie between 0.1 and 50"),
    ],
)
def test_a_wrong_request_is_named(site: list[str], request_: dict[str, object], said: str) -> None:
    """With the value, and what to write."""
    with pytest.raises(ConfigError, match=said):
        tried(site, **request_)


def test_without_the_sites_file_it_says_what_is_missing(tmp_path: Path) -> None:
    """Not that nothing was recorded: it does not know of which cameras."""
    with pytest.raises(ConfigError, match="no cameras are known; name the site's file by --config"):
        try_rules(load(None, {"data": tmp_path}), WhatIfRequest(thresholds=["2"]), NOW)


def test_where_nothing_was_recorded_it_refuses(tmp_path: Path) -> None:
    """Silence must not look like a quiet site."""
    carry(sqlite_archive(tmp_path), alert("a", DAY))
    settings = load(None, {"data": tmp_path, "cameras": [{"name": "gate", "source": "usb:0"}]})

    with pytest.raises(ConfigError, match="nothing was recorded of this time"):
        try_rules(settings, WhatIfRequest(thresholds=["2"]), NOW)
    with pytest.raises(ConfigError, match="no time"):
        try_rules(settings, WhatIfRequest(since="yesterday", thresholds=["2"]), NOW)
    with pytest.raises(ConfigError, match="lies ahead"):
        try_rules(settings, WhatIfRequest(since="2999-01-01", thresholds=["2"]), NOW)


def test_a_model_scores_the_windows_again(site: list[str]) -> None:
    """The bundled one over simulated people: its scores are those it gives them live."""
    play = simulate(Simulation(people=1, fps=24.0, seed=4), 6.0)
    joints = play.joints.reshape(len(play.at_s), 17, 3).astype("<f4")
    one = stretch(7, DAY + 100, *[0.0] * 30, score=1.0)
    windows = [
        msgspec.structs.replace(each, joints=joints[3 * place : 3 * place + 24].tobytes())
        for place, each in enumerate(one.windows)
    ]
    walked: Stretch = msgspec.structs.replace(one, windows=tuple(windows))
    archive = sqlite_archive(Path(site[3]))
    stretches = DatabaseStretches(archive.database)
    stretches.put([KeptStretch(stretch=walked, sampled=False, near=True)], StretchBounds())
    flow = OnnxFlow(BUNDLED, provider="cpu")
    scored = score_windows(flow, walked.windows[0].poses(24)[None])[0][0]

    calm = tried(site, model=BUNDLED, thresholds=["99"])
    stirred = tried(site, model=BUNDLED, thresholds=["-99"])
    archive.database.close()

    assert scored is not None
    assert ("appears", walked.id, 1.0) in changes(stirred)
    assert [change for change in changes(calm) if change[0] == "appears"] == []


def test_a_budget_says_what_it_rests_on(site: list[str]) -> None:
    """Too little footage: the card's thresholds are tried, and it is said."""
    with pytest.raises(ConfigError, match="holds no site"):
        tried(site, alarms_per_day=3.0)
    with EmbeddedRedis(Path(site[3])):
        report = tried(site, alarms_per_day=3.0)

    (note,) = report["notes"]  # type: ignore[misc]
    assert "0 h of footage are too few for a budget of 3 a day" in note
