"""The model that comes with posewarden."""

from importlib import resources
from pathlib import Path


def bundled_model() -> Path:
    """Return its ONNX file."""
    return Path(str(resources.files("inference") / "models" / "posewarden.onnx"))
