"""`posewarden outputs` with a receiver that is there, and one that is not."""

from pathlib import Path

import pytest
from support.receiver import Receiver

from service import cli


def site(folder: Path, url: str) -> list[str]:
    """Arguments of a site with one output."""
    file = folder / "site.yaml"
    output = f"{{name: desk, type: webhook, url: '{url}', allow_local: true}}"
    file.write_text(f"outputs: [{output}]\n")
    return ["--config", str(file), "--data", str(folder / "data")]


def test_a_test_prints_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Delivered, and marked as a test; refused, and the exit status says so."""
    with Receiver() as receiver:
        arguments = site(tmp_path, receiver.url)
        good = cli.main(["outputs", "test", *arguments, "desk"])
        receiver.status = 503
        bad = cli.main(["outputs", "test", *arguments, "desk"])

    assert (good, bad) == (0, 1)
    assert receiver.received[0].json["event"] == "test"
    assert capsys.readouterr().out.splitlines() == [
        "delivered: 204 No Content",
        "not delivered: 503 Service Unavailable",
    ]


def test_outputs_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With type and origin; an unknown name is refused with a remedy."""
    arguments = site(tmp_path, "http://desk.example")
    listed = cli.main(["outputs", "list", *arguments])
    unknown = cli.main(["outputs", "test", *arguments, "phone"])

    said = capsys.readouterr()
    assert (listed, unknown) == (0, 1)
    assert said.out == "desk  webhook  enabled  file\n"
    assert "posewarden outputs list" in said.err
