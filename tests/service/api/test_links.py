"""Links in messages: what a person does with them, and what a program that looks at them does."""

import re

import httpx
import pytest
from support.api import Service, opened

from service.outputs.links import Action

pytestmark = pytest.mark.slow


@pytest.fixture
def api_key() -> str:
    """The site asks for a key; links need none."""
    return "correct-horse"


def link(service: Service, action: Action, key: str = "alert-1-1") -> str:
    """The path of a link that was sent to the phone."""
    token = service.dependencies.outputs.signer.token(action, "alert-1", "phone", key)
    return f"/links/{token}"


def test_looking_at_a_link_acts_on_nothing(service: Service) -> None:
    """GET and HEAD show a page with one button, however often, and no script may run on it."""
    service.alerts.put(opened(1), None)
    path = link(service, "acknowledge")
    for _ in range(3):
        service.http.head(path)
        page = service.http.get(path)

    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert found(service)["acts"] == []


def test_the_page_says_the_sites_time(service: Service) -> None:
    """That of the zone which was set last, with its name."""
    service.alerts.put(opened(1), None)
    key = {"X-API-Key": "correct-horse"}
    plan = {"time_zone": "Asia/Seoul", "modes": {"on": {}}, "otherwise": "on"}
    service.http.put("/arming", json=plan, headers=key).raise_for_status()

    line = service.http.get(link(service, "acknowledge")).text

    assert " KST " in line
    assert "UTC" not in line


def test_the_button_acts_once(service: Service) -> None:
    """In the name of the link; pressed again, or on a second device, it changes nothing."""
    service.alerts.put(opened(1), None)
    path = link(service, "acknowledge")
    answers = [service.http.post(path) for _ in range(2)]
    again = service.http.get(path)

    (act,) = found(service)["acts"]
    assert (act["type"], act["author"]) == ("acknowledged", "link to phone")
    assert ["Acknowledged" in answer.text for answer in answers] == [True, False]
    assert "<button" not in again.text
    assert "used already" in again.text


def test_not_an_alarm_is_a_verdict(service: Service) -> None:
    """The alert is judged false."""
    service.alerts.put(opened(1), None)
    service.http.post(link(service, "not-an-alarm"))

    assert found(service)["verdict"] == "false"
    assert found(service)["verdict_by"] == "link to phone"


def test_a_snooze_ends_after_an_hour(service: Service) -> None:
    """Of the alert's camera, in the name of the link."""
    service.alerts.put(opened(1), None)
    service.http.post(link(service, "snooze"))

    (snooze,) = service.dependencies.snoozes.all()
    assert (snooze.camera, snooze.author) == ("gate", "link to phone")
    assert snooze.until - snooze.created_at == 3600


def test_what_was_done_is_in_the_audit_log(service: Service) -> None:
    """With who and from where."""
    service.alerts.put(opened(1), None)
    service.http.post(link(service, "snooze"))

    key = {"X-API-Key": "correct-horse"}
    entries = service.http.get("/audit", headers=key).json()["entries"]
    assert [(each["author"], each["action"]) for each in entries] == [
        ("link to phone", "link.snooze")
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("broken", ["", "x", "signature", "payload", "other-site"])
def test_a_link_that_was_not_made_here_does_nothing(
    service: Service, method: str, broken: str
) -> None:
    """Whatever is changed in it, the page says that it is no link."""
    service.alerts.put(opened(1), None)
    good = link(service, "acknowledge").removeprefix("/links/")
    body, _, signature = good.partition(".")
    flipped = ("A" if body[3] != "A" else "B") + body[4:]
    token = {
        "x": "x",
        "": "%20",
        "signature": f"{body}.{'A' * len(signature)}",
        "payload": f"{body[:3]}{flipped}.{signature}",
        "other-site": "WyJhY2tub3dsZWRnZSIsImEiLCJwIiwxLCJ4Il0.AAAA",
    }[broken]
    answer = service.http.request(method, f"/links/{token}")

    assert answer.status_code == 410
    assert found(service)["acts"] == []


def test_another_pages_form_needs_the_token_too(service: Service) -> None:
    """A browser that was signed in sends its cookie; without the token that is worth nothing."""
    answer = service.http.post("/links/none", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 410


def test_browsers_send_no_origin_from_the_page(service: Service) -> None:
    """The page's policy lets browsers write `Origin: null`; the button works all the same."""
    service.alerts.put(opened(1), None)
    answer = service.http.post(link(service, "acknowledge"), headers={"Origin": "null"})

    assert "Acknowledged" in answer.text


def test_the_page_says_what_it_is_about(service: Service) -> None:
    """Kind, camera and time, escaped."""
    service.alerts.put(opened(1), None)
    page = service.http.get(link(service, "snooze")).text

    assert re.search(r"at gate", page)


def found(service: Service) -> dict[str, object]:
    """The alert as the API shows it."""
    answer: httpx.Response = service.http.get(
        "/alerts/alert-1", headers={"X-API-Key": "correct-horse"}
    )
    body: dict[str, object] = answer.json()
    return body
