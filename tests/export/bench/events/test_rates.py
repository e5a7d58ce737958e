"""What ordinary people raise, and what goes into the card."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

from export.bench.events.command import shipped_rule
from export.bench.events.ordinary_footage import SIMULATED, plays
from export.bench.events.rates import add_arguments, held, ordinary_rates, run, table
from inference.bundled_model import bundled_model
from inference.card import KindRate, OrdinaryFootage
from inference.flow_onnx import OnnxFlow
from inference.types import MEASURED_KINDS
from tracker.errors import ConfigError

BUNDLED = bundled_model()


def _arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_a_score_counts_for_as_long_as_it_is_kept_up() -> None:
    """The lowest of the last moments; nothing before they are over."""
    at = np.arange(6) / 10
    values = np.array([5.0, 1.0, 2.0, 3.0, 9.0, 4.0])

    kept = held(at, values, 0.2)

    assert kept.tolist() == [-np.inf, -np.inf, 1.0, 1.0, 2.0, 3.0]


def _short_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.bench.events.ordinary_footage.PLAY_S", 30.0)


@pytest.mark.slow
def test_the_rates_say_on_what_they_were_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours before cameras and of people, by kind; people are more than cameras."""
    _short_plays(monkeypatch)
    flow = OnnxFlow(BUNDLED)

    found = ordinary_rates(plays(2), flow, shipped_rule(flow.card))

    assert found.sources == {SIMULATED: pytest.approx(60 / 3600, abs=1e-4)}
    assert set(found.kinds) == set(MEASURED_KINDS)
    for rate in found.kinds.values():
        assert rate.camera_hours == pytest.approx(60 / 3600, abs=1e-4)
        assert rate.camera_hours < rate.person_hours <= 3.01 * 60 / 3600
        assert list(rate.per_hour) == sorted(rate.per_hour, reverse=True)
        assert list(rate.scores) == sorted(rate.scores)


@pytest.mark.slow
def test_the_card_is_written_and_the_model_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file loads, scores the same and tells its rates; without --write nothing changes."""
    _short_plays(monkeypatch)
    file = tmp_path / "model.onnx"
    shutil.copy(BUNDLED, file)
    before = file.read_bytes()
    windows = np.random.default_rng(0).normal(size=(2, 2, 24, 18)).astype(np.float32)

    run(_arguments("--onnx", str(file), "--plays", "1"))
    assert file.read_bytes() == before
    run(_arguments("--onnx", str(file), "--plays", "1", "--write"))

    old, new = OnnxFlow(BUNDLED), OnnxFlow(file)
    assert new.card.ordinary is not None
    assert new.card.weights_hash == old.card.weights_hash
    np.testing.assert_array_equal(new.nll(windows), old.nll(windows))
    np.testing.assert_array_equal(new.explain(windows), old.explain(windows))
    assert "| `person_down` | 0.01 |" in capsys.readouterr().out


def test_the_table_gives_the_interval_of_few_alerts() -> None:
    """No alert in an hour may be 89 a day."""
    rate = KindRate(alerts=0, camera_hours=1.0, person_hours=3.0)
    lines = list(table(OrdinaryFootage(sources={"filmed": 1.0}, kinds={"fall": rate})))

    assert lines[0] == "- filmed: 1.00 h before cameras"
    assert lines[-1] == "| `fall` | 1.00 | 3.00 | 0 | 0.0 (0.0–88.5) |"


@pytest.mark.parametrize("words", [(), ("--street", "a.avi"), ("--street", "a", "--poses", "b")])
def test_flags_that_do_not_go_together_are_refused(words: tuple[str, ...]) -> None:
    """With what is missing."""
    with pytest.raises(ConfigError, match="--poses"):
        run(_arguments(*words))
