"""What the end-to-end tests share: the default model."""

from pathlib import Path

import pytest

from service.config.load import load


@pytest.fixture(autouse=True)
def model() -> Path:
    """The model that a site runs by default."""
    path = load(None).model_path
    if not path.is_file():
        pytest.skip(f"no bundled model {path.name}")
    return path
