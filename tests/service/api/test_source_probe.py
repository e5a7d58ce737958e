"""Sources are probed in a process of their own."""

import subprocess
from typing import Any

import pytest

from service.api.problems import Problem
from service.api.source_probe import probe_source


@pytest.mark.slow
def test_a_source_is_watched_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is told the address by its input: command lines are public on a machine."""
    commands: list[list[str]] = []
    run = subprocess.run

    def noted(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", noted)

    report = probe_source("sim:?people=2&seed=4", "auto")

    assert (report.source.reason, report.source.kind) == ("open", "poses")
    assert report.source.frames > 0
    assert "people=2" not in " ".join(commands[0])


@pytest.mark.slow
def test_a_source_that_is_wrong_is_a_problem() -> None:
    """In the words of the command."""
    with pytest.raises(Problem, match="there is no file") as caught:
        probe_source("poses:/nowhere/at-all.json", "auto")

    assert caught.value.pointer == "/source"


def test_a_probe_that_takes_too_long_is_ended() -> None:
    """Its reason says so, without the password."""
    report = probe_source("rtsp://me:sesame@127.0.0.1:9/", "auto", within_s=0.0)

    assert (report.source.reason, report.source.address) == ("timeout", "rtsp://***@127.0.0.1:9/")
