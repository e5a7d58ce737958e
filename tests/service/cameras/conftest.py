"""Processes that share cameras."""

from collections.abc import Iterator

import pytest
from support.shared_cameras import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without a process; those that a test started are ended."""
    site = Site()
    yield site
    site.fails = False
    for process in site.processes:
        process.assigner.release_all()
