"""What forms say of what is typed, and the service of itself, in Firefox and in Chromium."""

from collections.abc import Iterator

import pytest
from support.form_acts import faults, in_language, send_camera, send_nothing, type_name
from support.page_acts import go, has
from support.page_driver import Driver
from support.page_site import PageSite

from service.sentences.events import MAKE_ROOM, STORE_USED

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


def test_what_is_wrong_with_the_service_is_said_in_korean(site: PageSite, korean: Driver) -> None:
    """By its code, with its values; the English is a click away."""
    events = site.service.dependencies.system_events
    events.raise_("store-full", STORE_USED(percent=93), remedy=MAKE_ROOM(), subject="disk")

    go(korean, site.url, "health")

    has(korean, ".troubles", "93% 찼습니다.")
    has(korean, ".troubles", "자리를 비우거나 늘리거나")
    events.clear("store-full", STORE_USED(percent=60), subject="disk")


def test_what_is_promised_is_said_in_korean(site: PageSite, korean: Driver) -> None:
    """Of a camera's false alarms, on its own page."""
    go(korean, site.url, "cameras/gate")

    has(korean, "main", "이 카메라는 자기 기준값을 씁니다.")
