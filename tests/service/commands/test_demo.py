import hashlib
import shutil
import subprocess
from pathlib import Path
from socket import create_server

import pytest

from service.cli import main
from service.commands import demo

VIDEO = b"a street"


@pytest.fixture(autouse=True)
def video(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take a few bytes for the video; no package archive and no network unless a test has one."""
    monkeypatch.setattr(demo, "VIDEO_SHA256", hashlib.sha256(VIDEO).hexdigest())
    monkeypatch.setattr(demo, "VIDEO_URL", (tmp_path / "no-network").as_uri())
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))


def archive(tmp_path: Path, member: str = demo.DEBIAN_MEMBER) -> None:
    """Put an apt-get on the PATH that has the package once its lists were updated."""
    builder = shutil.which("dpkg-deb", path="/usr/bin:/bin")
    if builder is None:
        pytest.skip("no dpkg-deb here, so no package can be made")
    tree, package = tmp_path / "tree", tmp_path / "opencv-doc_1_all.deb"
    (tree / member).parent.mkdir(parents=True)
    (tree / member).write_bytes(VIDEO)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        "Package: opencv-doc\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n"
    )
    subprocess.run(
        [builder, "--build", tree, package],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    programs = tmp_path / "programs"
    for name in ("dpkg-deb", "cp", "touch", "tar"):
        (programs / name).symlink_to(str(shutil.which(name, path="/usr/bin:/bin")))
    lists = tmp_path / "lists"
    (programs / "apt-get").write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = update ]; then touch {lists}; exit; fi\n'
        f"[ -e {lists} ] && cp {package} . || exit 100\n"
    )
    (programs / "apt-get").chmod(0o755)


def cameras(tmp_path: Path) -> list[dict[str, str]]:
    """The cameras of a demo whose data lies in a folder of its own."""
    data = tmp_path / "data"
    data.mkdir()
    return list(demo._cameras(data))


def test_the_video_is_cut_out_of_the_package(tmp_path: Path) -> None:
    """Without root and without package lists, the video comes out of Debian's package."""
    archive(tmp_path)

    street, square = cameras(tmp_path)

    assert (tmp_path / "data" / "vtest.avi").read_bytes() == VIDEO
    assert street["source"] == f"{tmp_path / 'data' / 'vtest.avi'}?loop=1"
    assert square["source"] == demo.SIMULATION


def test_a_package_without_the_video_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the package lacks the video, its public address is asked next."""
    archive(tmp_path, member="usr/share/doc/opencv-doc/other.avi")
    (tmp_path / "published.avi").write_bytes(VIDEO)
    monkeypatch.setattr(demo, "VIDEO_URL", (tmp_path / "published.avi").as_uri())

    street, _ = cameras(tmp_path)

    assert street["name"] == "street"
    assert "demo: failed:" in capsys.readouterr().out


def test_without_any_video_the_square_goes_on_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every attempt that failed is told, and the demo goes on."""
    (square,) = cameras(tmp_path)

    told = capsys.readouterr().out
    assert square["name"] == "square"
    assert "there is no apt-get here" in told
    assert demo.VIDEO_URL in told
    assert "continuing with the simulated camera only" in told


def test_a_strange_file_is_not_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not the video is removed and told."""
    (tmp_path / "strange.avi").write_bytes(b"something else")
    monkeypatch.setattr(demo, "VIDEO_URL", (tmp_path / "strange.avi").as_uri())

    (square,) = cameras(tmp_path)

    assert square["name"] == "square"
    assert "not the expected file" in capsys.readouterr().out
    assert list((tmp_path / "data").iterdir()) == []


def test_alerts_are_named_when_they_open_and_rated_when_they_close(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The score is told once, when it is final: the page shows the same. Each gives its id."""
    fall = {
        "opened_at": 0.0,
        "closed_at": 6.5,
        "camera": "square",
        "person": "square/s/3",
        "kind": "person_down",
        "kinds": [{"kind": "person_down"}, {"kind": "fall"}],
        "reason": "lies where they fell",
        "peak_score": 2.25,
        "threshold": 1.0,
        "rarity_hours": 12.5,
    }
    moved = {**fall, "kind": "movement", "kinds": [], "threshold": 1.5, "rarity_hours": None}
    far = {**moved, "rarity_hours": 1.9e14}
    changes = [
        ("opened", fall),
        ("updated", fall),
        *(("closed", each) for each in (fall, moved, far)),
    ]
    events = [{"id": f"{n}-0", "type": t, "alert": a} for n, (t, a) in enumerate(changes)]
    ids = [demo._print_event(event) for event in events]

    opened, closed, movement, rarest = capsys.readouterr().out.splitlines()
    who = "camera square  person 3"
    assert ids == ["0-0", "1-0", "2-0", "3-0", "4-0"]
    assert opened.endswith(f"ALERT   {who}  person down + fall: lies where they fell")
    assert closed.endswith(
        f"closed  {who}  person down + fall, 6.5 s; peak 2.2 times the threshold; "
        "one person ordinarily does so once in 12.5 hours"
    )
    assert movement.endswith("movement, 6.5 s; peak 2.250 bits/dimension (threshold 1.500)")
    assert rarest.endswith("one person ordinarily does so less than once in 1000 hours")


def test_a_taken_port_is_said_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another site that answers there is not taken for the demo; its folder is not even made."""
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port), "--data", str(tmp_path / "demo")]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert f"cannot listen on 127.0.0.1:{port}: another program uses the port" in said.err
    assert "--port" in said.err
    assert not (tmp_path / "demo").exists()
