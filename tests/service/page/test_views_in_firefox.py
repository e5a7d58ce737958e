"""Every view in Firefox; what people do in them is in `test_views_acts_*.py`, in both browsers."""

import pytest
from support.firefox import FirefoxTab
from support.page_acts import go, lacks
from support.page_site import PageSite

pytestmark = pytest.mark.slow
VIEWS = (
    "watch", "watch/gate", "alerts", "near", "cameras", "cameras/gate", "cameras?tab=week",
    "cameras/+", "health", "settings?tab=outputs", "settings?tab=audit",
)  # fmt: skip


def test_each_view_opens(site: PageSite, firefox_tab: FirefoxTab) -> None:
    """Every view is drawn without a complaint."""
    firefox_tab.visit(site.url)
    firefox_tab.becomes("document.querySelectorAll('.tile[data-state=live]').length === 6")
    for view in VIEWS:
        go(firefox_tab, site.url, view)
        lacks(firefox_tab, "main [aria-busy=true]")
    assert firefox_tab.faults == []
