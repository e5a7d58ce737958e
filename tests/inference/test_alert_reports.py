from support.archives import alert

from inference.alert_reports import Decision, rate
from inference.types import AlertEvent, KindScore


def test_a_fall_that_became_somebody_down_keeps_the_rarity_of_the_fall() -> None:
    """Each kind has its own; the alert that of the rarest; how grave it is follows its kind."""
    kinds = tuple(
        KindScore(kind=kind, peak_score=1.5, peak_at=0.0, threshold=1.0)
        for kind in ("person_down", "fall")
    )
    event = AlertEvent(type="updated", alert=alert("a", kind="person_down", kinds=kinds))

    rated = rate(
        Decision(event, None), {"person_down": lambda _: 4.4, "fall": lambda _: 44.0}
    ).event.alert

    assert [each.rarity_hours for each in rated.kinds] == [4.4, 44.0]
    assert rated.rarity_hours == 44.0
    assert rated.severity == "critical"
