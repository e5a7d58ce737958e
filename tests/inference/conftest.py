"""A small valid model file with windows to score, and one camera's scores to decide about."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.score_maker import ScoreMaker
from support.small_model import CARD, walk, write_model

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from tracker.types import Float32


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Path]:
    """Writes model files, right or wrong."""
    return write_model


@pytest.fixture(scope="session")
def make_walk() -> Callable[..., Float32]:
    """Makes windows that can be scored."""
    return walk


@pytest.fixture(scope="session")
def card() -> ModelCard:
    """The card of the small model."""
    return CARD


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small valid model file."""
    return write_model(tmp_path_factory.mktemp("model") / "squares.onnx")


@pytest.fixture(scope="session")
def flow(model_file: Path) -> OnnxFlow:
    """The small model, served."""
    return OnnxFlow(model_file, provider="cpu")


@pytest.fixture(scope="session")
def scoring() -> ScoreMaker:
    """Scores of the camera `gate`; holds nothing, so that all tests may share it."""
    return ScoreMaker()
