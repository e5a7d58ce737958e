import pytest

from inference.types import Alert


@pytest.mark.parametrize(
    ("peak", "threshold", "severity"),
    [
        (1.0, 1.0, "notice"),
        (1.49, 1.0, "notice"),
        (1.5, 1.0, "warning"),
        (2.99, 1.0, "warning"),
        (3.0, 1.0, "critical"),
        (-2.0, -2.0, "notice"),
        (-0.9, -2.0, "warning"),
        (2.1, -2.0, "critical"),
    ],
)
def test_severity_is_how_far_the_peak_lies_above(
    peak: float, threshold: float, severity: str
) -> None:
    """Half the threshold above it is a warning, twice is critical, on either side of zero."""
    alert = Alert(
        id="a",
        camera="gate",
        person="p",
        state="open",
        opened_at=0.0,
        updated_at=0.0,
        closed_at=None,
        peak_score=peak,
        peak_at=0.0,
        threshold=threshold,
        joints=(),
        model="m",
        version=1,
    )

    assert alert.severity == severity
