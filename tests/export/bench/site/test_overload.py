"""Reading a service's metrics and judging how its cameras share the machine."""

import pytest

from export.bench.site.overload import SLICES, measured


class Told:
    """A service that tells two cameras' counts, the second with half the priority and rate."""

    def __init__(self) -> None:
        self._readings = 0

    def metrics(self) -> str:
        """Return the counts, which grow from one reading to the next."""
        self._readings += 1
        return "\n".join(
            line for name, rate in (("a", 20), ("b", 10)) for line in self._of(name, rate)
        )

    def get(self, path: str) -> list[dict[str, object]]:
        """Return the cameras."""
        assert path == "/cameras"
        return [
            {"name": name, "priority": priority, "source_fps": 25.0, "overloaded": True}
            for name, priority in (("a", 2), ("b", 1))
        ]

    def _of(self, camera: str, rate: int) -> list[str]:
        frames = rate * self._readings
        values = {
            "frames_total": frames,
            "frames_dropped_total late": 3,
            "frames_dropped_total overload": 2 * frames,
            "capture_to_push_seconds_sum": 0.25 * frames,
            "capture_to_push_seconds_count": frames,
            "capture_to_push_seconds_bucket 1.0": 0.9 * frames,
            "camera_key_frame_interval": 3,
        }
        lines = ["# HELP posewarden_frames_total Frames that reached pose estimation."]
        for series, value in values.items():
            name, _, label = series.partition(" ")
            kind = "le" if name.endswith("bucket") else "reason"
            more = f',{kind}="{label}"' if label else ""
            lines.append(f'posewarden_{name}{{camera="{camera}"{more}}} {float(value)}')
        return lines


def test_the_report_judges_shares_and_delays() -> None:
    """Rates are per priority, counts those of the measured time, delays those of each slice."""
    figures = measured(Told(), 0.02)  # type: ignore[arg-type]

    first, second = figures["cameras"]
    assert first["fps"] == pytest.approx(2 * second["fps"], rel=0.01)
    assert figures["evenness"] == pytest.approx(1.0, abs=0.01)
    assert figures["delay_ms"] == [250] * SLICES
    assert (first["late"], first["skipped"]) == (0, 2 * 20 * SLICES)
    assert first["slow_parts"] == pytest.approx(0.1)
    assert (first["key_frame_interval"], second["overloaded"]) == (3, True)
