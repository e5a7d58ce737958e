"""Which alerts other rules would have raised."""

from support.archives import alert
from support.stretches import DAY, held, stretch

from inference.stretches.stretch import KindHeld, Stretch
from inference.stretches.weights import Sample, Weighted
from inference.stretches.what_if import OtherRules, WhatIf, what_if
from inference.types import Alert, KindScore


def tried(rules: OtherRules, *stretches: Stretch, alerts: tuple[Alert, ...] = ()) -> WhatIf:
    """Try rules over stretches, of which the first stands for four."""
    sure = [Weighted(each, 4.0 if place == 0 else 1.0) for place, each in enumerate(stretches)]
    return what_if(Sample(sure, len(sure), 0), alerts, rules)


def moved(name: str, peak: float, at: float = DAY + 2) -> Alert:
    """An alert of movement at a threshold of 2."""
    kind = KindScore(kind="movement", peak_score=peak, peak_at=at, threshold=2.0, reason="moved")
    return alert(name, at, peak_score=peak, threshold=2.0, kind="movement", kinds=(kind,))


def lower(threshold: float) -> OtherRules:
    """Another threshold of movement at the gate."""
    return OtherRules(thresholds={"gate": {"movement": threshold}})


def test_a_lower_threshold_raises_what_came_near() -> None:
    """With what it stands for; other cameras and kinds are left alone."""
    found = tried(
        lower(1.5),
        stretch(1, score=1.7),
        stretch(2, score=1.4),
        stretch(3, camera="yard", score=1.9),
        stretch(4, score=1.9, kind="running"),
    )

    assert [(each.id, each.weight) for each in found.appear] == [(stretch(1).id, 4.0)]
    assert (found.appear[0].score, found.appear[0].threshold) == (1.7, 1.5)
    assert found.vanish == []
    assert found.open_to_more == {"gate"}


def test_stretches_in_a_row_are_one_alert() -> None:
    """What lies beside an alert belongs to it; what reached the threshold before was nobody's."""
    row = [stretch(1, DAY + 10 * place, score=1.8) for place in range(3)]
    beside = [stretch(2, score=1.8), stretch(2, DAY + 10, score=2.5, alert="a")]
    reached = stretch(3, score=2.1)
    found = tried(lower(1.5), *row, *beside, reached, alerts=(moved("a", 2.5),))

    assert [each.id for each in found.appear] == [row[0].id]
    assert [each.id for each in found.kept] == ["a"]


def test_a_higher_threshold_takes_what_it_does_not_reach() -> None:
    """By what the rule held; without windows by the alert's peak; other kinds keep theirs."""
    rows = [stretch(1, score=2.4, alert="a"), stretch(2, score=3.5, alert="b")]
    fell = KindScore(kind="fall", peak_score=1.2, peak_at=DAY, threshold=1.0, reason="fell")
    both = alert("d", DAY, kinds=(fell, *moved("d", 2.2).kinds), kind="fall")
    alerts = (moved("a", 3.2), moved("b", 3.6), moved("c", 2.9), both)
    found = tried(lower(3.0), *rows, alerts=alerts)

    assert [(each.id, each.score) for each in found.vanish] == [("a", 2.4), ("c", 2.9)]
    assert [each.id for each in found.kept] == ["b", "d"]
    assert found.open_to_more == set()


def test_the_same_rules_change_nothing() -> None:
    """Whatever is recorded."""
    rows = [stretch(1, score=1.9), stretch(2, score=2.4, alert="a")]
    found = tried(OtherRules(thresholds={}), *rows, alerts=(moved("a", 2.5), moved("b", 2.1)))

    assert (found.appear, found.vanish, len(found.kept)) == ([], [], 2)


def test_another_model_judges_by_what_it_would_have_held() -> None:
    """Of an alert without windows nobody knows: it is taken to stay, and said."""
    scores = {1: 2.6, 2: 1.0}

    def by_model(one: Stretch) -> KindHeld:
        return held(scores[int(one.person.rpartition("/")[2])])

    rules = OtherRules(thresholds={"gate": {"movement": 2.0}}, movement=by_model)
    rows = [stretch(1, score=1.0), stretch(2, score=2.5, alert="a")]
    found = tried(rules, *rows, alerts=(moved("a", 2.5), moved("b", 2.5)))

    assert [each.id for each in found.appear] == [rows[0].id]
    assert [(each.id, each.score) for each in found.vanish] == [("a", 1.0)]
    assert list(found.unknown) == ["b"]


def test_a_zone_takes_alerts_where_people_stand_in_it() -> None:
    """Where nobody knows where they stood, alerts stay, and are counted."""
    rows = [stretch(number, score=2.5, alert=name) for number, name in enumerate("abc", 1)]
    stands = {1: True, 2: False, 3: None}
    rules = OtherRules(
        thresholds={}, stays=lambda one, _at: stands[int(one.person.rpartition("/")[2])]
    )
    found = tried(rules, *rows, alerts=tuple(moved(name, 2.5) for name in "abc"))

    assert [each.id for each in found.vanish] == ["b"]
    assert [each.id for each in found.kept] == ["a", "c"]
    assert found.unsure == 1
