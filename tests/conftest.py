"""What all tests share: where the measuring data lies."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data beside the checkout; tests skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"measuring data absent: no folder {SHARED.name} beside the checkout")
    return SHARED
