"""What a probe found out, in words and as JSON."""

import json
from dataclasses import asdict, dataclass, field

from tracker.limits import MIN_PICTURE_LINES


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
