"""Parse and check a camera's `source` setting, and build its frame source.

``rtsp://…``, ``http://…``, ``usb:0``, ``file:///…``, ``/dev/v4l/by-id/…``, ``clip.mp4?loop=1``,
``poses:FILE?fps=24&loop=0`` and
``sim:?people=4&fps=15&seed=7&events=fall@20,run@45,fight@70&loop=90``.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal, TypeAlias

from tracker import sentences as said
from tracker.errors import ConfigError
from tracker.limits import MAX_FPS, is_frame_rate
from tracker.ports import NO_TELEMETRY, FrameSource, Telemetry
from tracker.simulator.source import SIMULATION_OPTIONS, SimulatedSource, Simulation
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.live_stream import VideoStream
from tracker.sources.local_file import is_file, local_path, split_settings
from tracker.sources.network_address import (
    STREAM_SCHEMES,
    foreign_source_problem,
    network_address_problem,
)
from tracker.sources.recorded_poses import PosesSource
from tracker.sources.redaction import MISSING_SCHEME, redact, redact_whole
from tracker.sources.video_file import VideoFile
from tracker.wording import sentence_of

Kind: TypeAlias = Literal["sim", "poses", "file", "stream", "usb"]
OPTIONS: dict[Kind, tuple[str, ...]] = {
    "sim": SIMULATION_OPTIONS,
    "poses": ("fps", "loop"),
    "file": ("loop",),
}
_OWN_SCHEMES = ("usb", "sim", "poses")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# An address whose scheme lacks its colon, or one or both slashes.
_SCHEME_CUT_SHORT = re.compile(r"(?i)(rtsps?|https?)(?::?/{1,2}|:)")


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed `source` setting.

    Attributes:
        place: path, address or device; empty for `sim:`.
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
    transport: Transport = "auto",
) -> FrameSource:
    """Return the frame source that a camera's `source` names; nothing is opened yet.

    Args:
        stop: ends every iteration of the source within a quarter of a second.
        telemetry: gets the decoding times and dropped frames.
        transport: what an RTSP camera's RTP comes over.

    Raises:
        ConfigError: `source` is malformed or names a file that is not there.
        BadPoses: it names a malformed pose file.
    """
    parsed = parse_source(source)
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
        path if parsed.kind == "usb" else parsed.place,
        label=redact(parsed.place),
        clock=clock,
        stop=stop,
        telemetry=telemetry,
        transport=transport,
    )


def check_source(source: str) -> None:
    """Check the syntax of a source; whether its file or camera exists is checked on opening.

    Raises:
        ConfigError: it is malformed; the text names the part and the remedy.
    """
    parse_source(source)


def carries_poses(source: str) -> bool:
    """Return whether the source's frames carry poses instead of pictures."""
    return source.lower().startswith(("sim:", "poses:"))


def parse_source(source: str) -> Source:
    """Return the parts of a source; whether its file or camera exists is checked on opening.

    Raises:
        ConfigError: it is malformed; the text names the part and the remedy.
    """
    scheme = match[1].lower() if (match := _SCHEME.match(source)) else ""
    if scheme not in _OWN_SCHEMES and "://" not in source and is_file(source):
        return Source("file", source, {})  # its name may look like anything
    if scheme in STREAM_SCHEMES and ("://" in source or scheme.startswith("rtsp")):
        if (problem := network_address_problem(source)) is not None:
            raise _wrong(source, problem)
        return Source("stream", scheme + source[len(scheme) :], {})
    if scheme == "usb" or source.startswith("/dev/"):
        return _device(source)
    if (problem := foreign_source_problem(source)) is not None:
        raise _wrong(source, problem)
    if scheme and scheme not in ("file", "poses") and "://" in source:
        raise _wrong(source, said.SCHEME_UNKNOWN(scheme=scheme))
    return _local(source, scheme)


def _local(source: str, scheme: str) -> Source:
    """Return a file, a pose file or a simulation."""
    kind: Kind = "sim" if scheme == "sim" else "poses" if scheme == "poses" else "file"
    if kind == "file" and MISSING_SCHEME.match(source):
        raise ConfigError(said.SOURCE_WITHOUT_SCHEME())
    rest = source if kind == "file" else source[len(scheme) + 1 :]
    place, query = rest.partition("?")[::2] if kind == "sim" else split_settings(rest)
    try:
        place = place if kind == "sim" else str(local_path(place)) if place else ""
    except ValueError as err:
        raise _wrong(source, str(err)) from err
    cut_short = _SCHEME_CUT_SHORT.match(place) if kind == "file" else None
    if cut_short is not None and not is_file(place):
        raise _wrong(source, said.SCHEME_CUT_SHORT(scheme=cut_short[1].lower()))
    parsed = Source(kind, place, _settings(source, kind, query))
    _check_local(source, parsed)
    return parsed


def _device(source: str) -> Source:
    """Return a local camera: `usb:0`, `/dev/video0`, `/dev/v4l/by-id/…`, with `usb:` or not."""
    name = re.sub(r"(?i)^usb:", "", source)
    if re.fullmatch(r"[0-9]{1,3}", name):
        name = f"/dev/video{name}"
    if not re.fullmatch(r"/dev/[^\0?]+", name):
        raise _wrong(
            source,
            said.NO_DEVICE_NUMBER(name=name),
        )
    return Source("usb", name, {})


def _check_local(source: str, parsed: Source) -> None:
    if parsed.kind == "sim":
        if parsed.place:
            raise _wrong(source, said.BEFORE_SETTINGS(text=parsed.place))
        _simulation(source, parsed)
        return
    if not parsed.place:
        raise _wrong(source, said.NAMES_NO_FILE())
    _switch_checked(source, parsed.settings)
    if parsed.kind == "poses":
        _fps(source, parsed)


def _settings(source: str, kind: Kind, query: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, equals, value = part.partition("=")
        if not equals or name not in OPTIONS[kind]:
            # The value may be a password, of an address whose scheme is misspelt.
            raise _wrong(source, said.NO_SUCH_SETTING(name=name, known=OPTIONS[kind]))
        if name in settings:
            raise _wrong(source, said.SETTING_TWICE(name=name))
        settings[name] = value
    return settings


def _switch_checked(source: str, settings: dict[str, str]) -> None:
    if settings.get("loop", "0") not in ("0", "1"):
        raise _wrong(source, said.LOOP_WRONG(text=settings["loop"]))


def _switch(settings: dict[str, str], name: str) -> bool:
    return settings.get(name) == "1"


def _fps(source: str, parsed: Source) -> float:
    text = parsed.settings.get("fps", "24")
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not is_frame_rate(fps):
        raise _wrong(source, said.RATE_WRONG(text=text, most=MAX_FPS))
    return fps


def _simulation(source: str, parsed: Source) -> Simulation:
    try:
        return Simulation.parse(parsed.settings)
    except ValueError as err:
        raise _wrong(source, str(err)) from err


def _wrong(source: str, problem: str) -> ConfigError:
    said_of_it = sentence_of(problem)
    return ConfigError(said.SOURCE_WRONG(source=redact_whole(source), problem=said_of_it))
