import json
from pathlib import Path
from typing import Any

import pytest
from support.evaluate import refused

from export.cli import main
from export.flow.checkpoint import About, Checkpoint, save_checkpoint
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from inference.bundled_model import bundled_model

BUNDLED = bundled_model()


def evaluate(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Run the command with --json; return its object."""
    code = main(["evaluate", *map(str, words), "--json"])

    captured = capsys.readouterr()
    assert code == 0, captured.err
    result: dict[str, Any] = json.loads(captured.out)
    return result


@pytest.mark.slow
def test_both_protocols_come_by_their_names(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with the contract's keys, and every AUROC with its twin over covered frames."""
    found = evaluate(
        capsys, "--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--fps", 24
    )

    assert list(found) == ["paper", "causal"]
    for protocol, figures in found.items():
        assert (figures["dataset"], figures["protocol"]) == ("folder", protocol)
        assert figures["frames"] == 150
        assert figures["windows"] == 2 * (60 - 24) + (90 - 24)
        assert 0 <= figures["auroc"] <= 1
        assert 0 <= figures["auroc_covered"] <= 1
        assert [one["recall"] for one in figures["false_alarms"]] == [0.5, 0.8, 0.95]
        assert set(figures["baselines"]) == {"frame_index", "window_exists"}


def test_people_who_shake_are_found(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bundled model, a file made for the service, tells the shaking third apart."""
    words = ("--dataset", "folder", "--root", root, "--onnx", BUNDLED)

    found = evaluate(capsys, *words, "--protocol", "causal", "--recalls", 0.5)

    assert found["auroc"] > 0.85
    assert found["false_alarms"][0]["per_hour"] == 0.0


@pytest.mark.slow
def test_confidences_reach_the_flows_that_read_them(
    root: Path, tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flows with the confidence as a channel, and weightings of other flows' joints."""
    options = FlowOptions(frames=8, steps=2, confidence=True)
    sure = tmp_path / "sure.pt"
    save_checkpoint(Checkpoint(options, StgNf(options).state_dict(), About(name="sure")), sure)
    words = ("--dataset", "folder", "--root", root, "--protocol", "causal", "--checkpoint")

    read = evaluate(capsys, *words, sure)
    plain = evaluate(capsys, *words, checkpoint)
    weighted = evaluate(capsys, *words, checkpoint, "--weighting", "confidence")

    assert read["unscorable_windows"] == 0
    assert "leave --weighting out" in refused(capsys, *words, sure, "--weighting", "confidence")
    assert weighted["model"]["weighting"] == "confidence"
    # All joints of these people are equally sure, so that weighting changes nothing.
    assert weighted["auroc"] == pytest.approx(plain["auroc"], abs=1e-3)


@pytest.mark.slow
def test_resampled_poses_have_the_models_rate(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Poses and truth together: twice the rate, twice the frames."""
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint, "--fps", 12)

    found = evaluate(capsys, *words, "--resample", "--protocol", "paper")

    assert (found["fps"], found["frames"]) == (24.0, 300)


@pytest.mark.slow
def test_a_stride_leaves_windows_out(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every sixth start of each person."""
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    found = evaluate(capsys, *words, "--stride", 6, "--protocol", "causal")

    assert (found["stride"], found["windows"]) == (6, 6 + 6 + 11)


@pytest.mark.slow
def test_tables_show_the_baselines(
    root: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json people get tables; a baseline that wins is noted."""
    code = main(
        ["evaluate", "--dataset", "folder", "--root", str(root), "--checkpoint", str(checkpoint)]
    )

    captured = capsys.readouterr()
    assert code == 0
    assert "the frame's number alone" in captured.out
    assert "covered frames" in captured.out
    assert "the frame's number alone has" in captured.err  # the shaking third is the last


@pytest.mark.slow
def test_the_report_needs_nothing_else(
    root: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One HTML file with its pictures inside, and the same pictures as files."""
    report = tmp_path / "a" / "report"
    words = ("--dataset", "folder", "--root", root, "--checkpoint", checkpoint)

    found = evaluate(capsys, *words, "--report", report)

    page = (report / "index.html").read_text()
    assert page.count('src="data:image/png;base64,') == 3  # curves and two clips
    assert "http" not in page
    assert f"{found['causal']['auroc']:.4f}" in page
    for name in ("curves.png", "clips/gate.png", "clips/yard.png"):
        assert (report / name).read_bytes().startswith(b"\x89PNG")
    assert json.loads((report / "results.json").read_text())["paper"]["frames"] == 150
