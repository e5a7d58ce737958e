"""Parse and check a camera's `source` setting, and build its frame source.

``rtsp://…``, ``http://…``, ``usb:0``, ``clip.mp4?loop=1``, ``poses:FILE?fps=24&loop=0`` and
``sim:?people=4&fps=15&seed=7&events=fall@20,run@45,fight@70&loop=90``.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from tracker.errors import ConfigError
from tracker.limits import MAX_FPS, is_frame_rate
from tracker.ports import NO_TELEMETRY, FrameSource, Telemetry
from tracker.simulator.source import SIMULATION_OPTIONS, SimulatedSource, Simulation
from tracker.sources.live_stream import VideoStream
from tracker.sources.recorded_poses import PosesSource
from tracker.sources.redaction import MISSING_SCHEME, redact
from tracker.sources.video_file import VideoFile

Kind: TypeAlias = Literal["sim", "poses", "file", "stream", "usb"]
OPTIONS: dict[Kind, tuple[str, ...]] = {
    "sim": SIMULATION_OPTIONS,
    "poses": ("fps", "loop"),
    "file": ("loop",),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


@dataclass(frozen=True, slots=True)
class _Source:
    """A parsed `source` setting.

    Attributes:
        place: path, address or device number; empty for `sim:`.
        settings: the part after the question mark.
    """

    kind: Kind
    place: str
    settings: dict[str, str]


def open_source(
    camera: str,
    source: str,
    *,
    clock: Callable[[], float] = time.time,
    stop: Event | None = None,
    telemetry: Telemetry = NO_TELEMETRY,
) -> FrameSource:
    """Return the frame source that a camera's `source` names; nothing is opened yet.

    Args:
        stop: ends every iteration of the source within a quarter of a second.
        telemetry: gets the decoding times and dropped frames.

    Raises:
        ConfigError: `source` is malformed or names a file that is not there.
        BadPoses: it names a malformed pose file.
    """
    parsed = _parse(source)
    path, loop = Path(parsed.place), _switch(parsed.settings, "loop")
    if parsed.kind in ("poses", "file") and not path.is_file():
        raise _wrong(source, f"there is no file {parsed.place!r}; check the path")
    if parsed.kind == "sim":
        return SimulatedSource(camera, _simulation(source, parsed), clock=clock, stop=stop)
    if parsed.kind == "poses":
        fps = _fps(source, parsed)
        return PosesSource(camera, path, fps=fps, loop=loop, clock=clock, stop=stop)
    if parsed.kind == "file":
        return VideoFile(camera, path, loop=loop, clock=clock, stop=stop, telemetry=telemetry)
    return VideoStream(
        camera,
        int(parsed.place) if parsed.kind == "usb" else parsed.place,
        label=redact(parsed.place),
        clock=clock,
        stop=stop,
        telemetry=telemetry,
    )


def check_source(source: str) -> None:
    """Check the syntax of a source; whether its file or camera exists is checked on opening.

    Raises:
        ConfigError: it is malformed; the text names the part and the remedy.
    """
    _parse(source)


def carries_poses(source: str) -> bool:
    """Return whether the source's frames carry poses instead of pictures."""
    return source.startswith(("sim:", "poses:"))


def _parse(source: str) -> _Source:
    scheme = match[1].lower() if (match := _SCHEME.match(source)) else ""
    if scheme in ("rtsp", "rtsps", "http", "https"):
        _check_address(source)
        return _Source("stream", source, {})
    if scheme == "usb":
        number = source.removeprefix("usb:")
        if not re.fullmatch(r"[0-9]{1,3}", number):
            raise _wrong(source, f"{number!r} is no device number; write usb:0 for the first")
        return _Source("usb", number, {})
    if scheme and "://" in source:
        raise _wrong(
            source, f"scheme {scheme!r} is unknown; use rtsp, http, usb, poses, sim, a path"
        )
    kind: Kind = "sim" if scheme == "sim" else "poses" if scheme == "poses" else "file"
    if kind == "file" and MISSING_SCHEME.match(source):
        raise ConfigError(
            "source ***@…: an address needs its scheme; write rtsp://user:password@host:554/path "
            "(or ./ before the name of a file)"
        )
    rest = source if kind == "file" else source[len(scheme) + 1 :]
    place, _, query = rest.partition("?")
    parsed = _Source(kind, place, _settings(source, kind, query))
    _check_local(source, parsed)
    return parsed


def _check_address(source: str) -> None:
    try:
        parts = urlsplit(source)
        host, _port = parts.hostname, parts.port
    except ValueError as err:
        raise _wrong(source, "its port or host is malformed; write rtsp://host:554/path") from err
    if not host or re.search(r"\s", source):
        raise _wrong(source, "it names no host; write rtsp://user:password@host:554/path")


def _check_local(source: str, parsed: _Source) -> None:
    if parsed.kind == "sim":
        if parsed.place:
            raise _wrong(source, f"{parsed.place!r} before the '?'; write sim:?people=4&seed=7")
        _simulation(source, parsed)
        return
    if not parsed.place:
        raise _wrong(source, "it names no file; write poses:FILE, a video's path or rtsp://…")
    _switch_checked(source, parsed.settings)
    if parsed.kind == "poses":
        _fps(source, parsed)


def _settings(source: str, kind: Kind, query: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, equals, value = part.partition("=")
        if not equals or name not in OPTIONS[kind]:
            known = ", ".join(OPTIONS[kind])
            raise _wrong(source, f"{part!r} is no setting of this source; it has {known}")
        if name in settings:
            raise _wrong(source, f"{name} is given twice; keep one")
        settings[name] = value
    return settings


def _switch_checked(source: str, settings: dict[str, str]) -> None:
    if settings.get("loop", "0") not in ("0", "1"):
        raise _wrong(source, f"loop is {settings['loop']!r}; it must be 0 or 1")


def _switch(settings: dict[str, str], name: str) -> bool:
    return settings.get(name) == "1"


def _fps(source: str, parsed: _Source) -> float:
    text = parsed.settings.get("fps", "24")
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not is_frame_rate(fps):
        raise _wrong(source, f"fps is {text!r}; it must be a number in (0, {MAX_FPS:g}]")
    return fps


def _simulation(source: str, parsed: _Source) -> Simulation:
    try:
        return Simulation.parse(parsed.settings)
    except ValueError as err:
        raise _wrong(source, str(err)) from err


def _wrong(source: str, problem: str) -> ConfigError:
    return ConfigError(f"source {redact(source)!r}: {problem}")
