"""What `check-config` says of the files and addresses in a site's file, all at once."""

from pathlib import Path

import pytest

from inference.bundled_model import bundled_model
from service.cli import main


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's file; its data lies beside it."""
    path = tmp_path / "site.yaml"
    path.write_text(f"data: {tmp_path}/data\ncameras: [{{name: gate, source: 'usb:0'}}]\n")
    return path


def test_a_video_that_is_not_there_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its place in the file; one that is there is none, nor is a camera that is away."""
    (tmp_path / "here.mp4").write_bytes(b"")
    path = tmp_path / "site.yaml"
    path.write_text(
        f"cameras:\n  - {{name: a, source: '{tmp_path}/here.mp4?loop=1'}}\n"
        f"  - {{name: b, source: 'poses:{tmp_path}/gone.json'}}\n"
        "  - {name: c, source: 'rtsp://10.0.0.7/'}\n"
    )

    assert main(["check-config", str(path)]) == 1

    said = capsys.readouterr().err
    assert f"cameras[1].source: there is no file 'poses:{tmp_path}/gone.json'" in said
    assert "cameras[0]" not in said


def test_every_problem_is_said_at_once(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address of no Redis among them, with its file and its key like all others."""
    site.write_text(
        site.read_text() + "redis: {url: 'redis+sentinel://one,two'}\n"
        "camera_processes: 0\nport: 70000\n"
    )

    assert main(["check-config", str(site)]) != 0
    said = capsys.readouterr().err
    assert f"{site}: redis.url: 'redis+sentinel://one,two' names no master" in said
    assert f"{site}: port: " in said
    assert (
        f"{site}: camera_processes: '0' is no number of processes; write auto, or a whole number "
        "from 1 to 64\n" in said
    )


def test_every_file_that_is_not_there_is_said_at_once(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of TLS to Redis, of the API's own TLS and of cameras."""
    site.write_text(
        f"cameras: [{{name: gate, source: '{tmp_path}/gone.mp4'}}]\n"
        f"redis: {{url: 'rediss://user:hunter2@one?ssl_ca_certs={tmp_path}/ca.pem'}}\n"
        f"tls: {{certificate: '{tmp_path}/a.pem', key: '{tmp_path}/b.pem'}}\n"
    )

    assert main(["check-config", str(site)]) == 1
    said = capsys.readouterr().err
    assert f"redis.url: there is no file '{tmp_path}/ca.pem'; check ssl_ca_certs" in said
    assert f"{site}: tls.certificate: {tmp_path}/a.pem cannot be read" in said
    assert f"{site}: tls.key: {tmp_path}/b.pem cannot be read" in said
    assert "cameras[0].source: there is no file" in said
    assert "hunter2" not in said


def test_files_are_said_together_with_all_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not only once the other problems are mended; of a part that does not read the rest is."""
    gone = tmp_path / "gone"
    path = tmp_path / "site.yaml"
    path.write_text(
        f"port: 70000\nprot: 1\nmodel: {gone}.onnx\n"
        f"tls: {{certificate: {gone}.pem, key: {gone}.key}}\n"
        "archive: {url: 'mysql://user:hunter2@one/site'}\n"
        f"cameras:\n  - {{name: a, source: '{gone}.mp4', fsp: 3}}\n  - nonsense\n"
        "  - {name: c, source: 'rtsp//10.0.0.7/'}\n"
        f"outputs: [{{name: desk, type: webhook, ca_file: {gone}.ca}}]\n"
    )

    assert main(["check-config", str(path)]) == 1
    said = capsys.readouterr().err
    for place in (
        "port", "prot", "model", "tls.certificate", "tls.key", "cameras[0].source",
        "cameras[0].fsp", "cameras[1]", "cameras[2].source", "outputs[0].ca_file",
        "outputs[0].url",
    ):  # fmt: skip
        assert f"{path}: {place}: " in said, place
    assert f"{path}: archive.url is not the address of a PostgreSQL database" in said
    assert "hunter2" not in said
    assert said.count("cameras[2].source") == 1


@pytest.mark.slow
def test_a_model_that_cannot_be_served_is_a_problem(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that was cut short; the bundled one is good."""
    whole = bundled_model().read_bytes()
    (tmp_path / "whole.onnx").write_bytes(whole)
    (tmp_path / "short.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "ca.pem").write_text("no certificate")
    text = site.read_text()

    site.write_text(f"{text}model: {tmp_path}/whole.onnx\n")
    assert main(["check-config", str(site)]) == 0
    capsys.readouterr()
    site.write_text(
        f"{text}model: {tmp_path}/short.onnx\noutputs: [{{name: desk, type: webhook, "
        f"url: 'https://desk.example', ca_file: '{tmp_path}/ca.pem'}}]\n"
    )
    assert main(["check-config", str(site)]) == 1
    said = capsys.readouterr().err
    assert f"{site}: model: " in said
    assert "short.onnx" in said
    assert f"outputs[0].ca_file: {tmp_path}/ca.pem cannot be read: no certificate in PEM" in said
