"""Cameras that are real RTSP servers, and the clips that they play."""

import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from tracker.child_process import signalled_with_parent
from tracker.types import Image

RTSP = Path(__file__).resolve().parents[1] / "rtsp"
SYSTEM_PYTHON = "/usr/bin/python3"  # the one with GStreamer's bindings


class Encode(Protocol):
    """Makes clips for the RTSP server: a ball crosses the picture, whose number is readable."""

    def __call__(
        self,
        codec: str = "h264",
        *,
        width_px: int = 320,
        height_px: int = 240,
        fps: int = 25,
        seconds: float = 2.0,
        still: bool = False,
        group: int | None = None,
        pictures: Sequence[Image] | None = None,
    ) -> Path:
        """Return a clip.

        Args:
            codec: h264, h265 or jpeg.
            group: every so many frames one is a key frame; by default once a second.
            still: show the same picture all the time.
            pictures: BGR pictures in place of the ball.
        """


class StartRtsp(Protocol):
    """Starts RTSP servers."""

    def __call__(
        self,
        mounts: Mapping[str, object] | None = None,
        *,
        user: str | None = None,
        password: str = "",
        digest: bool = False,
        tls: bool = False,
    ) -> "RtspServer":
        """Return a server that plays.

        Args:
            mounts: by default `cam`, H.264, 320×240, 25 frames/s.
            user: asked for with `password`, by digest if so.
            tls: serve rtsps with a certificate of its own.
        """


class RtspServer:
    """Cameras of one RTSP server in a process of its own; see rtsp/server.py for the mounts.

    Args:
        mounts: names to clips with their settings, such as `{"cam": f"{clip}?fps=10"}`.
        options: further arguments of rtsp/server.py.
    """

    def __init__(self, mounts: Mapping[str, object], options: Sequence[str], scheme: str) -> None:
        self._mounts = [f"{name}={what}" for name, what in mounts.items()]
        self._options = options
        self._scheme = scheme
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        """Serve; on the same port as before if it was killed."""
        arguments = [str(RTSP / "server.py"), "--port", str(self.port), *self._options]
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, *arguments, *self._mounts],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=signalled_with_parent(signal.SIGKILL),
        )
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().split()
        assert answer[:1] == ["ready"], f"the RTSP server did not start: {answer}"
        self.port = int(answer[1])

    def kill(self) -> None:
        """Kill it (-9), if it runs: its connections are reset."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def restart(self) -> None:
        """Kill it and serve again on the same port."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Let it do nothing at all; the kernel goes on accepting connections for it."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def url(self, name: str, user: str | None = None, password: str = "") -> str:
        """Return the address of a mount."""
        secret = "" if user is None else f"{quote(user, safe='')}:{quote(password, safe='')}@"
        return f"{self._scheme}://{secret}127.0.0.1:{self.port}/{name}"

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "the RTSP server does not run"
        self._process.send_signal(number)


class ClipEncoder:
    """Encodes clips into a folder, each of them once; see `Encode`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._made: dict[tuple[object, ...], Path] = {}

    def __call__(
        self,
        codec: str = "h264",
        *,
        width_px: int = 320,
        height_px: int = 240,
        fps: int = 25,
        seconds: float = 2.0,
        still: bool = False,
        group: int | None = None,
        pictures: Sequence[Image] | None = None,
    ) -> Path:
        group = fps if group is None else group
        if pictures is not None:
            return self._encode(codec, fps, group, pictures)
        key = (codec, width_px, height_px, fps, seconds, still, group)
        if key not in self._made:
            shown = balls(width_px, height_px, round(fps * seconds))
            if still:  # encoded again and again, which gives key frames that differ a little
                shown = shown[:1] * len(shown)
            self._made[key] = self._encode(codec, fps, group, shown)
        return self._made[key]

    def _encode(self, codec: str, fps: int, group: int, pictures: Sequence[Image]) -> Path:
        path = self._folder / f"{next(self._numbers)}.{codec}"
        height_px, width_px = pictures[0].shape[:2]
        arguments = [str(RTSP / "encode.py"), codec, str(width_px), str(height_px)]
        subprocess.run(
            [SYSTEM_PYTHON, *arguments, str(fps), str(group), str(path)],
            input=b"".join(picture.tobytes() for picture in pictures),
            capture_output=True,
            check=True,
        )
        return path


def require_gstreamer() -> None:
    """Skip where the RTSP server cannot run; fail there in CI."""
    names = "('Gst', 'GstApp', 'GstRtsp', 'GstRtspServer')"
    script = f"import gi\nfor name in {names}: gi.require_version(name, '1.0')"
    ran = Path(SYSTEM_PYTHON).exists() and shutil.which("openssl") is not None
    if not ran or subprocess.run([SYSTEM_PYTHON, "-c", script], capture_output=True).returncode:
        remedy = "GStreamer's RTSP server is not here; install the Makefile's TEST_PACKAGES"
        (pytest.fail if "CI" in os.environ else pytest.skip)(remedy)


def balls(width_px: int, height_px: int, count: int) -> list[Image]:
    """Return BGR pictures, (height, width, 3) uint8, of a ball on its way from left to right."""
    pictures = []
    for number in range(count):
        picture = np.full((height_px, width_px, 3), 60, np.uint8)
        place = (width_px * number // count, height_px // 2)
        cv2.circle(picture, place, height_px // 8, (0, 200, 255), -1)
        cv2.putText(picture, str(number), (4, 24), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
        pictures.append(picture)
    return pictures


def certificate(folder: Path, host: str = "camera") -> Path:
    """Return a new self-signed certificate with its key, as cameras make for themselves."""
    pem = folder / "camera.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"),
            *("-keyout", str(folder / "key.pem"), "-out", str(pem)),
        ],
        capture_output=True,
        check=True,
    )
    pem.write_bytes(pem.read_bytes() + (folder / "key.pem").read_bytes())
    return pem
