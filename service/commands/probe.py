"""`posewarden probe`: measures a source, or says why it fails."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from service.commands.probe_report import Measurement, Report
from tracker.errors import CameraLost
from tracker.limits import MIN_PICTURE_LINES, is_frame_rate
from tracker.sources.diagnosis.diagnose import diagnose, is_reachable
from tracker.sources.diagnosis.diagnosis import Diagnosis, Transport
from tracker.sources.diagnosis.vendor_streams import siblings
from tracker.sources.key_frames import PATIENCE_S, KeyFrames
from tracker.sources.opencv_capture import open_device, open_file
from tracker.sources.opened_stream import Capture, OpenedStream, open_stream
from tracker.sources.redaction import redact
from tracker.sources.source_url import open_source, parse_source
from tracker.sources.video_problems import cover_problem, why_unreadable
from tracker.sources.video_times import look_through

OPEN_TIMEOUT_S = 30.0  # some cameras need as long after their start
ANSWER_S = 2.0  # what takes longer to answer at all is worth the diagnosis
READ_TIMEOUT_S = 5.0
SIBLING_S = 1.0  # how long a substream is watched: its size shows in the first picture
_CODECS = {"h264": "H.264", "avc1": "H.264", "hevc": "H.265", "hev1": "H.265", "MJPG": "MJPEG"}


def probe(source: str, seconds: float, transport: Transport = "auto") -> Report:
    """Watch a source for so long, and look for substreams.

    Args:
        transport: what an RTSP camera's RTP comes over.

    Raises:
        ConfigError: the source is malformed or names a file that is not there.
        BadPoses: it names a malformed pose file.
    """
    parsed = parse_source(source)
    if parsed.kind in ("sim", "poses"):
        return Report(_watch_poses(source, seconds))
    if parsed.kind == "stream":
        return _probe_address(parsed.place, seconds, transport)
    if parsed.kind == "usb":
        return Report(_watch_device(source, Path(parsed.place), seconds))
    open_source("probe", source)  # says what is wrong with the path
    return Report(_look_into_file(source, Path(parsed.place)))


def _probe_address(source: str, seconds: float, transport: Transport) -> Report:
    seen = _watch_address(source, seconds, OPEN_TIMEOUT_S, transport)
    if seen.reason != "open":
        return Report(seen)
    others = [_watch_address(one, SIBLING_S, READ_TIMEOUT_S, transport) for one in siblings(source)]
    good = [one for one in (seen, *others) if one.reason == "open"]
    enough = [one for one in good if one.height_px >= MIN_PICTURE_LINES]
    if len(good) == 1 or not enough:
        return Report(seen, others)
    best = min(enough, key=lambda one: one.width_px * one.height_px)
    return Report(seen, others, best.address)


def _watch_address(
    address: str, seconds: float, patience_s: float, transport: Transport
) -> Measurement:
    blank = Measurement(redact(address), "stream", "open")
    if not is_reachable(address, ANSWER_S):
        found = diagnose(address, READ_TIMEOUT_S, transport)
        if found.reason != "open":
            return replace(blank, reason=found.reason, text=found.text)
    began_s = time.monotonic()
    found, seen = Diagnosis("open", ""), None
    while seen is None and time.monotonic() - began_s < patience_s:
        knew_login = found.needs_relay
        options = _Opening(transport, found.needs_relay, patience_s)
        seen = _watch_opened(address, blank, began_s, seconds, options)
        if seen is None:
            found = diagnose(address, READ_TIMEOUT_S, transport)
            if knew_login or not found.needs_relay:
                break
    return seen or _not_opened(blank, found, time.monotonic() - began_s, patience_s)


def _watch_opened(
    address: str, blank: Measurement, began_s: float, seconds: float, options: "_Opening"
) -> Measurement | None:
    """Open a stream and measure it; None if it does not open."""
    try:
        opened = open_stream(
            address,
            transport=options.transport,
            needs_relay=options.needs_relay,
            open_s=options.patience_s,
            read_s=READ_TIMEOUT_S,
        )
    except CameraLost as err:
        return replace(blank, reason=err.reason, text=str(err))
    try:
        if opened.capture.isOpened():
            return _measure(opened, blank, began_s, seconds)
    finally:
        opened.release()
    return None


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a stream is opened; see `open_stream`."""

    transport: Transport
    needs_relay: bool
    patience_s: float


def _not_opened(
    blank: Measurement, found: Diagnosis, waited_s: float, patience_s: float
) -> Measurement:
    if found.reason != "open":
        return replace(blank, reason=found.reason, text=found.text, codec=found.codec)
    if waited_s >= 0.9 * patience_s:
        text = f"no picture came within {waited_s:.0f} s, though the camera answers; restart it"
        return replace(blank, reason="timeout", text=text)
    sent = found.codec or "what it sends"
    text = f"the camera plays, but FFmpeg cannot decode its {sent}; set it to H.264"
    return replace(blank, reason="broken", text=text, codec=found.codec)


def _watch_device(source: str, device: Path, seconds: float) -> Measurement:
    blank = Measurement(source, "device", "open")
    found = diagnose(device)
    if found.reason != "open":
        return replace(blank, reason=found.reason, text=found.text)
    began_s = time.monotonic()
    capture = open_device(device, read_s=READ_TIMEOUT_S)
    try:
        if capture.isOpened():
            return _measure(OpenedStream(capture), blank, began_s, seconds)
    finally:
        capture.release()
    return replace(blank, reason="device", text=found.text)


def _look_into_file(source: str, path: Path) -> Measurement:
    blank = Measurement(redact(source), "file", "open")
    capture = open_file(path)
    try:
        good, image = capture.read()
        text = cover_problem(path, capture) if good else why_unreadable(path)
        if good and text is None:
            times = look_through(path)
            seen = replace(_described(capture, blank, image), frames=times.frames)
            text = (
                f"its frame rate varies; {times.fps:.4g} is the usual one" if times.varying else ""
            )
            return replace(seen, nominal_fps=round(times.fps, 2), text=text)
    finally:
        capture.release()
    return replace(blank, reason="broken", text=text or "")


def _watch_poses(source: str, seconds: float) -> Measurement:
    times: list[float] = []
    size_px = (0, 0)
    for frame in open_source("probe", source):
        times.append(frame.at)
        size_px = (frame.width_px, frame.height_px)
        if times[-1] - times[0] >= seconds:
            break
    seen = Measurement(redact(source), "poses", "open", "", None, *size_px, frames=len(times))
    return replace(seen, fps=_rate(times))


def _measure(
    opened: OpenedStream, blank: Measurement, began_s: float, seconds: float
) -> Measurement:
    """Read for so long after the first picture, and see how they come."""
    capture, arrivals_s = opened.capture, list[float]()
    key_frames = KeyFrames(time.monotonic())
    seen = blank
    while not arrivals_s or arrivals_s[-1] - arrivals_s[0] < seconds:
        asked_s = time.monotonic()
        good, image = capture.read()
        now_s = time.monotonic()
        silent = now_s - asked_s >= 0.9 * READ_TIMEOUT_S
        if silent and not arrivals_s and not good and _awaits_key_frame(opened, key_frames):
            continue
        # After a time-out OpenCV returns stale frames before it reports the failure.
        if not good or (silent and arrivals_s):
            return _ended(seen, key_frames, len(arrivals_s), silent=silent)
        if not arrivals_s:
            seen = replace(
                _described(capture, blank, image), first_frame_s=round(now_s - began_s, 3)
            )
        key_frames.picture(now_s, is_key=capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME) > 0)
        arrivals_s.append(now_s)
    live_s = _live(arrivals_s)
    return replace(
        seen,
        text=key_frames.note(),
        frames=len(arrivals_s),
        fps=_rate(live_s),
        jitter_ms=round(float(np.std(np.diff(live_s))) * 1000, 1) if len(live_s) > 2 else None,
    )


def _awaits_key_frame(opened: OpenedStream, key_frames: KeyFrames) -> bool:
    packets_come = opened.traffic is not None and opened.traffic.has_grown()
    return packets_come and key_frames.wait_on(time.monotonic())


def _ended(seen: Measurement, key_frames: KeyFrames, pictures: int, *, silent: bool) -> Measurement:
    if key_frames.waiting:
        text = f"packets come, but no key frame within {PATIENCE_S:.0f} s"
        remedy = "set the camera's key frame (I-frame) interval to 1 to 4 s"
        return replace(seen, reason="key-frame", text=f"{text}; {remedy}")
    text = f"no further picture came after {pictures}; restart the camera"
    return replace(seen, reason="timeout" if silent else "closed", text=text)


def _described(capture: Capture, blank: Measurement, image: MatLike) -> Measurement:
    """Return what the decoder says about the pictures."""
    code = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
    name = code.decode("latin-1")
    codec = _CODECS.get(name, name) if name.isascii() and name.isprintable() else None
    height_px, width_px = image.shape[:2]
    said_fps = capture.get(cv2.CAP_PROP_FPS)
    fps = said_fps if is_frame_rate(said_fps) else None
    return replace(blank, codec=codec, width_px=width_px, height_px=height_px, nominal_fps=fps)


def _live(arrivals_s: list[float]) -> list[float]:
    """Leave out the pictures that were buffered while the stream was opened: those come at once."""
    gaps_s = np.diff(arrivals_s)
    if len(gaps_s) < 2:
        return arrivals_s
    usual_s = float(np.median(gaps_s[len(gaps_s) // 2 :]))
    return arrivals_s[int(np.argmax(gaps_s >= 0.5 * usual_s)) + 1 :]


def _rate(times_s: list[float]) -> float | None:
    span_s = times_s[-1] - times_s[0] if times_s else 0.0
    return round((len(times_s) - 1) / span_s, 2) if span_s > 0 else None
