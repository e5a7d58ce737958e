"""`posewarden probe`: measures a source, or says why it fails."""

import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from tracker.limits import MIN_PICTURE_LINES, is_frame_rate
from tracker.sources.diagnosis.diagnose import diagnose, is_reachable
from tracker.sources.diagnosis.vendor_streams import siblings
from tracker.sources.opencv_capture import open_address, open_device, open_file
from tracker.sources.redaction import redact
from tracker.sources.source_url import open_source, parse_source
from tracker.sources.video_problems import cover_problem, why_unreadable
from tracker.sources.video_times import look_through

OPEN_TIMEOUT_S = 30.0  # some cameras need as long after their start
ANSWER_S = 2.0  # what takes longer to answer at all is worth the diagnosis
READ_TIMEOUT_S = 5.0
SIBLING_S = 1.0  # how long a substream is watched: its size shows in the first picture
_CODECS = {"h264": "H.264", "avc1": "H.264", "hevc": "H.265", "hev1": "H.265", "MJPG": "MJPEG"}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a source delivered.

    Attributes:
        address: without credentials.
        kind: stream, device, file or poses.
        reason: why it delivers nothing; `open` when it delivers pictures or poses.
        text: the same as a sentence with the remedy; of an open source, a remark.
        nominal_fps: what the source says of itself; None when it does not.
        first_frame_s: from the beginning until the first picture was there.
        jitter_ms: standard deviation of the time between two frames.
    """

    address: str
    kind: str
    reason: str
    text: str = ""
    codec: str | None = None
    width_px: int = 0
    height_px: int = 0
    frames: int = 0
    fps: float | None = None
    nominal_fps: float | None = None
    first_frame_s: float | None = None
    jitter_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a source and its substreams delivered.

    Attributes:
        recommended: the smallest picture with enough lines; None without a choice.
    """

    source: Measurement
    substreams: list[Measurement] = field(default_factory=list)
    recommended: str | None = None


def probe(source: str, seconds: float) -> Report:
    """Watch a source for so long, and look for substreams.

    Raises:
        ConfigError: the source is malformed or names a file that is not there.
        BadPoses: it names a malformed pose file.
    """
    parsed = parse_source(source)
    if parsed.kind in ("sim", "poses"):
        return Report(_watch_poses(source, seconds))
    if parsed.kind == "stream":
        return _probe_address(parsed.place, seconds)
    if parsed.kind == "usb":
        return Report(_watch_device(source, Path(parsed.place), seconds))
    open_source("probe", source)  # says what is wrong with the path
    return Report(_look_into_file(source, Path(parsed.place)))


def as_text(report: Report) -> str:
    """Return the report as lines for people."""
    lines = _lines(report.source)
    if report.substreams:
        lines.append("other streams of the same camera:")
        lines += [f"  {one.address}: {_brief(one)}" for one in report.substreams]
    if report.recommended is not None:
        lines.append(
            f"recommended: {report.recommended}, "
            f"the smallest with at least {MIN_PICTURE_LINES} lines"
        )
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Return the report as a JSON object."""
    return json.dumps(asdict(report), indent=2)


def _probe_address(source: str, seconds: float) -> Report:
    seen = _watch_address(source, seconds, OPEN_TIMEOUT_S)
    if seen.reason != "open":
        return Report(seen)
    others = [_watch_address(one, SIBLING_S, READ_TIMEOUT_S) for one in siblings(source)]
    good = [one for one in (seen, *others) if one.reason == "open"]
    enough = [one for one in good if one.height_px >= MIN_PICTURE_LINES]
    if len(good) == 1 or not enough:
        return Report(seen, others)
    best = min(enough, key=lambda one: one.width_px * one.height_px)
    return Report(seen, others, best.address)


def _watch_address(address: str, seconds: float, patience_s: float) -> Measurement:
    blank = Measurement(redact(address), "stream", "open")
    if not is_reachable(address, ANSWER_S):
        found = diagnose(address, READ_TIMEOUT_S)
        if found.reason != "open":
            return replace(blank, reason=found.reason, text=found.text)
    began_s = time.monotonic()
    capture = open_address(address, open_s=patience_s, read_s=READ_TIMEOUT_S)
    try:
        if capture.isOpened():
            return _measure(capture, blank, began_s, seconds)
    finally:
        capture.release()
    waited_s = time.monotonic() - began_s
    found = diagnose(address, READ_TIMEOUT_S)
    if found.reason != "open":
        return replace(blank, reason=found.reason, text=found.text, codec=found.codec)
    if waited_s >= 0.9 * patience_s:
        text = f"no picture came within {waited_s:.0f} s, though the camera answers; restart it"
        return replace(blank, reason="timeout", text=text)
    text = "the camera answers, but FFmpeg cannot play what it sends; set it to H.264 over TCP"
    return replace(blank, reason="broken", text=text)


def _watch_device(source: str, device: Path, seconds: float) -> Measurement:
    blank = Measurement(source, "device", "open")
    found = diagnose(device)
    if found.reason != "open":
        return replace(blank, reason=found.reason, text=found.text)
    began_s = time.monotonic()
    capture = open_device(device, read_s=READ_TIMEOUT_S)
    try:
        if capture.isOpened():
            return _measure(capture, blank, began_s, seconds)
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
    capture: cv2.VideoCapture, blank: Measurement, began_s: float, seconds: float
) -> Measurement:
    """Read for so long after the first picture, and see how they come."""
    arrivals_s: list[float] = []
    seen = blank
    while not arrivals_s or arrivals_s[-1] - arrivals_s[0] < seconds:
        asked_s = time.monotonic()
        good, image = capture.read()
        now_s = time.monotonic()
        # After a time-out OpenCV returns stale frames before it reports the failure.
        silent = now_s - asked_s >= 0.9 * READ_TIMEOUT_S
        if silent or not good:
            text = f"no further picture came after {len(arrivals_s)}; restart the camera"
            return replace(seen, reason="timeout" if silent else "closed", text=text)
        if not arrivals_s:
            seen = replace(
                _described(capture, blank, image), first_frame_s=round(now_s - began_s, 3)
            )
        arrivals_s.append(now_s)
    live_s = _live(arrivals_s)
    return replace(
        seen,
        frames=len(arrivals_s),
        fps=_rate(live_s),
        jitter_ms=round(float(np.std(np.diff(live_s))) * 1000, 1) if len(live_s) > 2 else None,
    )


def _described(capture: cv2.VideoCapture, blank: Measurement, image: MatLike) -> Measurement:
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


def _lines(seen: Measurement) -> list[str]:
    lines = [f"{seen.address}: {_brief(seen)}"]
    if seen.reason == "open" and seen.text:
        lines.append(seen.text)
    if seen.fps is not None and seen.jitter_ms is not None:
        lines.append(f"measured: {seen.fps:.1f} frames/s, jitter {seen.jitter_ms:.0f} ms")
    if seen.first_frame_s is not None:
        lines.append(f"first picture after {seen.first_frame_s:.1f} s")
    return lines


def _brief(seen: Measurement) -> str:
    """Return one line about what a source gives."""
    if seen.reason != "open":
        return f"{seen.reason}: {seen.text}"
    what = "poses instead of pictures" if seen.kind == "poses" else seen.codec or "unknown codec"
    rate = seen.nominal_fps if seen.nominal_fps is not None else seen.fps
    parts = [what, f"{seen.width_px}×{seen.height_px}"]
    parts += [f"{rate:g} frames/s"] if rate is not None else []
    return ", ".join(parts)
