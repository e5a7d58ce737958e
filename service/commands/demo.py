"""`posewarden demo`: a whole site on a real street video and a simulated square.

Runs `posewarden up` as a user would, as a process of its own, and watches it from outside over
WebSocket: what this prints is what any client receives.
"""

import contextlib
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from service.access.credentials import new_key
from service.lifecycle import listen
from service.process.logs import LogOptions
from service.process.startup_report import base_url, readiness
from service.web_address import is_loopback
from tracker.child_process import isolated, signalled_with_parent

VIDEO_NAME = "vtest.avi"
VIDEO_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
VIDEO_LIMIT_BYTES = 32_000_000
DEBIAN_PACKAGE = "opencv-doc"
DEBIAN_MEMBER = f"usr/share/doc/opencv-doc/examples/data/{VIDEO_NAME}"
VIDEO_URL = f"https://raw.githubusercontent.com/opencv/opencv/4.x/samples/data/{VIDEO_NAME}"
SIMULATION = "sim:?people=4&fps=15&seed=7&events=fall@20,run@45,fight@70&loop=90"
LONGEST_RARITY_H = 1000  # as on the page: beyond it a number says nothing
# For a very slow machine; what it waits for, the service says meanwhile.
READY_WITHIN_S = 600.0


def demo(*, host: str, port: int, data: Path, log: LogOptions) -> int:
    """Run the demonstration until Ctrl-C; return the exit status.

    Raises:
        ConfigError: the address to listen on is taken. Whoever answers there is not the demo: its
            pages and alerts would be shown as ours.
    """
    listen(host, port).close()
    data.mkdir(parents=True, exist_ok=True)
    site = data / "site.yaml"
    key = None if is_loopback(host) else _own_key(data)
    settings = {"cameras": list(_cameras(data))} | ({} if key is None else {"api_key": key})
    site.touch(mode=0o600)
    site.write_text(yaml.safe_dump(settings, sort_keys=False))
    command = [*isolated("service.cli"), "up", *log.as_flags(), "--config", str(site)]
    command += ["--host", host, "--port", str(port), "--data", str(data)]
    service = subprocess.Popen(command, preexec_fn=signalled_with_parent(signal.SIGTERM))
    try:
        _watch(service, base_url(host, port), key)
    except KeyboardInterrupt:
        pass
    finally:
        service.terminate()
        with contextlib.suppress(KeyboardInterrupt):
            service.wait(timeout=10)
    return 0 if service.returncode in (0, None) else 1


def _own_key(data: Path) -> str:
    """Return the demo's key, made at its first start where other machines reach it."""
    file = data / "api_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(new_key())
    return file.read_text()


def _cameras(data: Path) -> Iterator[dict[str, str]]:
    video = _find_video(data)
    if video is None:
        print("demo: continuing with the simulated camera only", flush=True)
    else:
        yield {"name": "street", "source": f"{video}?loop=1"}
    yield {"name": "square", "source": SIMULATION}


def _find_video(data: Path) -> Path | None:
    """Return the street video, fetched into data if need be; None if it cannot be had."""
    here = data.resolve() / VIDEO_NAME
    for candidate in (here, Path("/") / DEBIAN_MEMBER):
        if candidate.is_file() and _is_the_video(candidate):
            return candidate
    for fetch in (_fetch_from_debian, _fetch_from_url):
        try:
            fetch(here)
        except (OSError, subprocess.CalledProcessError, tarfile.TarError, KeyError) as err:
            print(f"demo: failed: {err}", flush=True)
            continue
        if _is_the_video(here):
            return here
        print("demo: the fetched video is not the expected file; removed", flush=True)
        here.unlink()
    return None


def _is_the_video(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == VIDEO_SHA256


def _fetch_from_debian(target: Path) -> None:
    """Take the video out of Debian's package without installing it; needs no root."""
    print(f"demo: fetching {VIDEO_NAME} from Debian's package {DEBIAN_PACKAGE}", flush=True)
    if shutil.which("apt-get") is None:
        raise FileNotFoundError("there is no apt-get here")
    with tempfile.TemporaryDirectory() as folder:
        download = ["apt-get", "download", "-qq", DEBIAN_PACKAGE]
        try:
            _run_quietly(download, folder)
        except subprocess.CalledProcessError:
            # A fresh machine has no package lists yet.
            _run_quietly(["apt-get", "update", "-qq"], folder)
            _run_quietly(download, folder)
        list_files = ["dpkg-deb", "--fsys-tarfile", str(next(Path(folder).glob("*.deb")))]
        with subprocess.Popen(list_files, stdout=subprocess.PIPE) as unpack:
            _copy_member(unpack, target)


def _run_quietly(command: list[str], folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _copy_member(unpack: "subprocess.Popen[bytes]", target: Path) -> None:
    with tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        for member in archive:
            if member.name.removeprefix("./") == DEBIAN_MEMBER:
                content = archive.extractfile(member)
                if content is not None and member.size <= VIDEO_LIMIT_BYTES:
                    target.write_bytes(content.read())
                    unpack.kill()
                    return
    raise KeyError(f"no {DEBIAN_MEMBER} in {DEBIAN_PACKAGE}")


def _fetch_from_url(target: Path) -> None:
    print(f"demo: fetching {VIDEO_URL}", flush=True)
    with urllib.request.urlopen(VIDEO_URL, timeout=20) as answer:
        target.write_bytes(answer.read(VIDEO_LIMIT_BYTES))


def _watch(service: "subprocess.Popen[bytes]", base: str, key: str | None) -> None:
    """Print the addresses once the service is ready, then one line per alert."""
    _wait_until_ready(service, base)
    events = f"ws{base.removeprefix('http')}/ws/alerts"
    print(
        f"\n  page      {base}/\n  cameras   {base}/cameras\n  alerts    {base}/alerts\n"
        f"  socket    {events}\n  metrics   {base}/metrics\n\n"
        "Alerts follow, one line each; Ctrl-C ends. The square's people fall at 20 s, run at 45 s "
        "and fight at 70 s of each 90 s.\n",
        flush=True,
    )
    if key is not None:
        print(f"Other machines reach the page; it asks for this key: {key}\n", flush=True)
    headers = {} if key is None else {"X-API-Key": key}
    last_id = ""
    while service.poll() is None:
        resume = f"?last_id={last_id}" if last_id else ""
        try:
            with connect(events + resume, proxy=None, additional_headers=headers) as socket:
                for message in socket:
                    last_id = _print_event(json.loads(message)) or last_id
        except (WebSocketException, OSError):  # gone, or a 503 while it restarts
            time.sleep(1)


def _wait_until_ready(service: "subprocess.Popen[bytes]", base: str) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        if service.poll() is not None:
            raise SystemExit("demo: the service ended; its last lines above say why")
        if readiness(base).get("ready"):
            return
        time.sleep(0.3)
    raise SystemExit(
        f"demo: {base} was not ready within {READY_WITHIN_S:.0f} s; "
        "the lines above say what it waits for"
    )


def _print_event(event: dict[str, object]) -> str | None:
    """Print opened and closed alerts; return the event's id for resuming.

    Scores rise while an alert is open: only a closed one has the peak that the page shows, too.
    """
    alert = event.get("alert")
    if isinstance(alert, dict):
        who = f"camera {alert['camera']}  person {alert['person'].split('/')[-1]}"
        kinds = _kinds(alert)
        if event.get("type") == "opened":
            print(f"{_clock(alert['opened_at'])}  ALERT   {who}  {kinds}: {alert['reason']}")
        elif event.get("type") == "closed":
            lasted_s = alert["closed_at"] - alert["opened_at"]
            facts = [f"{kinds}, {lasted_s:.1f} s", _peak(alert), _rarity(alert)]
            print(f"{_clock(alert['closed_at'])}  closed  {who}  {'; '.join(filter(None, facts))}")
        sys.stdout.flush()
    identity = event.get("id")
    return identity if isinstance(identity, str) else None


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _kinds(alert: dict[str, Any]) -> str:
    """Name all kinds of an alert, the most severe first."""
    names = [each["kind"] for each in alert["kinds"]] or [alert["kind"]]
    return " + ".join(name.replace("_", " ") for name in names)


def _peak(alert: dict[str, Any]) -> str:
    """Return the highest score of the alert's kind, in its own measure."""
    if alert["kind"] != "movement":
        return f"peak {alert['peak_score']:.1f} times the threshold"
    return f"peak {alert['peak_score']:.3f} bits/dimension (threshold {alert['threshold']:.3f})"


def _rarity(alert: dict[str, Any]) -> str:
    hours = alert["rarity_hours"]
    if hours is None:
        return ""
    if hours >= LONGEST_RARITY_H:
        return f"one person ordinarily does so less than once in {LONGEST_RARITY_H} hours"
    return f"one person ordinarily does so once in {hours:g} hours"
