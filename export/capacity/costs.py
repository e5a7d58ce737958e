"""What a camera frame costs in each process, and which of these figures were measured here."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from export.capacity.bounds import MEASURE_AGAIN, at_path, figure
from tracker.errors import ConfigError

PEOPLE_MEASURED = 5  # in every frame of `bench load`
SHIPPED = "measured by this project on two cores, not on your machine"
WRITES_COSTS = (
    "`posewarden-lab plan --calibrate FILE` writes such a file, as `posewarden-lab bench load "
    "--json` and `bench video --json` print it"
)
ROAD, PICTURES = "the road from poses to alerts", "finding people in pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of one camera frame, in CPU-ms and bytes; the road's with 5 people in it.

    Attributes:
        camera_ms: from poses to Redis: tracking ids, resampling, push; without simulation.
        worker_ms, api_ms, redis_ms: scoring, the alert loop, and Redis between them.
        in_bytes, out_bytes: into and out of Redis.
        decode_ms: decoding a picture and tracking people in it.
        boxes_ms: searching a picture for people.
        person_ms: finding the joints of one person.
        origins: where the costs of the road and of pictures come from.
    """

    camera_ms: float = 0.55
    worker_ms: float = 0.23
    api_ms: float = 0.15
    redis_ms: float = 0.21
    in_bytes: float = 4674.0
    out_bytes: float = 8912.0
    decode_ms: float = 1.9
    boxes_ms: float = 24.0
    person_ms: float = 10.4
    origins: Mapping[str, str] = field(default_factory=lambda: {ROAD: SHIPPED, PICTURES: SHIPPED})

    def picture_ms(self, people: float) -> float:
        """Return the CPU-ms from a picture to tracks."""
        return self.decode_ms + self.boxes_ms + self.person_ms * people


def read_costs(file: Path) -> Costs:
    """Read what `bench load --json`, `bench video --json` or both printed into a file.

    Of loads the largest that met its targets counts, of videos the last one.

    Raises:
        ConfigError: the file cannot be read, has neither, or only loads that missed their targets.
    """
    try:
        return _costs(file)
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}; {WRITES_COSTS}") from err
    except (ValueError, KeyError, TypeError, ArithmeticError) as err:
        raise ConfigError(f"{file} does not hold measured costs; {WRITES_COSTS}") from err


def load_rows(file: Path) -> list[dict[str, Any]]:
    """Return the loads in a file that `read_costs` has read."""
    return [row for row in _rows(file.read_text()) if "redis_bytes" in row]


def _costs(file: Path) -> Costs:
    rows = list(_rows(file.read_text()))
    videos = [row for row in rows if "people_per_frame" in row]
    loads = [row for row in rows if "redis_bytes" in row or "fails" in row]
    carried = [row for row in loads if row["fails"] == []]
    if not loads and not videos:
        what = "holds no measured costs" if file.stat().st_size else "is empty"
        raise ConfigError(f"{file} {what}; {WRITES_COSTS}")
    if not carried and not videos:
        raise ConfigError(f"{file} has no load that met its targets; run `bench load --json` again")
    costs = Costs()
    if carried:
        costs = _of_load(costs, max(carried, key=lambda each: figure(each, "cameras", file)), file)
    return _of_video(costs, videos[-1], file) if videos else costs


def _rows(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a file: one a line, or one over many lines."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            row, end = decoder.raw_decode(text, at)
        except RecursionError as err:
            raise ValueError("its JSON is nested too deeply") from err
        yield row
        at = text.find("{", end)


def _of_load(costs: Costs, row: Mapping[str, Any], file: Path) -> Costs:
    crowd = PEOPLE_MEASURED / figure(row, "people", file)
    camera_ms = figure(row, "cpu_ms_per_frame.camera", file)
    simulator_ms = figure(row, "simulator_ms_per_frame", file)
    if camera_ms <= simulator_ms:
        raise ConfigError(
            f"{file}: cpu_ms_per_frame.camera is {camera_ms:g}; it must be above "
            f"simulator_ms_per_frame, {simulator_ms:g}, which is a part of it; {MEASURE_AGAIN}"
        )
    return replace(
        costs,
        camera_ms=(camera_ms - simulator_ms) * crowd,
        worker_ms=figure(row, "cpu_ms_per_frame.worker", file) * crowd,
        api_ms=figure(row, "cpu_ms_per_frame.api", file) * crowd,
        redis_ms=figure(row, "cpu_ms_per_frame.redis", file) * crowd,
        in_bytes=figure(row, "redis_bytes.in_per_frame", file) * crowd,
        out_bytes=figure(row, "redis_bytes.out_per_frame", file) * crowd,
        origins={**costs.origins, ROAD: f"measured at {row['cameras']} cameras, in {file.name}"},
    )


def _of_video(costs: Costs, row: Mapping[str, Any], file: Path) -> Costs:
    decode_ms, track_ms, boxes_ms, landmarks_ms = (
        figure(row, f"cpu_ms_per_frame.{stage}", file)
        for stage in ("decode", "track", "boxes", "landmarks")
    )
    video = at_path(row, "video", file)
    return replace(
        costs,
        decode_ms=decode_ms + track_ms,
        boxes_ms=boxes_ms,
        person_ms=landmarks_ms / figure(row, "people_per_frame", file),
        origins={**costs.origins, PICTURES: f"measured with {video}, in {file.name}"},
    )
