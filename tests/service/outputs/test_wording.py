"""Texts of messages: there is one for whatever can happen."""

from functools import partial
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from support.archives import alert
from support.messages import one_of_each, summary

from inference.types import KINDS, Act, Kind, Severity
from service.outputs.languages import wording_of
from service.outputs.message import Language, MessageEvent
from service.outputs.wording import Wording
from service.system_events import SystemEvent, SystemEventType


@pytest.fixture(params=get_args(Language))
def language(request: pytest.FixtureRequest) -> Language:
    """Each language."""
    found: Language = request.param
    return found


@pytest.fixture
def wording(language: Language) -> Wording:
    """The texts of each language."""
    return wording_of(language)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", ["opened", "updated", "closed", "raised", "escalated"])
def test_every_kind_has_a_title_and_a_text(
    wording: Wording, kind: Kind, event: MessageEvent
) -> None:
    """Of every change, with its camera."""
    one = alert("a", kind=kind, closed_at=105.0 if event == "closed" else None)
    title, text = wording.alert(event, one, grouped=2)

    assert "gate" in title + text
    assert "2" in text
    assert wording.line(one)


@pytest.mark.parametrize("kind", KINDS)
def test_messages_say_why(wording: Wording, kind: Kind) -> None:
    """An alert with an explanation has its sentence, another one that of its kind."""
    _, why = wording.alert("opened", alert("a", kind=kind), 0)
    _, bare = wording.alert("opened", alert("a", kind=kind, explanation=None, reason="fell"), 0)

    assert "0.9" in why
    assert "14" in why
    assert "0.9" not in bare


@pytest.mark.parametrize("severity", get_args(Severity))
def test_every_severity_is_said(wording: Wording, severity: Severity) -> None:
    """In the text."""
    assert wording.alert("opened", alert("a", severity=severity), 0)[1]


@pytest.mark.parametrize("state", ["raised", "cleared"])
@pytest.mark.parametrize("about", get_args(SystemEventType))
def test_every_event_of_the_service_has_a_title(
    wording: Wording, about: SystemEventType, state: str
) -> None:
    """When it begins and when it is over, with reason and remedy."""
    event = SystemEvent(
        id="1",
        type=about,
        camera="gate",
        state=state,  # type: ignore[arg-type]
        at=5.0,
        reason="no answer",
        remedy="look at its cable",
        subject="desk",
    )
    title, text = wording.system(event)

    assert title
    assert "o answer" in text
    assert "ook at its cable" in text


@pytest.mark.parametrize("kind", ["acknowledged", "verdict", "note"])
def test_every_act_is_said(wording: Wording, kind: str) -> None:
    """Who did it."""
    act = Act(id="1", at=5.0, author="kim", type=kind, text="a delivery")  # type: ignore[arg-type]
    title, text = wording.act(act, alert("a"))

    assert title
    assert "kim" in text


def test_summaries_tests_and_links_have_texts(wording: Wording) -> None:
    """A summary counts, and has the links of its alerts."""
    about = summary().summary
    assert about is not None
    title, text = wording.summary(about)

    assert "3" in title
    assert "https://warden.example/" in text
    assert all(wording.test("desk"))
    assert all(wording.action(each) for each in ("acknowledge", "snooze", "not-an-alarm"))
    assert len(one_of_each()) == 6


def test_times_are_those_of_the_sites_clocks(language: Language) -> None:
    """With the zone's name, so that nobody takes them for others; the day changes with it."""
    seoul = wording_of(language, partial(ZoneInfo, "Asia/Seoul"))
    one, about = alert("a", 1_796_000_000.0), summary().summary
    assert about is not None
    said = [
        seoul.alert("opened", one, 0)[1],
        seoul.line(one),
        seoul.act(Act(id="1", at=one.opened_at, author="kim", type="note"), one)[1],
        seoul.summary(about)[1],
    ]

    assert all("2026-11-30 09:53:20 KST" in each for each in said[:3])
    assert all("KST" in each and "UTC" not in each for each in said)


def test_a_zone_without_an_abbreviation_says_its_offset(language: Language) -> None:
    """That of a site in Brazil is -03: a number alone says nothing."""
    wording = wording_of(language, partial(ZoneInfo, "America/Sao_Paulo"))

    assert "2026-11-29 21:53:20 UTC-03" in wording.line(alert("a", 1_796_000_000.0))


def test_korean_says_what_english_says() -> None:
    """In its own script: nothing of a title is left in English but names."""
    korean = wording_of("ko")
    title, text = korean.alert("opened", alert("a", kind="fall"), 0)

    assert title == "넘어짐 · gate"
    assert "0.9초 만에 넘어졌습니다." in text
    assert korean.action("acknowledge") == "확인"
