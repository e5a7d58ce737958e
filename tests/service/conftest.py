"""What the tests of service share: a site in memory."""

import pytest
from support.alert_site import AlertSite


@pytest.fixture
def road() -> AlertSite:
    """An empty site."""
    return AlertSite()
