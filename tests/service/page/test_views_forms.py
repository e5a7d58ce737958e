"""What forms say of what is typed, in Firefox and in Chromium."""

from collections.abc import Iterator

import pytest
from support.form_acts import faults, in_language, send_camera, send_nothing, type_name
from support.page_acts import has
from support.page_driver import Driver
from support.page_site import PageSite

pytestmark = pytest.mark.slow
EMPTY = "이 칸을 채우십시오."


@pytest.fixture
def korean(site: PageSite, driver: Driver) -> Iterator[Driver]:
    """A browser that speaks English, whose page is read in Korean."""
    in_language(driver, site.url, "ko")
    yield driver
    in_language(driver, site.url, "en")


def test_a_form_says_what_is_missing_and_what_does_not_fit(site: PageSite, korean: Driver) -> None:
    """At each field and in the page's language, not in the browser's; until it is mended."""
    empty = send_nothing(korean, site.url)
    wrong = type_name(korean, "Front Door")
    right = type_name(korean, "front-door")

    assert empty == {"name": EMPTY, "source": EMPTY}
    assert wrong == {"name": "소문자 a에서 z, 숫자, -만 쓸 수 있습니다.", "source": EMPTY}
    assert right == {"source": EMPTY}


def test_what_the_service_refuses_stands_at_its_field(site: PageSite, korean: Driver) -> None:
    """Without the setting's English name: the field's label says which one is meant."""
    send_nothing(korean, site.url)

    send_camera(korean, "gate", "rtsp://")

    has(korean, "form .field:has(input[name=source]) [role=alert]", "호스트")
    said = faults(korean)
    assert set(said) == {"source"}
    assert not said["source"].startswith("source")
    assert "gate" in site.cameras
