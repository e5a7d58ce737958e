"""`posewarden-lab bench events`, whole."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.event_clips import event_clip, write_video

from export.bench.events.command import shipped_rule, trained_on
from export.cli import main
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError, ModelUnavailable
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

BUNDLED = bundled_model()


@pytest.mark.slow
def test_the_answer_is_the_one_others_rely_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sets and pooled figures in one JSON object; nobody in the clips is found or alarmed."""
    try:
        ModelStore([], cache_folder("models")).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    for name in ("a", "b"):
        write_video(tmp_path / "home" / f"{name}.mp4", frames=10, fps=10.0)
    table = tmp_path / "clips.tsv"
    table.write_text(
        "set\tclip\tclass\tfall_start_s\tdown_s\nhome\ta\tfall\t0.4\t0.8\nhome\tb\tnormal\t\t\n"
    )
    flags = ["--clips", str(table), "--root", str(tmp_path), "--cache", str(tmp_path / "cache")]

    code = main(["bench", "events", *flags, "--sheets", str(tmp_path / "sheets"), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    row = answer["sets"]["home"]
    assert (row["events"], row["found"], row["false_alarms"]) == (1, 0, 0)
    assert row["ordinary_hours"] == pytest.approx(1.4 / 3600, abs=1e-5)
    assert set(row["latency_s"]) >= {"median", "p90"}
    assert row["chain"]["clips"] == 1
    assert answer["pooled"]["events"] == 1
    assert (tmp_path / "sheets" / "miss" / "home_a.png").is_file()
    assert main(["bench", "events", *flags]) == 0
    assert "| home | 0 of 1 falls |" in capsys.readouterr().out


def test_a_set_that_the_card_names_is_one_the_model_has_seen() -> None:
    """Its ordinary clips are listed; events train nothing."""
    card = OnnxFlow(BUNDLED).card
    clips = [event_clip("fall", name="a"), event_clip("normal", None, None, name="b")]

    assert trained_on(card, clips)["clips"] == []

    seen = replace(card, data="people of vtest; MADE24's daily life")
    assert trained_on(seen, clips)["clips"] == ["made/b"]


def test_a_model_without_a_threshold_cannot_be_judged() -> None:
    """A camera would need one of its own; the remedy is named."""
    with pytest.raises(ConfigError, match="--calibrate"):
        shipped_rule(replace(OnnxFlow(BUNDLED).card, quantiles=None))
