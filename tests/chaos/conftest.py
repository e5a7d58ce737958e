"""A camera to cut off, and the model that a site runs."""

from collections.abc import Iterator

import pytest
from support.chaos.staging import WEIGHTS
from support.rtsp import Encode, RtspServer

from service.config.load import load
from tracker.errors import ModelUnavailable
from tracker.weights.store import ModelStore


@pytest.fixture(scope="module")
def gate(encoded: Encode) -> Iterator[RtspServer | None]:
    """A camera to cut off; None where the weights to look at its pictures cannot be had."""
    try:
        ModelStore([], WEIGHTS).pull("blazepose")
    except ModelUnavailable:
        yield None
        return
    server = RtspServer({"cam": f"{encoded(fps=5)}?fps=5"}, [], "rtsp")
    server.start()
    yield server
    server.kill()


@pytest.fixture(autouse=True, scope="module")
def model() -> None:
    """Skip where there is no bundled model."""
    if not load(None).model_path.is_file():
        pytest.skip("no bundled model")
