"""What the tests of sources share: patience, for opening a stream on a busy machine."""

import pytest
from support.waiting import PATIENCE_S

from tracker.sources import live_stream


@pytest.fixture(autouse=True)
def patient_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let opening take as long as it takes; tests of the product's own time-outs set them."""
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (PATIENCE_S,))
