"""A site in memory for tests of outputs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.outbox_rig import Mailbox, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """An empty site."""
    one = Rig(tmp_path)
    yield one
    one.close()


@pytest.fixture
def desk() -> Mailbox:
    """A receiver that takes everything."""
    return Mailbox()
