"""Every problem of a site's file comes at once, with its place in the file."""

from typing import Any

import pytest
import yaml

from service.config.every_problem import every_problem

WRONG = """
port: 70000
api_key: short
arming:
  modes: {night: {cameras: [hal, gat]}, day: {}}
  otherwise: day
  calendar: [{mode: nite, rule: FREQ=DAILY, start: "22:00", end: "06:00"}]
cameras:
  - name: hall
    source: "sim:"
    stride: 0
    zones: [{name: a, kind: zone, polygon: [[0, 0], [1.2, 0], [1, 1]]}]
  - {name: yard, sauce: "sim:"}
outputs:
  - {name: desk, type: webhook, url: "https://desk.example", secret: abc, language: de}
  - {name: home, type: mqtt, host: x, sites: a, escalation: {after_s: 5, then: nobody}}
"""


def said(text: str) -> list[str]:
    """Return the problems of a file."""
    given: dict[str, Any] = yaml.safe_load(text)
    return [str(each) for each in every_problem(given)]


def test_problems_behind_problems_come_with_them() -> None:
    """Those of single settings, of a camera's zones, of the calendar and of names, in one go."""
    problems = "\n".join(said(WRONG))

    for place in (
        "port: ", "api_key: ", "arming: calendar[0].mode: no mode is called 'nite'",
        "cameras[0].stride: ", "cameras[0].zones[0]: zone 'a': corner 2", "cameras[1].source: ",
        "cameras[1].sauce: ", "outputs[0].secret: ", "outputs[0].language: ", "outputs[1].sites: ",
        "escalation.then of 'home' is 'nobody'", "no camera is called 'hal'", "called 'gat'",
    ):  # fmt: skip
        assert place in problems, place
    assert len(problems.splitlines()) == 13


@pytest.mark.parametrize(
    "text",
    [
        "cameras: [{name: hall, source: 'sim:', zones: nonsense}]\n"
        "arming: {modes: {night: {cameras: [hall]}}, otherwise: night}",
        "cameras: [{name: hall}]\narming: {modes: {night: {cameras: [hall]}}, otherwise: night}",
        "outputs: [{name: desk, type: webhook, url: 'https://a.example', cooldown_s: -1},\n"
        "  {name: phone, type: webhook, url: 'https://b.example',"
        " escalation: {after_s: 60, then: desk}}]",
        "outputs: [{name: desk, type: webhook},\n"
        "  {name: phone, type: webhook, url: 'https://b.example',"
        " escalation: {after_s: 60, then: desk}}]",
        "outputs: [{name: mail, type: email, host: a.example, user: 3, password: longer-one,"
        " sender: a@b.c, recipients: [d@e.f]}]",
    ],
)
def test_one_problem_makes_no_others(text: str) -> None:
    """What is left out for a moment is not missed, nor are its names elsewhere."""
    assert len(said(text)) == 1


def test_a_texts_length_is_said_in_characters() -> None:
    """That of a secret, too."""
    assert said("api_key: short") == ["api_key: must have at least 8 characters"]


def test_good_settings_have_none() -> None:
    """An empty file is one."""
    assert said("{}") == []
