import pytest

from inference.types import Kind, KindScore, rarest_hours, severity_of


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
    movement = KindScore(kind="movement", peak_score=peak, peak_at=0.0, threshold=threshold)

    assert severity_of(movement) == severity


@pytest.mark.parametrize(
    ("rarity_hours", "severity"), [(0.9, "notice"), (1.0, "warning"), (24.0, "critical")]
)
def test_a_known_rarity_decides_how_severe_a_movement_is(
    rarity_hours: float, severity: str
) -> None:
    """What ordinary footage shows once a day or less often is critical, however high it scores."""
    movement = KindScore(
        kind="movement", peak_score=9.0, peak_at=0.0, threshold=1.0, rarity_hours=rarity_hours
    )

    assert severity_of(movement) == severity


def test_somebody_who_lies_where_they_fell_is_critical() -> None:
    """Whatever else the episode shows."""
    down = KindScore(kind="person_down", peak_score=1.0, peak_at=0.0, threshold=1.0)

    assert severity_of(down) == "critical"


@pytest.mark.parametrize(
    ("kind", "rarity_hours", "severity"),
    [
        ("fall", None, "warning"),
        ("fall", 0.2, "warning"),
        ("fall", 30.0, "critical"),
        ("fight", 0.2, "warning"),
        ("running", 0.2, "notice"),
        ("running", 2.0, "warning"),
    ],
)
def test_falls_and_fights_are_at_least_warnings(
    kind: Kind, rarity_hours: float | None, severity: str
) -> None:
    """How rare they are can only make them graver."""
    seen = KindScore(
        kind=kind, peak_score=1.2, peak_at=0.0, threshold=1.0, rarity_hours=rarity_hours
    )

    assert severity_of(seen) == severity


@pytest.mark.parametrize(
    ("hours", "together"),
    [((), None), ((None,), None), ((4.4, 44.0), 44.0), ((44.0, None, 4.4), 44.0)],
)
def test_an_alert_is_as_rare_as_the_rarest_of_its_kinds(
    hours: tuple[float | None, ...], together: float | None
) -> None:
    """Who falls and stays down does no more ordinary a thing than who falls."""
    kinds = [
        KindScore(kind="fall", peak_score=1.2, peak_at=0.0, threshold=1.0, rarity_hours=each)
        for each in hours
    ]

    assert rarest_hours(kinds) == together
